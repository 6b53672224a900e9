using System.Net;
using System.Text.RegularExpressions;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store.Counters;
using ClaudeBridge.Tests.Cli;
using ClaudeBridge.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Figures;

/// <summary>The bridge's own metrics: there from the start, under the names that alerts use, whatever hangs.</summary>
public sealed partial class OwnMetricsTests
{
    private static readonly string[] Kinds = ["log_records", "spans", "metric_points"];

    [Fact]
    public async Task Every_series_that_an_alert_may_use_is_there_from_the_start()
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path, services: new AwayBackend().AddTo);
        var text = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);

        foreach (var kind in Kinds)
        {
            foreach (var verb in new[] { "accepted", "refused" })
            {
                Lines(text, $"otelcol_receiver_{verb}_{kind}")
                    .ShouldBe(["{receiver=\"otlp\",transport=\"grpc\"} 0", "{receiver=\"otlp\",transport=\"http\"} 0"]);
                Lines(text, $"otelcol_receiver_{verb}_{kind}_total").Count.ShouldBe(2);
            }

            foreach (var verb in new[] { "sent", "send_failed", "enqueue_failed" })
            {
                Lines(text, $"otelcol_exporter_{verb}_{kind}").ShouldHaveSingleItem().ShouldStartWith("{exporter=\"langfuse\"} ");
                Lines(text, $"otelcol_exporter_{verb}_{kind}_total").ShouldHaveSingleItem();
            }
        }

        Lines(text, "otelcol_exporter_queue_size").ShouldBe(["{exporter=\"langfuse\",data_type=\"traces\"} 0"]);
        Lines(text, "otelcol_exporter_queue_capacity").ShouldBe(["{exporter=\"langfuse\",data_type=\"traces\"} +Inf"]);
        foreach (var name in AlertedNames())
        {
            Lines(text, name).ShouldNotBeEmpty(name);
        }

        Lines(text, "claudebridge_usage_ready").ShouldBe([" 1"]);
        Lines(text, "claudebridge_metric_sources_failed").ShouldBe([" 0"]);
    }

    [Fact]
    public async Task A_store_that_hangs_leaves_out_what_it_would_tell_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var hanging = new Hanging();
        await using var bridge = await RunningBridge.StartAsync(
            folder.Path,
            services: services => services.AddSingleton<IUsageCounters>(hanging)
        );

        for (var i = 0; i < 20; i++)
        {
            var text = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);
            Lines(text, "claudebridge_usage_ready").ShouldBe([" 0"]);
            Lines(text, "claudebridge_journal_writable").ShouldBe([" 1"]);
            text.ShouldNotContain("claude_code_");
        }

        hanging.Asked.ShouldBe(1, "questions must not pile up before a store that hangs");
        using var health = await bridge.Http.GetAsync("/health");
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_tenant_sees_nothing_of_it()
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(
            folder.Path,
            [("Access:Tenants:0:Name", "blue"), ("Access:Tenants:0:KeyHashes:0", ClaudeBridge.Access.KeyHash.Of("blue-key").ToString())]
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("x-api-key", "blue-key");

        using var answer = await bridge.Dashboard.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = await answer.Content.ReadAsStringAsync();
        text.ShouldContain("claude_code_");
        text.ShouldNotContain("claudebridge_");
        text.ShouldNotContain("otelcol_");
    }

    [Fact]
    public void A_room_that_breaks_when_asked_is_left_out_and_counted_and_one_name_stands_once()
    {
        var own = new OwnMetrics([new Room("a"), new Broken(), new Room("b")]);

        var families = own.Read();

        families.Single(static family => family.Name == "claudebridge_metric_sources_failed").Samples.Single().Value.ShouldBe("1");
        families.Single(static family => family.Name == "rooms").Samples.Count.ShouldBe(2);
    }

    [Fact]
    public void A_histogram_counts_upwards_to_its_count_in_both_forms()
    {
        var histogram = new DurationHistogram();
        histogram.Observe(TimeSpan.FromMilliseconds(0.2));
        histogram.Observe(TimeSpan.FromMilliseconds(30));
        histogram.Observe(TimeSpan.FromMinutes(1));

        var text = PrometheusText.Write([histogram.ToFamily("sync_seconds", "Syncing.")], openMetrics: false);

        text.ShouldStartWith("# HELP sync_seconds Syncing.\n# TYPE sync_seconds histogram\nsync_seconds_bucket{le=\"0.0005\"} 1\n");
        text.ShouldContain("sync_seconds_bucket{le=\"0.05\"} 2\n");
        text.ShouldContain(
            "sync_seconds_bucket{le=\"10\"} 2\nsync_seconds_bucket{le=\"+Inf\"} 3\nsync_seconds_sum 60.0302\nsync_seconds_count 3\n"
        );
    }

    [Fact]
    public void A_counter_of_the_Collector_has_both_its_spellings()
    {
        var family = MetricFamily.CollectorCounter("otelcol_x", "X.", MetricFamily.Sample(3));

        PrometheusText
            .Write([family], openMetrics: false)
            .ShouldBe(
                "# HELP otelcol_x_total X.\n# TYPE otelcol_x_total counter\notelcol_x_total 3\n# HELP otelcol_x X.\n# TYPE otelcol_x untyped\notelcol_x 3\n"
            );
        PrometheusText
            .Write([family], openMetrics: true)
            .ShouldBe(
                "# HELP otelcol_x_total X.\n# TYPE otelcol_x_total unknown\notelcol_x_total 3\n# HELP otelcol_x X.\n# TYPE otelcol_x unknown\notelcol_x 3\n# EOF\n"
            );
    }

    /// <summary>Every metric that the alerts in config name.</summary>
    private static IEnumerable<string> AlertedNames() =>
        File.ReadLines(Path.Combine(Recordings.RepositoryRoot, "config", "prometheus-alerts.yml"))
            .SelectMany(static line => MetricName().Matches(line).Select(static match => match.Value))
            .Distinct();

    private static List<string> Lines(string text, string name) =>
        [
            .. text.Split('\n')
                .Where(line =>
                    line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ('{' or ' ')
                )
                .Select(line => line[name.Length..]),
        ];

    [GeneratedRegex("(?<![a-z_])(?:claudebridge|otelcol)_[a-z_]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricName();

    private sealed class Hanging : IUsageCounters
    {
        public int Asked { get; private set; }

        public Task<UsageCounters?> ReadAsync(CancellationToken cancel)
        {
            Asked++;
            return new TaskCompletionSource<UsageCounters?>().Task;
        }
    }

    private sealed class Room(string name) : IMetricSource
    {
        public IEnumerable<MetricFamily> Read() => [MetricFamily.Gauge("rooms", "Rooms.", [MetricFamily.Sample(1, ("room", name))])];
    }

    private sealed class Broken : IMetricSource
    {
        public IEnumerable<MetricFamily> Read() => throw new InvalidOperationException("broken");
    }
}
