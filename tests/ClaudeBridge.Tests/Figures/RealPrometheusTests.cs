using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Tests.Cli;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.Metrics;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Figures;

/// <summary>A real Prometheus scrapes the bridge. Debian has it in the package <c>prometheus</c>.</summary>
public sealed class RealPrometheusTests
{
    private const string Recorded = "2.1.329-subagent-http-json";
    private const string Needed = "needs prometheus and promtool (on Debian: apt-get install prometheus)";

    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Promtool_finds_nothing_wrong_whatever_stands_in_names()
    {
        var promtool = Find("promtool");
        Assert.SkipWhen(promtool is null, Needed);
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path);
        await MetricsEndpointTests.Recordings.SendAsync(bridge, Recorded);
        await SendWithOddNamesAsync(bridge);
        var text = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);

        using var check = Start(promtool, folder.Path, "check", "metrics");
        await check.StandardInput.WriteAsync(text);
        check.StandardInput.Close();
        var said =
            await check.StandardError.ReadToEndAsync().WaitAsync(LongEnough)
            + await check.StandardOutput.ReadToEndAsync().WaitAsync(LongEnough);
        await check.WaitForExitAsync().WaitAsync(LongEnough);

        said.Trim().ShouldBeEmpty();
        check.ExitCode.ShouldBe(0);
    }

    /// <summary>The same once more, of models whose names would end a label, a line and a text.</summary>
    private static async Task SendWithOddNamesAsync(RunningBridge bridge)
    {
        const string Odd = """
            "claude\"} 1\nclaude_code_forged 1\r\u0000\u202e{x=\"-
            """;
        foreach (var request in Recording.Open(Recorded).Requests)
        {
            var text = Encoding.UTF8.GetString(request.Body);
            foreach (var family in (string[])["haiku", "sonnet", "opus", "fable"])
            {
                text = text.Replace($"\"claude-{family}", Odd + family, StringComparison.Ordinal);
            }

            using var body = new StringContent(text, Encoding.UTF8, "application/json");
            using var answer = await bridge.Http.PostAsync($"/v1/{request.Signal.ToString().ToLowerInvariant()}", body);
            answer.EnsureSuccessStatusCode();
        }

        await bridge.Loop.CatchUpAsync(bridge.Journal.End, CancellationToken.None).WaitAsync(LongEnough);
        var scraped = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);
        scraped.ShouldContain("model=\"claude\\\"} 1", customMessage: "it is told, and escaped");
        scraped.Split('\n').ShouldAllBe(static line => !line.StartsWith("claude_code_forged"));
    }

    [Fact]
    public async Task The_alerts_are_rules_that_Prometheus_takes()
    {
        var promtool = Find("promtool");
        Assert.SkipWhen(promtool is null, Needed);
        var rules = Path.Combine(Cli.Recordings.RepositoryRoot, "config", "prometheus-alerts.yml");

        using var check = Start(promtool, Path.GetTempPath(), "check", "rules", rules);
        var said =
            await check.StandardOutput.ReadToEndAsync().WaitAsync(LongEnough)
            + await check.StandardError.ReadToEndAsync().WaitAsync(LongEnough);
        await check.WaitForExitAsync().WaitAsync(LongEnough);

        check.ExitCode.ShouldBe(0, said);
        said.ShouldContain("13 rules found");
    }

    [Fact]
    public async Task Prometheus_has_the_sums_of_a_recording()
    {
        var prometheus = Find("prometheus");
        Assert.SkipWhen(prometheus is null, Needed);
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path);
        await MetricsEndpointTests.Recordings.SendAsync(bridge, Recorded);
        var port = FreePort();
        var config = Path.Combine(folder.Path, "prometheus.yml");
        await File.WriteAllTextAsync(
            config,
            $"""
            global:
              scrape_interval: 1s
            scrape_configs:
              - job_name: claudebridge
                static_configs:
                  - targets: ['{bridge.Dashboard.BaseAddress!.Authority}']
            """
        );
        using var process = Start(
            prometheus,
            folder.Path,
            $"--config.file={config}",
            $"--storage.tsdb.path={Path.Combine(folder.Path, "tsdb")}",
            $"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error"
        );
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
            {
                BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            };
            var count = PlainCount.Of(Recorded);
            (await QueryAsync(client, "sum(claude_code_cost_usd_total)")).ShouldBe((double)count.Cost, 1e-9);
            (await QueryAsync(client, "sum(claude_code_tokens_total{type=\"cache_read\"})")).ShouldBe(count.Usage.CacheRead);
            (await QueryAsync(client, "sum(claude_code_tool_calls_total)")).ShouldBe(count.Tools);
            (await QueryAsync(client, "sum(claude_code_requests_total{outcome=\"ok\"})")).ShouldBe(count.Requests);
            (await QueryAsync(client, "claude_code_sessions_total")).ShouldBe(1);
            var accepted = await QueryAsync(client, "sum(otelcol_receiver_accepted_log_records)");
            accepted.ShouldBeGreaterThan(0);
            (await QueryAsync(client, "sum(otelcol_receiver_accepted_log_records_total)")).ShouldBe(accepted);
            (await QueryAsync(client, "claudebridge_journal_fsync_seconds_bucket{le=\"+Inf\"}")).ShouldBeGreaterThan(0);
            (await QueryAsync(client, "claudebridge_journal_fsync_seconds_count")).ShouldBeGreaterThan(0);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().WaitAsync(LongEnough);
        }
    }

    /// <summary>Asks until there is an answer with a value: it takes a while until it runs and has scraped.</summary>
    private static async Task<double> QueryAsync(HttpClient prometheus, string query)
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < LongEnough; await Task.Delay(100))
        {
            try
            {
                using var answer = JsonDocument.Parse(
                    await prometheus.GetStringAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}")
                );
                var result = answer.RootElement.GetProperty("data").GetProperty("result");
                if (result.GetArrayLength() == 1)
                {
                    return double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
                }
            }
            catch (HttpRequestException)
            {
                // Not up yet.
            }
        }

        throw new TimeoutException($"Prometheus had no value of {query} within {LongEnough}.");
    }

    private static Process Start(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/usr/bin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Below those that the system gives to outgoing connections.</summary>
    private static int FreePort()
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody's.
            }
        }

        throw new InvalidOperationException("This machine has no free port.");
    }
}
