using System.Net;
using System.Net.Sockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The hook for Claude Code, with the real sh, git and curl: it says what a session works on, and never disturbs it.</summary>
public sealed class HookTests(KeyedBridge keyed) : IClassFixture<KeyedBridge>, IDisposable
{
    private const int MostRuns = 40;

    private static readonly TimeSpan WellUnder = TimeSpan.FromMilliseconds(100);

    /// <summary>Longer than the hook itself waits for the bridge.</summary>
    private static readonly TimeSpan NextPrompt = TimeSpan.FromSeconds(5);

    /// <summary>As JavaScript writes JSON: only what must be is escaped.</summary>
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_cost_of_a_turn_shows_repository_branch_and_worktree_in_Langfuse()
    {
        Assert.SkipUnless(HookScript.Missing is null, HookScript.Missing ?? "");
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(langfuse));
        var repository = await RepositoryAsync("shop", "https://github.com/acme/shop.git", "feature/pay");

        await UntilSaidAsync(bridge, "hook-0", null, () => HookScript.RunAsync("hook-0", repository, To(bridge.DashboardPort)));
        using var client = new OtlpClient(bridge);
        await client.SendAllAsync([new Turns("hook").Whole(0)]);

        await Wait.UntilAsync("the turn is in Langfuse", () => langfuse.Table.Observations.Any(static row => row.IsRoot));
        var tags = JsonSerializer.Deserialize<string[]>(
            langfuse.Table.Observations.First(static row => row.IsRoot).Attributes["langfuse.trace.tags"]
        )!;
        tags.ShouldBe(["branch:feature/pay", "repository:shop", "repository_owner:acme", "worktree:shop"]);
    }

    [Theory]
    [InlineData("https://github.com/acme/shop.git", "shop", "acme")]
    [InlineData("https://mia:ghp_secret@github.com/acme/shop.git/", "shop", "acme")]
    [InlineData("git@github.com:acme/shop.git", "shop", "acme")]
    [InlineData("git@[::1]:acme/shop.git", "shop", "acme")]
    [InlineData("ssh://git@git.example.com:2222/group/sub/shop", "shop", "group/sub")]
    [InlineData("/srv/git/secret-path/shop.git", "shop", null)]
    [InlineData("file:///srv/git/secret-path/shop.git", "shop", null)]
    [InlineData(null, "fo \"l\\der ä", null)]
    public async Task The_repository_is_named_without_host_and_credentials(string? remote, string name, string? owner)
    {
        Assert.SkipUnless(HookScript.Missing is null, HookScript.Missing ?? "");
        var repository = await RepositoryAsync("fo \"l\\der ä", remote, "b\"r'$(x)ä");
        var session = $"named {remote} ?/#";

        // The prompt stands before what is looked for, and looks like it.
        var input = JsonSerializer.Serialize(
            new
            {
                prompt = "what is \"cwd\":\"/\" and \\\"cwd\\\":\\\"/\\\" and \"session_id\":\"x\" \n?",
                session_id = session,
                cwd = repository,
            },
            Readable
        );
        var said = await UntilSaidAsync(session, () => HookScript.RunAsync(input, To(keyed.Bridge.DashboardPort, KeyedBridge.Key)));
        var expected = new Dictionary<string, string>
        {
            ["repository"] = name,
            ["branch"] = "b\"r'$(x)ä",
            ["worktree"] = "fo \"l\\der ä",
        };
        if (owner is not null)
        {
            expected["repository_owner"] = owner;
        }

        said.ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public async Task A_detached_head_is_its_commit_and_a_linked_worktree_has_its_own_name()
    {
        Assert.SkipUnless(HookScript.Missing is null, HookScript.Missing ?? "");
        var repository = await RepositoryAsync("main", null, "trunk");
        await HookScript.GitAsync(repository, "commit", "--quiet", "--allow-empty", "-m", "one");
        var linked = _folder["linked"];
        await HookScript.GitAsync(repository, "worktree", "add", "--quiet", "--detach", linked);
        var commit = await HookScript.GitAsync(repository, "rev-parse", "--short", "HEAD");

        var said = await UntilSaidAsync(
            "detached",
            () => HookScript.RunAsync("detached", linked, To(keyed.Bridge.DashboardPort, KeyedBridge.Key))
        );
        said["branch"].ShouldBe(commit);
        said["worktree"].ShouldBe("linked");
        said["repository"].ShouldBe("main");
    }

    [Fact]
    public async Task Input_from_other_writers_is_read_as_well()
    {
        Assert.SkipUnless(HookScript.Missing is null, HookScript.Missing ?? "");
        var repository = await RepositoryAsync("ä😀", null, new string('b', 199) + "ä");
        var escaped = JsonSerializer.Serialize(repository);
        escaped.ShouldContain("\\u");

        var said = await UntilSaidAsync(
            "pretty",
            () =>
                HookScript.RunAsync(
                    $"{{\n  \"cwd\" : {escaped},\n  \"session_id\" :\t\"pretty\"\n}}",
                    To(keyed.Bridge.DashboardPort, KeyedBridge.Key)
                )
        );
        said["worktree"].ShouldBe("ä😀");
        said["branch"].ShouldBe(new string('b', 199), "cut between characters");
    }

    [Theory]
    [InlineData("the bridge answers")]
    [InlineData("nobody listens")]
    [InlineData("the bridge hangs")]
    [InlineData("no repository")]
    [InlineData("no git")]
    [InlineData("no input")]
    [InlineData("a prompt of a megabyte")]
    public async Task It_ends_at_once_says_nothing_and_succeeds_when(string situation)
    {
        Assert.SkipUnless(HookScript.Missing is null, HookScript.Missing ?? "");
        using var blackHole = new TcpListener(IPAddress.Loopback, 0);
        blackHole.Start();
        var port = situation switch
        {
            "nobody listens" => FreePorts.Take(),
            "the bridge hangs" => ((IPEndPoint)blackHole.LocalEndpoint).Port,
            _ => keyed.Bridge.DashboardPort,
        };
        var repository = situation == "no repository" ? _folder.Path : await RepositoryAsync("shop", null, "main");
        var environment = To(port, KeyedBridge.Key);
        if (situation == "no git")
        {
            environment["PATH"] = WithoutGit();
        }

        var prompt = situation == "a prompt of a megabyte" ? new string('x', 1_000_000) : "go";
        var runs = new List<HookRun>();
        var nothing = new List<HookRun>();
        // How long a busy machine takes to start a shell is not the hook's doing, and what else it does can only make a run longer: one that is quick will do.
        while (runs.Count < MostRuns && (runs.Count < 2 || Fastest(runs) - Fastest(nothing) >= WellUnder))
        {
            nothing.Add(await HookScript.RunNothingAsync(prompt));
            runs.Add(
                situation == "no input"
                    ? await HookScript.RunAsync("", environment)
                    : await HookScript.RunAsync("quick", repository, environment, prompt)
            );
        }

        runs.ShouldAllBe(static run => run.ExitCode == 0 && run.Output.Length == 0);
        (Fastest(runs) - Fastest(nothing)).ShouldBeLessThan(WellUnder, $"{Fastest(runs)}, and {Fastest(nothing)} for a hook without work");
    }

    private static TimeSpan Fastest(List<HookRun> runs) => runs.Min(static run => run.Took);

    private async Task<string> RepositoryAsync(string name, string? remote, string branch)
    {
        var folder = _folder[name];
        Directory.CreateDirectory(folder);
        await HookScript.GitAsync(folder, "init", "--quiet");
        await HookScript.GitAsync(folder, "symbolic-ref", "HEAD", "refs/heads/" + branch);
        if (remote is not null)
        {
            await HookScript.GitAsync(folder, "remote", "add", "origin", remote);
        }

        return folder;
    }

    /// <summary>A folder with the tools that a script cannot do without, and no git.</summary>
    private string WithoutGit()
    {
        var tools = Directory.CreateDirectory(_folder["tools"]).FullName;
        foreach (var tool in (string[])["sh", "cat"])
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), HookScript.Find(tool)!);
        }

        return tools;
    }

    private static Dictionary<string, string?> To(int port, string? key = null) =>
        new()
        {
            ["CLAUDEBRIDGE_URL"] = $"http://127.0.0.1:{port}",
            ["CLAUDEBRIDGE_API_KEY"] = key,
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
        };

    private Task<IReadOnlyDictionary<string, string>> UntilSaidAsync(string session, Func<Task<HookRun>> run) =>
        UntilSaidAsync(keyed.Bridge, session, KeyedBridge.Key, run);

    /// <summary>The hook gives a bridge on a busy machine up in time; the next prompt tells it then, as in real life.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> UntilSaidAsync(
        BridgeProcess bridge,
        string session,
        string? key,
        Func<Task<HookRun>> run
    )
    {
        IReadOnlyDictionary<string, string> said = new Dictionary<string, string>();
        var clock = TimeProvider.System;
        long? last = null;
        await Wait.UntilAsync(
            "the bridge was told",
            async () =>
            {
                if (last is not { } then || clock.GetElapsedTime(then) > NextPrompt)
                {
                    (await run()).Output.ShouldBeEmpty();
                    last = clock.GetTimestamp();
                }

                return (said = await SaidAsync(bridge.DashboardPort, session, key)).Count > 0;
            },
            state: () => bridge.Errors
        );
        return said;
    }

    private static async Task<IReadOnlyDictionary<string, string>> SaidAsync(int port, string session, string? key = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        if (key is not null)
        {
            client.DefaultRequestHeaders.Add("x-api-key", key);
        }

        using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/api/sessions/{Uri.EscapeDataString(session)}/context"));
        if (!answer.IsSuccessStatusCode)
        {
            return new Dictionary<string, string>();
        }

        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body
            .RootElement.GetProperty("context")
            .EnumerateObject()
            .ToDictionary(static pair => pair.Name, static pair => pair.Value.GetString()!);
    }
}

/// <summary>A bridge with a key that a shell or a configuration file could misread.</summary>
public sealed class KeyedBridge : IAsyncLifetime
{
    public const string Key = "k\"e\\y $x `y` #1";

    internal BridgeProcess Bridge { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Bridge = await BridgeProcess.StartAsync(new Dictionary<string, string> { ["API_KEY"] = Key });

    public async ValueTask DisposeAsync() => await Bridge.DisposeAsync();
}
