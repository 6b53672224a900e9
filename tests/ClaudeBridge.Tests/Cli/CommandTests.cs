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
    [InlineData("report")]
    [InlineData("tail")]
    [InlineData("queue")]
    [InlineData("queue", "list")]
    [InlineData("queue", "show")]
    [InlineData("queue", "retry")]
    [InlineData("queue", "verify")]
    [InlineData("queue", "repair")]
    [InlineData("key")]
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
    [InlineData("report", "--limit", "0")]
    [InlineData("report", "--by", "a'b")]
    [InlineData("report", "--by", ",")]
    [InlineData("report", "--from", "yesterday")]
    [InlineData("report", "--from", "2026-11-30", "--to", "2026-11-01")]
    [InlineData("show", "")]
    [InlineData("show", " ")]
    [InlineData("sessions", "--data")]
    [InlineData("healthcheck", "--url", "4318")]
    [InlineData("queue")]
    [InlineData("queue", "retry")]
    [InlineData("queue", "retry", "--all", "--status", "413")]
    [InlineData("queue", "retry", "--id", "one")]
    [InlineData("queue", "show")]
    [InlineData("queue", "list", "--dead-letters", "-1")]
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
                    "metrics",
                ],
                ignoreOrder: true
            );
        session.GetProperty("cost").GetString().ShouldBe("0.06883");
        session.GetProperty("usage").GetProperty("cacheRead").GetInt64().ShouldBe(11_800);
        session.GetProperty("startTime").GetString().ShouldBe("2026-11-20T12:00:00.000Z");
    }

    [Fact]
    public async Task Report_asks_by_model_unless_told_otherwise_and_passes_days_and_limit_on()
    {
        var store = new SomeStore();
        _open = _ => store;

        (await InvokeAsync("report", "--json")).ShouldBe(ExitCode.Done);
        store.Asked!.By.ShouldBe(["model"]);
        (store.Asked.From, store.Asked.To, store.Asked.Limit).ShouldBe((null, null, null));

        (await InvokeAsync("report", "--by", "day, team", "--from", "2026-11-01", "--to", "2026-11-30", "--limit", "3", "--json")).ShouldBe(
            ExitCode.Done
        );
        store.Asked.By.ShouldBe(["day", "team"]);
        (store.Asked.From, store.Asked.To, store.Asked.Limit).ShouldBe((new(2026, 11, 1), new(2026, 11, 30), 3));
    }

    [Fact]
    public async Task Report_prints_the_promised_json()
    {
        _open = _ => new SomeStore { Rows = [Some.Row("0.06883", ("model", "opus"))] };

        (await InvokeAsync("report", "--json")).ShouldBe(ExitCode.Done);

        using var json = JsonDocument.Parse(_out.ToString());
        json.RootElement.EnumerateObject().Select(static property => property.Name).ShouldBe(["by", "from", "to", "rows", "rest", "total"]);
        var row = json.RootElement.GetProperty("rows")[0];
        row.EnumerateObject()
            .Select(static property => property.Name)
            .ShouldBe([
                "key",
                "sessions",
                "traces",
                "generations",
                "tools",
                "errors",
                "usage",
                "cost",
                "costMicros",
                "estimatedCost",
                "estimatedCostMicros",
                "metrics",
            ]);
        row.GetProperty("key").GetProperty("model").GetString().ShouldBe("opus");
        row.GetProperty("cost").GetString().ShouldBe("0.06883");
        row.GetProperty("metrics")
            .EnumerateObject()
            .Select(static property => property.Name)
            .ShouldBe([
                "linesAdded",
                "linesRemoved",
                "commits",
                "pullRequests",
                "activeSecondsUser",
                "activeSecondsCli",
                "editsAccepted",
                "editsRejected",
                "sessionsStarted",
            ]);
        row.GetProperty("metrics").GetProperty("linesAdded").GetDecimal().ShouldBe(12);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(200)]
    [InlineData(60)]
    public async Task Report_draws_rows_rest_and_total_within_the_terminal_and_says_whose_estimate_it_is(int? width)
    {
        _open = _ => new SomeStore { Rows = [Some.Row("1.5", ("model", "opus [red]"))], Rest = Some.Row("0.25") };

        (await InvokeAsync(width, "report")).ShouldBe(ExitCode.Done);

        var lines = _out.ToString().Split('\n');
        lines.ShouldContain(static line => line.Contains("opus [red]") && line.Contains("$1.50"));
        lines.ShouldContain(static line => line.Contains("the rest") && line.Contains("$0.25"));
        lines.ShouldContain(static line => line.TrimStart().StartsWith("all"));
        lines.ShouldAllBe(line => line.TrimEnd().Length <= (width ?? 200));
        _error.ToString().ShouldContain("the client's estimate");
        _error.ToString().Contains("do not fit").ShouldBe(width == 60);
    }

    [Fact]
    public async Task Report_says_when_there_is_nothing_and_when_nothing_has_the_dimension()
    {
        (await InvokeAsync("report")).ShouldBe(ExitCode.Done);
        _out.ToString().ShouldBeEmpty();
        _error.ToString().ShouldContain("Nothing to add up");

        _open = _ => new SomeStore { Rows = [Some.Row("1", ("tema", "(none)"))] };
        (await InvokeAsync("report", "--by", "tema")).ShouldBe(ExitCode.Done);
        _error.ToString().ShouldContain("Nothing in the store has a value for 'tema'.");
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

    private Task<int> InvokeAsync(params string[] args) => InvokeAsync(null, args);

    private Task<int> InvokeAsync(int? width, params string[] args) =>
        CommandTree.InvokeAsync(
            args,
            new CommandServices(Terminal.Over(_out, _error, width), TimeProvider.System) { OpenStore = folder => _open(folder) },
            default
        );
}
