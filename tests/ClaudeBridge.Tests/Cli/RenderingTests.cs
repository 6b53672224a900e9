using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Cli;

public sealed class RenderingTests
{
    [Fact]
    public void The_tree_shows_type_name_offset_duration_tokens_cost_and_error()
    {
        var root = Some.Observation("r", type: "AGENT", name: "claude-code") with
        {
            StartTime = Some.Time,
            EndTime = Some.Time.AddSeconds(4.2),
        };
        var request = Some.Observation("g", "r", "GENERATION", "claude-opus-5-5") with
        {
            Usage = new UsageSummary(6, 74, 0, 11_800),
            Cost = "0.06123",
        };
        var tool = Some.Observation("t", "g") with { Level = "ERROR", StatusMessage = "exit 1", Input = "ls -la" };

        var lines = Draw(Some.Session("s-1", Some.Trace("aa11", root, request, tool)), width: 120);

        lines.ShouldContain(line => line.Contains("AGENT claude-code") && line.Contains("+0 ms") && line.Contains("4.2 s"));
        lines.ShouldContain(line => line.Contains("GEN   claude-opus-5-5") && line.Contains("+48 ms  63 ms  11.8k → 74 tok  $0.0612"));
        lines.ShouldContain(line => line.Contains("TOOL  Bash") && line.Contains("ERROR exit 1"));
        lines.ShouldContain(line => line.Contains("> ls -la"));
        lines.ShouldContain(line => line.Contains("1 turn, 2 requests, 1 tool, 1 error"));
        IndentOf("GEN", lines).ShouldBeGreaterThan(IndentOf("AGENT", lines));
        IndentOf("TOOL", lines).ShouldBeGreaterThan(IndentOf("GEN", lines));
    }

    [Fact]
    public void Brackets_and_control_characters_in_texts_are_shown_and_never_obeyed()
    {
        var tool = Some.Observation("t", name: "[red]x[/]") with
        {
            Input = "a[0] \u001b[31mred\u001b[0m\nnext\u0007\u202e",
            Output = "[/unclosed",
        };

        foreach (var full in new[] { false, true })
        {
            var text = string.Join('\n', Draw(Some.Session("s[1]", Some.Trace("aa", tool)), 120, full));

            text.ShouldContain("[red]x[/]");
            text.ShouldContain("a[0]");
            text.ShouldContain("[/unclosed");
            text.ShouldNotContain("\u001b");
            text.ShouldNotContain("\u0007");
            text.ShouldNotContain("\u202e");
        }
    }

    [Fact]
    public void No_line_is_wider_than_the_terminal()
    {
        var tool = Some.Observation("t") with
        {
            Input = new string('x', 500),
            Level = "WARNING",
            StatusMessage = string.Join(' ', Enumerable.Repeat("word", 60)),
        };

        foreach (var width in new[] { 40, 80, 160 })
        {
            Draw(Some.Session("s-1", Some.Trace("aa", tool)), width).ShouldAllBe(line => line.Length <= width);
        }
    }

    [Fact]
    public void A_parent_that_is_not_there_and_deep_nesting_lose_nothing_silently()
    {
        var chain = Enumerable.Range(0, 100).Select(i => Some.Observation($"o{i}", $"o{i - 1}", name: $"n{i}")).ToArray();

        var text = string.Join('\n', Draw(Some.Session("s", Some.Trace("aa", chain)), 400));

        text.ShouldContain(" n0 ");
        text.ShouldContain(" n50 ");
        text.ShouldContain("deeper levels");
    }

    [Fact]
    public void The_table_leaves_columns_out_when_it_is_narrow_but_never_cuts_an_id()
    {
        var session = Some.Session();

        Table(session, 90).ShouldContain(session.SessionId);
        Table(session, 90).ShouldNotContain("Client");
        Table(session, 160).ShouldContain("2.1.329");
        Table(session, 160).ShouldContain("13.0k");
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(999.4, "999 ms")]
    [InlineData(4200, "4.2 s")]
    [InlineData(59_960, "0 min 59 s")]
    [InlineData(184_000, "3 min 04 s")]
    [InlineData(3_900_000, "1 h 05 min")]
    public void Durations_read_like_a_clock(double milliseconds, string expected) =>
        Texts.Duration(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(expected);

    [Theory]
    [InlineData(null, "")]
    [InlineData("0", "$0")]
    [InlineData("0.00001", "<$0.0001")]
    [InlineData("0.06883", "$0.0688")]
    [InlineData("0.5", "$0.50")]
    [InlineData("1234.5", "$1,234.50")]
    public void Costs_are_never_rounded_to_nothing(string? exact, string expected) => Texts.Cost(exact).ShouldBe(expected);

    [Theory]
    [InlineData(999, "999")]
    [InlineData(11_806, "11.8k")]
    [InlineData(999_949, "999.9k")]
    [InlineData(999_950, "1.0M")]
    public void Counts_are_short(long number, string expected) => Texts.Count(number).ShouldBe(expected);

    private static string[] Draw(SessionDetail session, int width, bool full = false)
    {
        var output = new StringWriter();
        SessionTree.Write(Terminal.Over(output, TextWriter.Null, width), session, full);
        return output.ToString().Split('\n', StringSplitOptions.TrimEntries & StringSplitOptions.None);
    }

    private static string Table(SessionSummary session, int width)
    {
        var output = new StringWriter();
        SessionTable.Write(Terminal.Over(output, TextWriter.Null, width), [session]);
        return output.ToString();
    }

    private static int IndentOf(string tag, string[] lines) =>
        lines.First(line => line.Contains(tag + " ", StringComparison.Ordinal)).IndexOf(tag, StringComparison.Ordinal);
}
