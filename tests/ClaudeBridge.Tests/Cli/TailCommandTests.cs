using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Tail;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Cli;

public sealed partial class TailCommandTests
{
    private readonly FakeEvents _store = new();
    private readonly ManualTimeProvider _clock = new(Some.Time);
    private readonly StringWriter _copy = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Begins_with_the_latest_events_and_goes_on_with_those_that_come()
    {
        for (var i = 0; i < 20; i++)
        {
            _store.Add($"event_{i}");
        }

        await using var tail = Start("tail", "--last", "7");
        await tail.LineAsync(Line("event_19"));
        await PollAsync(() => _store.Add("event_20"));
        await tail.LineAsync(Line("event_20"));
        await tail.StopAsync();

        tail.ExitCode.ShouldBe(ExitCode.Done);
        Lines().Select(static line => line.TrimEnd().Split(' ')[^1]).ShouldBe(Enumerable.Range(13, 8).Select(static i => $"event_{i}"));
        _error.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_store_that_is_not_there_yet_is_waited_for_and_told_once()
    {
        _store.Trouble = "There is no store at /x/store.db yet: start the bridge.";

        await using var tail = Start("tail");
        for (var i = 0; i < 3; i++)
        {
            await PollAsync(() => { });
        }

        _store.Add("user_prompt");
        _store.Trouble = null;
        await PollAsync(() => { });
        await tail.LineAsync(Line("user_prompt"));
        await tail.StopAsync();

        tail.ExitCode.ShouldBe(ExitCode.Done);
        _error
            .ToString()
            .Trim()
            .Split(Environment.NewLine)
            .ShouldBe([
                "There is no store at /x/store.db yet: start the bridge. Waiting for it; Ctrl+C ends.",
                "The store can be read now.",
            ]);
    }

    [Fact]
    public async Task A_store_that_is_built_anew_is_followed_from_its_new_end()
    {
        for (var i = 0; i < 5; i++)
        {
            _store.Add("old");
        }

        await using var tail = Start("tail", "--last", "0");
        await PollAsync(_store.Clear);
        await PollAsync(() => _store.Add("new"));
        await tail.LineAsync(Line("new"));
        await tail.StopAsync();

        Lines().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_quiet_store_is_asked_little()
    {
        await using var tail = Start("tail");
        await PollAsync(() => { });
        var before = _store.Questions;
        for (var i = 0; i < 10; i++)
        {
            await PollAsync(() => { });
        }

        (_store.Questions - before).ShouldBeLessThanOrEqualTo(20);
        await tail.StopAsync();
        _clock.PendingTimers.ShouldBe(0);
    }

    [Fact]
    public async Task Json_is_one_object_a_line_with_the_promised_names()
    {
        _store.Add("tool_result", attributes: [("tool_name", "Bash"), ("error", "two\nlines \u001b[31m \u202E")]);
        _store.Add("api_request", session: null);

        await using var tail = Start("tail", "--json");
        await tail.LineAsync(ApiRequest());
        await tail.StopAsync();

        var lines = Lines();
        lines.Count.ShouldBe(2);
        using var json = JsonDocument.Parse(lines[0]);
        json.RootElement.EnumerateObject()
            .Select(static property => property.Name)
            .ShouldBe(["cursor", "kind", "time", "name", "sessionId", "tenant", "promptId", "attributes"]);
        json.RootElement.GetProperty("attributes").GetProperty("error").GetString().ShouldBe("two\nlines \u001b[31m \u202E");
        lines.ShouldAllBe(static line => !line.Any(char.IsControl));
    }

    [Theory]
    [InlineData("--session", "aaaa", "1 4")]
    [InlineData("--session", "aaaa-2", "4")]
    [InlineData("--user", "mia", "1 3")]
    [InlineData("--user", "noah@example.com", "2")]
    [InlineData("--event", "two", "2")]
    [InlineData("--event", "claude_code.two,four", "2 4")]
    [InlineData("--spans", "", "1 2 3 4 5")]
    [InlineData("", "", "1 2 3 4")]
    public async Task Shows_only_what_is_asked_for(string option, string value, string expected)
    {
        _store.Users["aaaa-1"] = "mia";
        _store.Add("one", "aaaa-1");
        _store.Add("two", "bbbb-1", attributes: ("user.email", "noah@example.com"));
        _store.Add("three", null, attributes: ("member", "mia"));
        _store.Add("four", "aaaa-2");
        _store.Add("five", null, "span");
        string[] names = ["one", "two", "three", "four", "five"];

        await using var tail = Start([.. new[] { "tail", option, value }.Where(static word => word.Length > 0)]);
        await PollAsync(() => { });
        await tail.StopAsync();

        Lines().Select(line => 1 + Array.IndexOf(names, line.TrimEnd().Split(' ')[^1])).ShouldBe(expected.Split(' ').Select(int.Parse));
    }

    [Theory]
    [InlineData("--last", "-1")]
    [InlineData("--last", "many")]
    [InlineData("--last", "10001")]
    public async Task A_wrong_number_is_told(params string[] option)
    {
        var services = new CommandServices(Terminal.Over(_copy, _error), _clock) { OpenPages = _ => _store };

        (await CommandTree.InvokeAsync(["tail", .. option], services, CancellationToken.None)).ShouldBe(ExitCode.Usage);

        _error.ToString().ShouldStartWith("claudebridge: --last must be a whole number from 0 to 10000.");
    }

    private BackgroundCommand Start(params string[] args) =>
        new(args, _copy, output => new CommandServices(Terminal.Over(output, _error), _clock) { OpenPages = _ => _store });

    private List<string> Lines() => [.. _copy.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Does something while the command waits, and lets its time pass.</summary>
    private async Task PollAsync(Action meanwhile)
    {
        await WaitingAsync();
        meanwhile();
        _clock.Advance(EventTail.Pause);
        await WaitingAsync();
    }

    private async Task WaitingAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (_clock.PendingTimers == 0)
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(30), "the command never waited");
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }
    }

    private static Regex Line(string name) => new($"  {name} *$", RegexOptions.Multiline, TimeSpan.FromSeconds(1));

    [GeneratedRegex("\"api_request\"", RegexOptions.None, 1000)]
    private static partial Regex ApiRequest();
}
