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
    public void A_trace_says_for_whom_and_for_what_it_was()
    {
        var trace = Some.Trace("aa11", Some.Observation("t")) with
        {
            Tags = ["branch:feature/pay", "team:blue [west]"],
            Environment = "production",
            Metadata = new SortedDictionary<string, string> { ["member"] = "mia", ["team"] = "blue [west]" },
        };

        var lines = Draw(Some.Session("s-1", trace), width: 120);
        lines.ShouldContain("Tags: branch:feature/pay, team:blue [west]");
        lines.ShouldNotContain(line => line.Contains("mia"));

        var full = Draw(Some.Session("s-1", trace), width: 120, full: true);
        full.ShouldContain("Tags: branch:feature/pay, team:blue [west]");
        full.ShouldContain("environment = production");
        full.ShouldContain("member = mia");
        full.ShouldNotContain(line => line.Contains("release"));
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
    public void At_80_columns_every_figure_stands_in_one_line_and_the_id_is_short()
    {
        var session = Some.Session() with
        {
            Traces = 1234,
            Generations = 12_345,
            Tools = 12_345,
            Errors = 1234,
            Usage = new UsageSummary(999_900, 888_800, 0, 0),
            Cost = "1234.56",
        };

        var lines = Lines(80, session);

        lines.ShouldAllBe(line => line.Length <= 80);
        lines[0]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(["Session", "Last", "(UTC)", "Turns", "Reqs", "Tools", "Errors", "In", "Out", "Cost", "Data"]);
        lines[^1]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(["ba7d0de2", "11-20", "12:01", "1234", "12345", "12345", "1234", "999.9k", "888.8k", "$1,234.56", "complete"]);
    }

    [Fact]
    public void A_narrower_table_goes_without_columns_in_a_fixed_order_and_never_breaks_a_cell()
    {
        var session = Some.Session();

        for (var width = 24; width < 80; width++)
        {
            var lines = Lines(width, session);

            lines.Count.ShouldBe(3, $"at {width}");
            lines.ShouldAllBe(line => line.Length <= width && !line.Contains('…'));
            lines[^1].ShouldContain("ba7d0de2");
            lines[^1].ShouldContain("$0.0688");
        }

        Table(session, 60).ShouldNotContain("Last");
        Table(session, 60).ShouldContain("Tools");
        Table(session, 40).ShouldContain("Errors");
    }

    [Fact]
    public void A_wide_table_and_one_that_is_piped_have_whole_ids_and_all_columns()
    {
        var session = Some.Session();
        var piped = new StringWriter();
        SessionTable.Write(Terminal.Over(piped, TextWriter.Null), [session], [session]);

        foreach (var text in new[] { Table(session, 180), piped.ToString() })
        {
            text.ShouldContain(session.SessionId);
            text.ShouldContain("2026-11-20 12:01:15");
            text.ShouldContain("2.1.329");
            text.ShouldContain("13.0k");
        }
    }

    [Fact]
    public void Short_ids_are_as_long_as_it_takes_to_tell_them_apart()
    {
        var ids = ShortIds.Of(["aaaaaaaa-1", "aaaaaaaa-2", "bbbbbbbb-3", "bbbbbbbb-3-and-more", "c"]);

        ids["aaaaaaaa-1"].ShouldBe("aaaaaaaa-1");
        ids["bbbbbbbb-3"].ShouldBe("bbbbbbbb-3");
        ids["bbbbbbbb-3-and-more"].ShouldBe("bbbbbbbb-3-");
        ids["c"].ShouldBe("c");
        ShortIds.Of([Some.Session().SessionId])[Some.Session().SessionId].ShouldBe("ba7d0de2");
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
        SessionTable.Write(Terminal.Over(output, TextWriter.Null, width), [session], [session]);
        return output.ToString();
    }

    private static List<string> Lines(int width, SessionSummary session) =>
        [.. Table(session, width).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];

    private static int IndentOf(string tag, string[] lines) =>
        lines.First(line => line.Contains(tag + " ", StringComparison.Ordinal)).IndexOf(tag, StringComparison.Ordinal);
}
