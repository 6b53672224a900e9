using System.Diagnostics;
using System.Net;
using System.Text.Json;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Tests.Cli;
using ClaudeBridge.Tests.Figures;
using ClaudeBridge.Tests.Journal;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Some = ClaudeBridge.Tests.Receivers.Some;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>The figures of <c>/health</c> and the metrics of the same name are true: each is made to happen.</summary>
public sealed class HealthFiguresTests
{
    private const string Recorded = "2.1.329-plain-answer-http-json";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_backend_that_is_away_shows_with_its_status_what_it_is_owed_and_for_how_long_and_no_more_once_it_is_back()
    {
        using var folder = new TemporaryFolder();
        var backend = new AwayBackend();
        await using var bridge = await RunningBridge.StartAsync(folder.Path, services: backend.AddTo);
        await SettleAsync(bridge);
        var away = await UntilAsync(
            bridge,
            health =>
                bridge.Service<DeliveryLoop>().Progress.FailedItems > 0
                && Destination(health).GetProperty("lastStatus").ValueKind == JsonValueKind.Number
                && Destination(health).GetProperty("state").GetString() == "waiting"
                && Destination(health).GetProperty("undelivered").GetInt64() > 0
        );

        away.GetProperty("status").GetString().ShouldBe("degraded");
        away.GetProperty("lastDelivery").ValueKind.ShouldBe(JsonValueKind.Null);
        Destination(away).GetProperty("lastStatus").GetInt32().ShouldBe(503);
        bridge.Service<DeliveryBacklog>().Look();
        var owed = await HealthAsync(bridge);
        owed.GetProperty("queue").GetProperty("ageSeconds").GetDouble().ShouldBeGreaterThan(0);
        owed.GetProperty("queue").GetProperty("bytes").GetInt64().ShouldBeGreaterThan(0);
        Destination(owed).GetProperty("undeliveredBytes").GetInt64().ShouldBeGreaterThan(0);
        var metrics = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);
        Value(metrics, "otelcol_exporter_queue_size").ShouldBeGreaterThan(0);
        Value(metrics, "otelcol_exporter_send_failed_spans").ShouldBeGreaterThan(0);
        Value(metrics, "otelcol_exporter_sent_spans_total").ShouldBe(0);
        Value(metrics, "claudebridge_last_backend_status").ShouldBe(503);
        Value(metrics, "claudebridge_oldest_undelivered_age_seconds").ShouldBeGreaterThan(0);

        backend.Answer = new(DeliveryOutcome.Delivered, Status: 207);
        var back = await UntilAsync(bridge, static health => Destination(health).GetProperty("undelivered").GetInt64() == 0);

        Destination(back).GetProperty("lastStatus").GetInt32().ShouldBe(207);
        Destination(back).GetProperty("oldestUndeliveredAgeSeconds").GetDouble().ShouldBe(0);
        back.GetProperty("lastDelivery").GetDateTimeOffset().ShouldBeGreaterThan(away.GetProperty("startedAt").GetDateTimeOffset());
        back.GetProperty("lastDeliveryAgeSeconds").GetDouble().ShouldBeInRange(0, Bound.TotalSeconds);
        metrics = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);
        Value(metrics, "otelcol_exporter_sent_spans").ShouldBe(Destination(back).GetProperty("delivered").GetInt64());
        Value(metrics, "claudebridge_oldest_undelivered_age_seconds").ShouldBe(0);
    }

    [Fact]
    public async Task What_has_waited_for_days_is_as_old_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        var backend = new AwayBackend();
        await using (var bridge = await RunningBridge.StartAsync(folder.Path, services: backend.AddTo))
        {
            await SettleAsync(bridge);
        }

        await using var later = await RunningBridge.StartAsync(
            folder.Path,
            services: services =>
            {
                backend.AddTo(services);
                services.AddSingleton<TimeProvider>(new ThreeDaysLater());
            }
        );
        var health = await UntilAsync(later, static health => health.GetProperty("queue").GetProperty("ageSeconds").GetDouble() > 1000);

        health.GetProperty("queue").GetProperty("ageSeconds").GetDouble().ShouldBeInRange(3 * 86400 - 60, 3 * 86400 + Bound.TotalSeconds);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_makes_the_bridge_not_ready_and_alive_until_it_can_again()
    {
        using var folder = new TemporaryFolder();
        var files = new FaultyFiles();
        await using var bridge = await RunningBridge.StartAsync(folder.Path, services: With(files));
        (await StatusAsync(bridge, "/readyz")).ShouldBe(HttpStatusCode.OK);

        files.Capacity = 0;
        using (var refused = await bridge.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf))
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        }

        (await StatusAsync(bridge, "/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await StatusAsync(bridge, "/livez")).ShouldBe(HttpStatusCode.OK);
        var health = await HealthAsync(bridge);
        health.GetProperty("status").GetString().ShouldBe("down");
        health.GetProperty("journal").GetProperty("writable").GetBoolean().ShouldBeFalse();
        health.GetProperty("journal").GetProperty("refusedEntries").GetInt64().ShouldBeGreaterThan(0);
        health.GetProperty("refused").GetProperty("requests").GetInt64().ShouldBe(1);
        health.GetProperty("refused").GetProperty("records").GetInt64().ShouldBe(1);
        var metrics = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);
        Value(metrics, "claudebridge_journal_writable").ShouldBe(0);
        Value(metrics, "otelcol_receiver_refused_log_records").ShouldBe(1);

        files.Capacity = long.MaxValue;
        await bridge.SendAsync(Some.Logs());
        (await StatusAsync(bridge, "/readyz")).ShouldBe(HttpStatusCode.OK);
        health = await HealthAsync(bridge);
        health.GetProperty("journal").GetProperty("writable").GetBoolean().ShouldBeTrue();
        health.GetProperty("accepted").GetProperty("records").GetInt64().ShouldBe(1);
        metrics = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);
        Value(metrics, "claudebridge_journal_writable").ShouldBe(1);
        Value(metrics, "claudebridge_journal_fsync_seconds_count").ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task What_a_hard_limit_took_and_what_damage_cost_is_told()
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(
            folder.Path,
            [("Journal:SegmentBytes", "65536"), ("Journal:MaxBytes", "1048576")]
        );
        var journal = bridge.Service<ClaudeBridge.Journal.Journal>();
        var body = new byte[50_000];
        for (var i = 0; i < 30; i++)
        {
            await journal.AppendAsync(Entry(body), null, CancellationToken.None);
        }

        await journal.ApplyRetentionAsync(JournalPosition.Start, CancellationToken.None);

        var health = await HealthAsync(bridge);
        health.GetProperty("dropped").GetProperty("overLimitBytes").GetInt64().ShouldBeGreaterThan(0);
        var metrics = await MetricsEndpointTests.Recordings.ScrapeAsync(bridge);
        Value(metrics, "claudebridge_journal_lost_bytes_total")
            .ShouldBe(health.GetProperty("dropped").GetProperty("overLimitBytes").GetInt64());
    }

    [Fact]
    public async Task Entries_behind_damage_are_counted_as_salvaged_once_however_often_they_are_read()
    {
        var files = new FaultyFiles();
        var options = new JournalOptions();
        await using (var journal = await OpenAsync(files, options))
        {
            for (var i = 0; i < 5; i++)
            {
                await journal.AppendAsync(Entry(Enumerable.Repeat((byte)i, 200).ToArray()), null, CancellationToken.None);
            }
        }

        var segment = files.List("/journal").Single(static path => path.EndsWith(Segment.Extension, StringComparison.Ordinal));
        using (var file = files.OpenWrite(segment))
        {
            file.Write([new byte[] { 0xff, 0xff, 0xff, 0xff }], SegmentHeader.Length + EntryFormat.HeaderLength + 60);
        }

        await using var again = await OpenAsync(files, options);
        for (var i = 0; i < 2; i++)
        {
            again.ReadFrom(JournalPosition.Start).Count().ShouldBe(4);
            again.Figures.SalvagedEntries.ShouldBe(4);
        }

        again.Figures.DamagedPlaces.ShouldBe(1);
    }

    [Fact]
    public async Task Who_holds_no_key_sees_the_states_alone()
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path, [("Receivers:ApiKey", "k")]);

        var without = await HealthAsync(bridge);
        var with = await HealthAsync(bridge, "k");

        without.EnumerateObject().Select(static property => property.Name).ShouldBe(["status", "version", "components"]);
        with.EnumerateObject().Select(static property => property.Name).ShouldContain("queue");
        with.GetProperty("uptimeSeconds").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_loop_that_ended_makes_the_bridge_not_alive_and_ends_it()
    {
        var work = new TaskCompletionSource();
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(
            folder.Path,
            services: services => services.AddSingleton(new EndlessLoop("The loop of a test", () => work.Task))
        );
        (await StatusAsync(bridge, "/livez")).ShouldBe(HttpStatusCode.OK);
        var stopping = new TaskCompletionSource();
        bridge.Service<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);

        work.SetException(new InvalidOperationException("broken"));

        bridge.Service<LoopWatch>().Ended.ShouldBe("The loop of a test");
        await stopping.Task.WaitAsync(Bound);
        bridge.Service<LoopWatch>().Ended.ShouldBe("The loop of a test");
        ((IHealthSource)bridge.Service<LoopWatch>()).Check().State.ShouldBe(HealthState.Down);
    }

    private static Action<IServiceCollection> With(FaultyFiles files) =>
        services => services.AddSingleton(_ => OpenAsync(files, new JournalOptions()).GetAwaiter().GetResult());

    private static Task<ClaudeBridge.Journal.Journal> OpenAsync(FaultyFiles files, JournalOptions options) =>
        ClaudeBridge.Journal.Journal.OpenAsync(
            "/journal",
            options,
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None,
            files: files
        );

    private static JournalEntry Entry(byte[] body) =>
        new()
        {
            Kind = JournalEntryKind.Export,
            Signal = ClaudeBridge.Otlp.Signal.Logs,
            Encoding = ClaudeBridge.Otlp.OtlpEncoding.Protobuf,
            ReceivedAt = TimeProvider.System.GetUtcNow(),
            Body = body,
        };

    private static async Task SettleAsync(RunningBridge bridge)
    {
        await MetricsEndpointTests.Recordings.SendAsync(bridge, Recorded);
        (await bridge.Loop.SettleAllAsync(CancellationToken.None).WaitAsync(Bound)).ShouldBeGreaterThan(0);
    }

    private static JsonElement Destination(JsonElement health) => health.GetProperty("destinations").EnumerateArray().Single();

    private static decimal Value(string metrics, string name) => MetricsEndpointTests.Recordings.Sum(metrics, name);

    private static async Task<JsonElement> UntilAsync(RunningBridge bridge, Func<JsonElement, bool> isThere)
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Bound; await Task.Delay(20))
        {
            var health = await HealthAsync(bridge);
            if (isThere(health))
            {
                return health;
            }
        }

        throw new TimeoutException($"{await HealthAsync(bridge)}");
    }

    private static async Task<JsonElement> HealthAsync(RunningBridge bridge, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        if (key is not null)
        {
            request.Headers.Add("x-api-key", key);
        }

        using var answer = await bridge.Http.SendAsync(request);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningBridge bridge, string path)
    {
        using var answer = await bridge.Dashboard.GetAsync(path);
        return answer.StatusCode;
    }

    private sealed class ThreeDaysLater : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromDays(3);
    }
}
