using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Tail;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Cli;

public sealed class EventLinesTests
{
    [Fact]
    public void A_request_says_model_tokens_cost_and_time() =>
        Line(
                "claude_code.api_request",
                ("model", "claude-opus-5-5"),
                ("input_tokens", "5"),
                ("output_tokens", "66"),
                ("cache_read_tokens", "0"),
                ("cache_creation_tokens", "10900"),
                ("cost_usd_micros", "55840"),
                ("duration_ms", "295"),
                ("agent.name", "Explore")
            )
            .ShouldBe(
                "2026-11-20T12:00:00.250Z  ba7d0de2  api_request         claude-opus-5-5  10.9k → 66 tok  $0.0558  295 ms  in Explore"
            );

    [Fact]
    public void A_tool_says_whether_it_failed_and_why() =>
        Line(
                "tool_result",
                ("tool_name", "mcp_tool"),
                ("tool_parameters", """{"mcp_server_name":"inventory","mcp_tool_name":"stock_level"}"""),
                ("success", "false"),
                ("duration_ms", "1100"),
                ("error_type", "McpToolCallError"),
                ("error", "unknown SKU")
            )
            .ShouldEndWith("tool_result         mcp__inventory__stock_level  failed  1.1 s  unknown SKU");

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"mcp_server_name":5}""")]
    public void Parameters_that_cannot_be_read_leave_the_tools_own_name(string parameters) =>
        Line("tool_result", ("tool_name", "mcp_tool"), ("tool_parameters", parameters), ("success", "true"))
            .ShouldEndWith("  mcp_tool  ok");

    [Fact]
    public void A_decision_says_who_made_it() =>
        Line("tool_decision", ("tool_name", "Bash"), ("decision", "reject"), ("source", "user_reject"))
            .ShouldEndWith("  Bash  reject (user_reject)");

    [Fact]
    public void A_failed_request_says_status_error_and_attempt() =>
        Line(
                "api_error",
                ("model", "claude-opus-5-5"),
                ("status_code", "529"),
                ("error", "Overloaded"),
                ("attempt", "3"),
                ("duration_ms", "1500")
            )
            .ShouldEndWith("  claude-opus-5-5  1.5 s  attempt 3  529 Overloaded");

    [Fact]
    public void A_prompt_shows_its_beginning_or_that_it_is_withheld()
    {
        Line("user_prompt", ("prompt", "Find\nall routes"), ("prompt_length", "15")).ShouldEndWith("  \"Find all routes\"");
        Line("user_prompt", ("prompt", "<REDACTED>"), ("prompt_length", "213")).ShouldEndWith("  [prompt redacted, 213 chars]");
        Line("user_prompt", ("prompt", new string('x', 10_000))).Length.ShouldBeLessThan(300);
    }

    [Fact]
    public void An_event_that_nobody_knows_is_shown_by_its_name() =>
        Line("brand_new_event", ("whatever", "x")).ShouldBe("2026-11-20T12:00:00.250Z  ba7d0de2  brand_new_event");

    [Theory]
    [InlineData("NaN")]
    [InlineData("-5")]
    [InlineData("999999999999999999999999")]
    [InlineData("")]
    public void Numbers_that_are_none_are_left_out(string number) =>
        Line("tool_result", ("tool_name", "Read"), ("duration_ms", number), ("attempt", number)).ShouldEndWith("  Read");

    [Fact]
    public void Hostile_text_stays_on_its_line_and_moves_no_cursor()
    {
        const string hostile = "\u001b[2J\u001b]8;;http://127.0.0.1/\u0007a\r\nb\u009b31m\u202Etxt\u2028c [red]d[/]";
        var line = Line(
            hostile,
            ("tool_name", hostile),
            ("model", hostile),
            ("error", hostile),
            ("prompt", hostile),
            ("decision", hostile),
            ("agent.name", hostile),
            ("status", hostile),
            ("status_code", hostile),
            ("skill.name", hostile),
            ("cost_usd", hostile)
        );

        line.ShouldNotContain('\n');
        line.Any(static letter => char.IsControl(letter) || letter is '\u202E' or '\u2028').ShouldBeFalse();
        line.ShouldContain("[red]d[/]");
    }

    [Fact]
    public void On_a_terminal_a_line_is_as_wide_as_the_terminal_at_most()
    {
        foreach (var width in new[] { 20, 40, 80, 120 })
        {
            var output = new StringWriter();
            var lines = new EventLines(Terminal.Over(output, TextWriter.Null, width), output, json: false);
            lines.Write(Row("user_prompt", ("prompt", string.Concat(Enumerable.Repeat("日本語 text ", 30)))));
            lines.Write(Row("api_request", ("model", "claude-opus-5-5"), ("duration_ms", "295")));

            var printed = output.ToString().TrimEnd('\n').Split('\n');
            printed.Length.ShouldBe(2, $"at {width}: {output}");
            printed.ShouldAllBe(line => line.EnumerateRunes().Sum(rune => rune.Value > 0x2E80 ? 2 : 1) <= width);
            printed[0].TrimEnd().ShouldEndWith("…");
        }
    }

    private static EventRow Row(string name, params (string Key, string Value)[] attributes) =>
        new(
            1,
            "event",
            Some.Time.AddMilliseconds(250),
            name,
            "ba7d0de2-a043-4f55-82b9-acd0de0a49ad",
            "",
            null,
            attributes.ToDictionary(static one => one.Key, static one => one.Value)
        );

    private static string Line(string name, params (string Key, string Value)[] attributes)
    {
        var output = new StringWriter();
        new EventLines(Terminal.Over(output, TextWriter.Null), output, json: false).Write(Row(name, attributes));
        return output.ToString().TrimEnd('\r', '\n');
    }
}
