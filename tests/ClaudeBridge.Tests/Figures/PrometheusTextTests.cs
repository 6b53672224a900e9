using ClaudeBridge.Diagnostics;
using ClaudeBridge.Query;
using ClaudeBridge.Store.Counters;

namespace ClaudeBridge.Tests.Figures;

public sealed class PrometheusTextTests
{
    private static readonly MetricFamily Family = new(
        "some_things",
        MetricType.Counter,
        "Says \"it\"\nover \\ lines.",
        [new([new("name", "a\"b\\c\nd\ud800"), new("other", "")], "1.5"), new([], "2")]
    );

    [Fact]
    public void The_plain_form_escapes_what_would_end_a_line_or_a_value() =>
        PrometheusText
            .Write([Family], openMetrics: false)
            .ShouldBe(
                "# HELP some_things_total Says \"it\"\\nover \\\\ lines.\n# TYPE some_things_total counter\n"
                    + "some_things_total{name=\"a\\\"b\\\\c\\nd\ufffd\",other=\"\"} 1.5\nsome_things_total 2\n"
            );

    [Fact]
    public void OpenMetrics_names_the_family_without_its_suffix_and_ends_with_its_mark() =>
        PrometheusText
            .Write([Family with { Samples = [] }], openMetrics: true)
            .ShouldBe("# HELP some_things Says \\\"it\\\"\\nover \\\\ lines.\n# TYPE some_things counter\n# EOF\n");

    [Fact]
    public void Label_sets_beyond_the_limit_are_told_together_and_tenants_never_mix()
    {
        var rows = new List<KeyValuePair<CounterLabels, CounterValues>>();
        for (var i = 0; i < 10; i++)
        {
            var values = new CounterValues();
            values.Add(CounterMetric.Commits, 1);
            rows.Add(new(CounterLabels.Of(i % 2 == 0 ? "blue" : "red", $"user-{i}", null), values));
        }

        var counters = new UsageCounters(rows, new Dictionary<string, int> { ["blue"] = 2 });
        var metrics = new UsageMetrics(["user"], maxSeries: 4);
        var all = Commits(metrics.Families(counters, tenant: null));
        all.Samples.Sum(static sample => decimal.Parse(sample.Value, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(10);
        all.Samples.Count.ShouldBe(6);
        all.Samples.Select(static sample => (sample.Labels[0].Value, sample.Labels[1].Value, sample.Value))
            .Skip(4)
            .ShouldBe([("blue", "other", "3"), ("red", "other", "3")], ignoreOrder: true);

        var blue = Commits(metrics.Families(counters, "blue"));
        blue.Samples.ShouldAllBe(static sample => sample.Labels[0].Value == "blue");
        blue.Samples.Sum(static sample => decimal.Parse(sample.Value, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(5);

        static MetricFamily Commits(IEnumerable<MetricFamily> families) =>
            families.Single(static family => family.Name == "claude_code_commits");
    }
}
