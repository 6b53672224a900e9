using System.Text;
using System.Xml.Linq;
using ClaudeBridge.Dashboard.Charts;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Pages;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Dashboard;

public sealed class ChartTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.000001)]
    [InlineData(0.37)]
    [InlineData(1)]
    [InlineData(24)]
    [InlineData(99.9)]
    [InlineData(4_560_000)]
    [InlineData(987_654_321_000)]
    public void Marks_are_even_few_and_reach_the_highest_value(double highest)
    {
        var marks = Ticks.UpTo((decimal)highest);

        marks[0].ShouldBe(0);
        marks[^1].ShouldBeGreaterThanOrEqualTo((decimal)highest);
        marks.Count.ShouldBeInRange(2, 5);
        marks.Zip(marks.Skip(1), static (one, next) => next - one).Distinct().Count().ShouldBe(1);
        if (highest > 0.0001)
        {
            marks[^1].ShouldBeLessThan((decimal)highest * 2.5m, "the bars would be low");
        }
    }

    [Fact]
    public void A_chart_of_many_days_begins_near_the_first_with_anything_and_keeps_every_day_that_has()
    {
        DateTimeOffset start = new(2026, 8, 22, 0, 0, 0, TimeSpan.Zero);

        First(90, 89).Count.ShouldBe(14, "one bar is not drawn as wide as a wall");
        First(90, 40).Count.ShouldBe(50);
        First(7, 6).Count.ShouldBe(7);
        First(90, 0).Count.ShouldBe(90);

        IReadOnlyList<OverviewStep> First(int days, int empty) =>
            OverviewCharts
                .FromFirst(
                    new FakePages(start).Overview(new(new ViewFilter(), start, start.AddDays(days), TimeSpan.FromDays(1))) with
                    {
                        Steps =
                        [
                            .. Enumerable
                                .Range(0, days)
                                .Select(day => new OverviewStep(
                                    start.AddDays(day),
                                    [],
                                    day < empty ? new(0, 0, 0, 0) : new(1, 1, 0, 0),
                                    0,
                                    0,
                                    1
                                )),
                        ],
                    }
                )
                .Steps;
    }

    [Fact]
    public void Marks_of_counts_are_whole() => Ticks.UpTo(3, isWhole: true).ShouldAllBe(mark => mark == decimal.Truncate(mark));

    [Fact]
    public void Pieces_stand_on_each_other_and_nothing_has_no_piece()
    {
        Series[] series = [new("a", "s1", [2, 0]), new("b", "s2", [0, 5]), new("c", "s3", [6, 5])];

        Stack.Highest(series, 2).ShouldBe(10);
        Stack.PiecesOf(series, 0, 10).ShouldBe([new Piece(0, 0, 0.2), new Piece(2, 0.2, 0.8)]);
        Stack.PiecesOf(series, 1, 10).ShouldBe([new Piece(1, 0, 0.5), new Piece(2, 0.5, 1)]);
    }

    [Fact]
    public void A_chart_says_in_words_and_in_a_table_what_it_shows_and_uses_no_style()
    {
        DateTimeOffset start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        var chart = new StackedBars(
            "cost",
            "Cost",
            [start, start.AddDays(1)],
            TimeSpan.FromDays(1),
            [new("claude-<opus>", "s1", [1_500_000, 0]), new("claude-haiku", "s2", [500_000, 250_000])]
        )
        {
            Form = static value => "$" + value,
            Unit = 1_000_000,
            LinkOf = static day => $"/turns?from={day:yyyy-MM-dd}&x=1",
        };
        var html = new HtmlWriter();

        chart.Write(html);

        var figure = XElement.Parse(Encoding.UTF8.GetString(html.Written.Span));
        figure
            .Descendants("svg")
            .Single(static svg => (string?)svg.Attribute("role") == "img")
            .Attribute("aria-label")!
            .Value.ShouldStartWith("Cost, 2 days: claude-<opus> $1.5, claude-haiku $0.75");
        figure
            .Descendants("tr")
            .Select(static row => row.Value)
            .ShouldBe(["Day (UTC)claude-<opus>claude-haikuSum", "2026-11-01$1.5$0.5$2", "2026-11-02$0$0.25$0.25"]);
        figure.DescendantsAndSelf().Attributes("style").ShouldBeEmpty();
        var bars = figure
            .Descendants("rect")
            .Where(static rect => ((string?)rect.Attribute("class"))?.StartsWith('s') == true && rect.Attribute("x") is not null);
        bars.Count().ShouldBe(3);
    }
}
