using System.Globalization;
using System.Net;
using ClaudeBridge.Tests.Cli;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.Metrics;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Figures;

public sealed class MetricsEndpointTests
{
    private const string Recorded = "2.1.329-parallel-tools-http-json";

    [Fact]
    public async Task Claude_Codes_figures_are_told_in_both_forms()
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path);
        await Recordings.SendAsync(bridge, Recorded);

        var plain = await Recordings.ScrapeAsync(bridge);
        var count = PlainCount.Of(Recorded);
        plain.ShouldContain("# TYPE claude_code_cost_usd_total counter\n");
        Recordings.Sum(plain, "claude_code_cost_usd_total").ShouldBe(count.Cost);
        Recordings.Sum(plain, "claude_code_tokens_total", "type=\"input\"").ShouldBe(count.Usage.Input);
        Recordings.Sum(plain, "claude_code_tool_calls_total").ShouldBe(count.Tools);
        Recordings.Sum(plain, "claude_code_lines_total", "type=\"added\"").ShouldBe(count.Metrics.LinesAdded);
        Recordings.Sum(plain, "claude_code_sessions_total").ShouldBe(1);
        Recordings.Sum(plain, "claude_code_sessions_open").ShouldBe(1);
        Recordings.Sum(plain, "otelcol_receiver_accepted_log_records_total").ShouldBeGreaterThan(0);
        plain.ShouldNotContain("tenant=");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation(
            "Accept",
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        );
        using var answer = await bridge.Dashboard.SendAsync(request);
        var open = await answer.Content.ReadAsStringAsync();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/openmetrics-text");
        open.ShouldContain("# TYPE claude_code_cost_usd counter\n");
        open.ShouldContain("\nclaude_code_cost_usd_total{");
        open.ShouldEndWith("# EOF\n");
    }

    [Fact]
    public async Task A_store_that_is_built_again_is_told_when_it_is_whole_and_never_before()
    {
        using var folder = new TemporaryFolder();
        string before;
        await using (var bridge = await RunningBridge.StartAsync(folder.Path))
        {
            await Recordings.SendAsync(bridge, Recorded);
            before = Figures(await Recordings.ScrapeAsync(bridge));
        }

        Directory.GetFiles(folder.Path, "store.db*").ToList().ForEach(File.Delete);
        await using var again = await RunningBridge.StartAsync(folder.Path, [("Store:StepEntries", "1")]);
        for (var tries = 0; ; tries++)
        {
            var text = await Recordings.ScrapeAsync(again);
            if (Recordings.Sum(text, "claudebridge_usage_ready") == 0)
            {
                // The bridge's own metrics are told all the time.
                text.ShouldNotContain("claude_code_");
                Recordings.Sum(text, "claudebridge_journal_writable").ShouldBe(1);
                tries.ShouldBeLessThan(2000);
                continue;
            }

            Figures(text).ShouldBe(before);
            return;
        }

        static string Figures(string text) =>
            string.Join(
                '\n',
                text.Split('\n')
                    .Where(static line => line.StartsWith("claude_code_", StringComparison.Ordinal))
                    .Order(StringComparer.Ordinal)
            );
    }

    [Theory]
    [InlineData("none", "claude_code_requests_total{outcome=\"ok\"} ")]
    [InlineData("model", "claude_code_requests_total{model=\"claude-opus-5-5\",outcome=\"ok\"} ")]
    public async Task Labels_are_those_that_were_chosen(string labels, string expected)
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path, [("Metrics:Labels", labels)]);
        await Recordings.SendAsync(bridge, Recorded);

        (await Recordings.ScrapeAsync(bridge)).ShouldContain("\n" + expected);
    }

    [Fact]
    public async Task Other_methods_are_refused()
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path);
        using var answer = await bridge.Dashboard.PostAsync("/metrics", null);

        answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    /// <summary>Recorded traffic through a running bridge, and what it then tells.</summary>
    internal static class Recordings
    {
        public static async Task SendAsync(RunningBridge bridge, string recording)
        {
            foreach (var request in Recording.Open(recording).Requests)
            {
                using var body = new ByteArrayContent(request.Body);
                body.Headers.ContentType = new(
                    request.Encoding == ClaudeBridge.Otlp.OtlpEncoding.Json ? "application/json" : "application/x-protobuf"
                );
                using var answer = await bridge.Http.PostAsync($"/v1/{request.Signal.ToString().ToLowerInvariant()}", body);
                answer.EnsureSuccessStatusCode();
            }

            await bridge.Loop.CatchUpAsync(bridge.Journal.End, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        }

        public static async Task<string> ScrapeAsync(RunningBridge bridge)
        {
            using var answer = await bridge.Dashboard.GetAsync("/metrics");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
            return await answer.Content.ReadAsStringAsync();
        }

        public static decimal Sum(string text, string metric, string label = "") =>
            text.Split('\n')
                .Where(line =>
                    line.StartsWith(metric + "{", StringComparison.Ordinal) || line.StartsWith(metric + " ", StringComparison.Ordinal)
                )
                .Where(line => line.Contains(label, StringComparison.Ordinal))
                .Sum(static line => decimal.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
