using System.Text;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Pages;
using ClaudeBridge.Dashboard.Waterfall;

namespace ClaudeBridge.Tests.Dashboard;

public sealed class WaterfallTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Everything_stands_below_its_parent_by_start_whatever_the_order_it_came_in()
    {
        var observations = FakeTrace.Observations(Start);

        var rows = WaterfallTree.Of([.. observations.Reverse()], Start, Start.AddSeconds(28));

        rows.Select(static row => (row.Observation.Id[^1], row.Depth))
            .ShouldBe([
                ('1', 0),
                ('2', 1),
                ('3', 2),
                ('4', 3),
                ('5', 4),
                ('6', 5),
                ('7', 4),
                ('8', 1),
                ('9', 1),
                ('a', 1),
                ('b', 1),
                ('c', 1),
            ]);
    }

    [Fact]
    public void What_is_below_adds_up()
    {
        var root = WaterfallTree.Of(FakeTrace.Observations(Start), Start, Start.AddSeconds(28))[0];

        root.Below.ShouldBe(new Below(11, 1, 68_800 + 26_600 + 2_400 + 7_900));
    }

    [Fact]
    public void Bars_stay_within_the_time_of_the_turn()
    {
        var early = FakeTrace.One("1", null, "TOOL", "early", Start, -5_000, 2_000);
        var late = FakeTrace.One("2", null, "TOOL", "late", Start, 9_000, 50_000, waited: 999_999_999);

        var rows = WaterfallTree.Of([early, late], Start, Start.AddSeconds(10));

        rows.ShouldAllBe(row => row.Left >= 0 && row.Width >= 0 && row.Left + row.Width <= 1.0000001 && row.Waited <= row.Left);
    }

    [Theory]
    [InlineData("user_temporary", true)]
    [InlineData("user_reject", true)]
    [InlineData(null, true)]
    [InlineData("config", false)]
    [InlineData("hook", false)]
    public void Only_what_a_person_decided_waited_for_a_person(string? source, bool isWait)
    {
        var asked = FakeTrace.One("1", null, "TOOL", "Bash", Start, 3_000, 10, waited: 1_200);
        if (source is not null)
        {
            asked = asked with { Metadata = new Dictionary<string, string>(asked.Metadata) { ["decision_source"] = source } };
        }

        WaterfallTree.WaitOf(asked).ShouldBe(isWait ? TimeSpan.FromSeconds(1.2) : TimeSpan.Zero);
    }

    [Fact]
    public void A_turn_says_what_took_longest_what_cost_most_and_who_was_waited_for()
    {
        var rows = WaterfallTree.Of(FakeTrace.Observations(Start), Start, Start.AddSeconds(28));

        var said = Written(TraceHighlights.Of(rows, isCut: false)!);

        said.ShouldContain("Longest tool: <a href=\"#o-a000000000000008\">", customMessage: "the tool that held an agent is not meant");
        said.ShouldContain("Longest request: <a href=\"#o-a000000000000007\">");
        said.ShouldContain("Most expensive request: <a href=\"#o-a000000000000002\">");
        said.ShouldContain("Longest wait for a person: <a href=\"#o-a000000000000008\">");
        said.ShouldNotContain("Of those shown");
        TraceHighlights.Of([.. rows.Take(3)], isCut: false).ShouldBeNull("few lines are seen at a glance");
    }

    private static string Written(Fragment fragment)
    {
        var html = new HtmlWriter();
        html.Write($"{fragment}");
        return Encoding.UTF8.GetString(html.Written.Span);
    }

    [Fact]
    public void One_without_its_parent_stands_at_the_top()
    {
        var orphan = FakeTrace.One("1", "left out", "TOOL", "Bash", Start, 0, 10);

        WaterfallTree.Of([orphan], Start, Start).ShouldHaveSingleItem().Depth.ShouldBe(0);
    }

    [Fact]
    public void A_chain_of_ten_thousand_is_drawn_without_a_deep_call()
    {
        var chain = Enumerable
            .Range(0, 10_000)
            .Select(at => FakeTrace.One($"{at}", at == 0 ? null : $"{at - 1}", "SPAN", "s", Start, at, 1))
            .ToArray();

        WaterfallTree.Of(chain, Start, Start.AddSeconds(10))[^1].Depth.ShouldBe(9_999);
    }

    [Theory]
    [InlineData("{\"command\":\"ls -la\",\"description\":\"list\"}", "ls -la")]
    [InlineData("{\"timeout\":5,\"nested\":{\"x\":\"no\"},\"file_path\":\"/a/b.cs\"}", "/a/b.cs")]
    [InlineData("{\"command\":\"cut in the mid", "{\"command\":\"cut in the mid")]
    [InlineData("{not json", "{not json")]
    [InlineData("plain\ntext", "plain text")]
    public void Beside_a_tool_stands_what_it_was_called_with(string input, string hint) => ToolHint.Of(input).ShouldBe(hint);
}
