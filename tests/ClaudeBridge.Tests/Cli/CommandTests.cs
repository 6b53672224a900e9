using System.Text.Json;
using ClaudeBridge.Cli;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Cli;

public sealed class CommandTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private Func<string, IStoreQueries> _open = _ => new SomeStore();

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("replay")]
    [InlineData("record")]
    [InlineData("sessions")]
    [InlineData("show")]
    [InlineData("healthcheck")]
    public async Task Help_tells_how_to_use_a_command_and_gives_examples(params string[] command)
    {
        (await InvokeAsync([.. command, "--help"])).ShouldBe(ExitCode.Done);

        _out.ToString().ShouldContain("Usage:");
        _out.ToString().ShouldContain("Examples:");
        _out.ToString().ShouldContain("  claudebridge " + string.Join(' ', command));
        _error.ToString().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("show")]
    [InlineData("replay")]
    [InlineData("nonsense")]
    [InlineData("sessions", "--limit", "0")]
    [InlineData("show", "")]
    [InlineData("show", " ")]
    [InlineData("sessions", "--data")]
    [InlineData("healthcheck", "--url", "4318")]
    public async Task A_wrong_command_line_is_one_sentence_on_stderr_and_exit_code_2(params string[] args)
    {
        (await InvokeAsync(args)).ShouldBe(ExitCode.Usage);

        _out.ToString().ShouldBeEmpty();
        _error.ToString().Trim().Split('\n').ShouldHaveSingleItem().ShouldStartWith("claudebridge: ");
    }

    [Fact]
    public async Task An_unexpected_error_is_one_sentence_and_with_verbose_its_trace()
    {
        _open = _ => throw new InvalidOperationException("The shelf\nis gone");

        (await InvokeAsync("sessions")).ShouldBe(ExitCode.Failed);
        _error.ToString().Trim().ShouldBe("claudebridge: The shelf is gone. Run it again with --verbose to see where.");
        (await InvokeAsync("sessions", "--verbose")).ShouldBe(ExitCode.Failed);
        _error.ToString().ShouldContain("at ClaudeBridge.");
    }

    [Fact]
    public async Task Sessions_prints_the_promised_json()
    {
        _open = _ => new SomeStore(Some.Session());

        (await InvokeAsync("sessions", "--json")).ShouldBe(ExitCode.Done);

        using var json = JsonDocument.Parse(_out.ToString());
        var session = json.RootElement[0];
        session
            .EnumerateObject()
            .Select(property => property.Name)
            .ShouldBe(
                [
                    "sessionId",
                    "userId",
                    "startTime",
                    "endTime",
                    "traces",
                    "generations",
                    "tools",
                    "errors",
                    "usage",
                    "cost",
                    "costMicros",
                    "clientVersion",
                    "completeness",
                    "completenessReasons",
                ],
                ignoreOrder: true
            );
        session.GetProperty("cost").GetString().ShouldBe("0.06883");
        session.GetProperty("usage").GetProperty("cacheRead").GetInt64().ShouldBe(11_800);
        session.GetProperty("startTime").GetString().ShouldBe("2026-11-20T12:00:00.000Z");
    }

    [Fact]
    public async Task An_empty_store_gives_an_empty_json_list_and_says_otherwise_what_to_do()
    {
        (await InvokeAsync("sessions", "--json")).ShouldBe(ExitCode.Done);
        _out.ToString().Trim().ShouldBe("[]");

        (await InvokeAsync("sessions")).ShouldBe(ExitCode.Done);
        _error.ToString().ShouldContain("point Claude Code at it");
    }

    [Fact]
    public async Task Show_prints_a_session_with_its_traces_as_json()
    {
        var tool = Some.Observation("b1") with { Metadata = new Dictionary<string, string> { ["k"] = "v" } };
        _open = _ => new SomeStore(Some.Session("s-1", Some.Trace("aa", tool)));

        (await InvokeAsync("show", "s-1", "--json")).ShouldBe(ExitCode.Done);

        using var json = JsonDocument.Parse(_out.ToString());
        var observation = json.RootElement.GetProperty("traceList")[0].GetProperty("observations")[0];
        observation
            .EnumerateObject()
            .Select(property => property.Name)
            .ShouldBe(
                [
                    "id",
                    "parentId",
                    "type",
                    "name",
                    "startTime",
                    "endTime",
                    "level",
                    "statusMessage",
                    "model",
                    "usage",
                    "cost",
                    "costMicros",
                    "input",
                    "output",
                    "metadata",
                ],
                ignoreOrder: true
            );
        observation.GetProperty("metadata").GetProperty("k").GetString().ShouldBe("v");
    }

    [Fact]
    public async Task Show_finds_a_session_by_its_trace_and_fails_plainly_when_there_is_none()
    {
        _open = _ => new SomeStore(Some.Session("s-1", Some.Trace("aa11")));

        (await InvokeAsync("show", "aa1")).ShouldBe(ExitCode.Done);
        _out.ToString().ShouldContain("Session s-1");
        (await InvokeAsync("show", "zz")).ShouldBe(ExitCode.Failed);
        _error.ToString().ShouldContain("'zz'");
    }

    [Fact]
    public async Task An_id_of_hex_digits_is_found_in_either_case()
    {
        _open = _ => new SomeStore(Some.Session("ba7d0de2-a043", Some.Trace("ff11")));

        (await InvokeAsync("show", "BA7D")).ShouldBe(ExitCode.Done, _error.ToString());
        (await InvokeAsync("show", "FF1")).ShouldBe(ExitCode.Done, _error.ToString());
    }

    [Fact]
    public async Task Help_says_each_default_once_and_in_words()
    {
        await InvokeAsync("sessions", "--help");
        await InvokeAsync("replay", "--help");

        _out.ToString().ShouldNotContain("[default");
        _out.ToString().ShouldContain("Default: all.");
        _out.ToString().ShouldContain("Default: 60.");
        _out.ToString().ShouldContain("CLAUDEBRIDGE_DATA");
    }

    [Fact]
    public async Task The_data_option_may_stand_before_or_after_the_command()
    {
        var opened = new List<string>();
        _open = folder =>
        {
            opened.Add(folder);
            return new SomeStore();
        };

        await InvokeAsync("--data", "/tmp/x", "sessions");
        await InvokeAsync("sessions", "--data", "/tmp/x");

        opened.ShouldBe(["/tmp/x", "/tmp/x"]);
    }

    private Task<int> InvokeAsync(params string[] args) =>
        CommandTree.InvokeAsync(
            args,
            new CommandServices(Terminal.Over(_out, _error), TimeProvider.System) { OpenStore = folder => _open(folder) },
            default
        );
}
