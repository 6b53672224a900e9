using System.Text.Json;
using ClaudeBridge.Cli;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Cli;

namespace ClaudeBridge.Tests.Privacy;

/// <summary>Plants secrets and marked contents everywhere, and looks for them everywhere.</summary>
public sealed class CanaryTests : IDisposable
{
    private static readonly (string, string)[] DropAll =
    [
        ("Privacy:Prompt", "drop"),
        ("Privacy:Response", "drop"),
        ("Privacy:ToolInput", "drop"),
        ("Privacy:ToolOutput", "drop"),
        ("Privacy:Bodies", "drop"),
        ("Privacy:Email", "drop"),
        ("Privacy:Paths", "drop"),
        ("Privacy:Commands", "drop"),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly List<KeyValuePair<string, string?>> _settings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Secrets_are_nowhere_but_in_the_raw_journal_and_contents_stay()
    {
        await using var pipeline = await PrivatePipeline.StartAsync();

        await pipeline.SendAsync(Canaries.Exports());

        var log = string.Join('\n', pipeline.Log);
        var offered = string.Join('\n', pipeline.Offered);
        var shown = await ShownAsync(pipeline);
        pipeline.DeadLetters.ShouldBePositive();
        Missing(Canaries.Secrets, log, "log");
        Missing(Canaries.Secrets, offered, "Langfuse");
        Missing(Canaries.Secrets, shown, "show");
        Missing(Canaries.Secrets, pipeline.BytesOf("store.db"), "store");
        Missing(Canaries.Secrets, pipeline.BytesOf("delivery.db"), "ledger");
        Missing(Canaries.Contents, log, "log");
        foreach (var canary in Canaries.Secrets.Concat(Canaries.Contents))
        {
            pipeline.BytesOf("journal").ShouldContain(canary);
        }

        foreach (var canary in Canaries.Contents)
        {
            pipeline.BytesOf("store.db").ShouldContain(canary);
        }

        shown.ShouldContain("[masked:anthropic]");
        shown.ShouldContain("CONTENT-prompt");
        offered.ShouldContain("CONTENT-response");
    }

    [Fact]
    public async Task What_is_dropped_is_nowhere_but_in_the_raw_journal_and_the_tree_is_the_same()
    {
        await using var kept = await PrivatePipeline.StartAsync();
        await using var dropped = await PrivatePipeline.StartAsync(DropAll);

        await kept.SendAsync(Canaries.Exports());
        await dropped.SendAsync(Canaries.Exports());

        string[] canaries = [.. Canaries.Secrets, .. Canaries.Contents];
        var shown = await ShownAsync(dropped);
        Missing(canaries, string.Join('\n', dropped.Log), "log");
        Missing(canaries, string.Join('\n', dropped.Offered), "Langfuse");
        Missing(canaries, shown, "show");
        Missing(canaries, dropped.BytesOf("store.db"), "store");
        Missing(canaries, dropped.BytesOf("delivery.db"), "ledger");
        dropped.BytesOf("journal").ShouldContain("CONTENT-prompt");
        shown.ShouldContain("[prompt redacted, ");
        Shape(dropped.Queries).ShouldBe(Shape(kept.Queries));
    }

    [Fact]
    public async Task A_masked_journal_has_nothing_to_find_and_a_rebuilt_store_has_the_same_identities()
    {
        await using var pipeline = await PrivatePipeline.StartAsync([.. DropAll, ("Journal:Mask", "true")]);
        await pipeline.SendAsync(Canaries.Exports());
        var live = Everything(pipeline.Queries);

        Missing([.. Canaries.Secrets, .. Canaries.Contents], pipeline.BytesOf(""), "data folder");
        await pipeline.RebuildAsync();

        Everything(pipeline.Queries).ShouldBe(live);
        live.ShouldContain("[prompt redacted, ");
    }

    [Fact]
    public async Task What_replay_prints_and_keeps_has_passed_the_rules()
    {
        var recording = Canaries.WriteTo(_folder.File("recording"));
        _settings.AddRange(
            DropAll.Select(static setting => new KeyValuePair<string, string?>("ClaudeBridge:" + setting.Item1, setting.Item2))
        );

        (
            await InvokeAsync(
                "replay",
                recording,
                "--no-deliver",
                "--data",
                _folder.File("data"),
                "--expect",
                _folder.File("expected"),
                "--update",
                "--verbose"
            )
        ).ShouldBe(ExitCode.Done, _error.ToString());

        Missing(
            [.. Canaries.Secrets, .. Canaries.Contents],
            _out.ToString() + _error + File.ReadAllText(_folder.File("expected")),
            "output"
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Record_keeps_what_came_or_what_the_journal_would_keep(bool masks)
    {
        _settings.Add(new("ClaudeBridge:Journal:Mask", masks ? "true" : "false"));
        _settings.Add(new("ClaudeBridge:Privacy:Prompt", "drop"));
        var recording = _folder.File("recording");
        await using (var recorder = new BackgroundCommand(["record", recording, "--data", _folder.File("unused")], _out, Services))
        {
            using var client = new HttpClient();
            var port = await recorder.PortAsync();
            foreach (var export in Canaries.Exports().Take(6))
            {
                using var body = new ByteArrayContent(export.ToProtobuf());
                body.Headers.ContentType = new("application/x-protobuf");
                var address = new Uri($"http://127.0.0.1:{port}/v1/{export.Signal.ToString().ToLowerInvariant()}");
                (await client.PostAsync(address, body)).EnsureSuccessStatusCode();
            }

            await recorder.StopAsync();
        }

        var kept = string.Concat(Directory.GetFiles(recording).Select(file => File.ReadAllText(file, System.Text.Encoding.Latin1)));
        kept.Contains("CANARYanthropic", StringComparison.Ordinal).ShouldBe(!masks);
        kept.Contains("CONTENT-prompt", StringComparison.Ordinal).ShouldBe(!masks);
        Missing(masks ? [.. Canaries.Secrets, "CONTENT-prompt"] : [], kept, "recording");
        (await InvokeAsync("replay", recording, "--no-deliver")).ShouldBe(ExitCode.Done, _error.ToString());
    }

    private static void Missing(IEnumerable<string> canaries, string text, string where)
    {
        foreach (var canary in canaries)
        {
            var place = text.IndexOf(canary, StringComparison.OrdinalIgnoreCase);
            if (place >= 0)
            {
                throw new InvalidOperationException(
                    $"{canary} is in the {where}: …{text[Math.Max(0, place - 160)..Math.Min(text.Length, place + 80)]}…"
                );
            }
        }
    }

    /// <summary>What the commands print of everything.</summary>
    private async Task<string> ShownAsync(PrivatePipeline pipeline)
    {
        (await InvokeAsync("sessions", "--json", "--data", pipeline.Data)).ShouldBe(ExitCode.Done, _error.ToString());
        foreach (var session in pipeline.Queries.Sessions())
        {
            (await InvokeAsync("show", session.SessionId, "--json", "--data", pipeline.Data)).ShouldBe(ExitCode.Done);
            (await InvokeAsync("show", session.SessionId, "--full", "--data", pipeline.Data)).ShouldBe(ExitCode.Done);
        }

        return _out.ToString() + _error;
    }

    private static string Everything(IStoreQueries store) =>
        JsonSerializer.Serialize(
            [.. store.Sessions().Select(session => store.Session(session.SessionId)!)],
            StoreJson.Indented.IReadOnlyListSessionDetail
        );

    /// <summary>Everything that contents have no part in.</summary>
    private static List<string> Shape(IStoreQueries store) =>
        [
            .. store
                .Sessions()
                .Select(session => store.Session(session.SessionId)!)
                .OrderBy(static session => session.SessionId, StringComparer.Ordinal)
                .SelectMany(static session =>
                    session
                        .TraceList.SelectMany(static trace => trace.Observations)
                        .Select(one =>
                            $"{session.Cost} {one.Id} {one.ParentId} {one.Type} {one.Name} {one.StartTime:O} {one.Usage} {one.Cost} {one.Level}"
                        )
                        .Order(StringComparer.Ordinal)
                ),
        ];

    private Task<int> InvokeAsync(params string[] args) =>
        CommandTree.InvokeAsync(args, Services(_out), TestContext.Current.CancellationToken);

    /// <summary>Free ports, so that tests run beside each other and beside a bridge.</summary>
    private CommandServices Services(TextWriter output) =>
        new(Terminal.Over(output, _error), TimeProvider.System)
        {
            Overrides =
            [
                new("ClaudeBridge:Receivers:GrpcPort", "0"),
                new("ClaudeBridge:Receivers:HttpPort", "0"),
                new("ClaudeBridge:Receivers:DashboardPort", "0"),
                .. _settings,
            ],
        };
}
