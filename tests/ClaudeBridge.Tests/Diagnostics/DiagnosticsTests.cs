using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Diagnostics;

public sealed class DiagnosticsTests
{
    [Fact]
    public void The_last_refusals_are_kept_newest_first_and_older_ones_are_counted()
    {
        var refusals = new RefusalLog(TimeProvider.System);

        for (var i = 0; i < RefusalLog.Capacity + 5; i++)
        {
            refusals.Add(Door.Http, $"/{i}", 404, "no");
        }

        refusals.Total.ShouldBe(RefusalLog.Capacity + 5);
        var recent = refusals.Recent();
        recent.Count.ShouldBe(RefusalLog.Capacity);
        recent[0].Path.ShouldBe($"/{RefusalLog.Capacity + 4}");
        recent[^1].Path.ShouldBe("/5");
    }

    [Fact]
    public void The_path_of_a_stranger_neither_fills_the_memory_nor_writes_on_a_terminal()
    {
        var refusals = new RefusalLog(TimeProvider.System);

        refusals.Add(Door.Http, "/\u001b[31m" + new string('x', 10_000), 404, "no");

        var path = refusals.Recent().ShouldHaveSingleItem().Path;
        path.Length.ShouldBe(RefusalLog.MaxPathLength);
        path.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task What_comes_in_and_what_is_turned_away_is_counted_under_the_Collectors_names()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var counts = new Counts(doors.Services.GetRequiredService<ReceiverMetrics>().Meter);

        await doors.Http.PostAsync("/v1/logs", Some.Logs(3), HttpSending.Protobuf);
        await doors.Grpc.CallAsync(GrpcCaller.Traces, Some.Spans(Some.Span(), Some.Span(new byte[16])));
        await doors.Grpc.CallAsync(GrpcCaller.Metrics, Some.Metrics());
        await doors.Http.PostAsync("/v1/logs", Some.Utf8("{"), HttpSending.Json);
        doors.Journal.Failure = new JournalUnavailableException("full");
        await doors.Http.PostAsync("/v1/logs", Some.Logs(2), HttpSending.Protobuf);

        counts["otelcol_receiver_accepted_log_records", "http"].ShouldBe(3);
        counts["otelcol_receiver_refused_log_records", "http"].ShouldBe(2);
        counts["otelcol_receiver_accepted_spans", "grpc"].ShouldBe(1);
        counts["otelcol_receiver_refused_spans", "grpc"].ShouldBe(1);
        counts["otelcol_receiver_accepted_metric_points", "grpc"].ShouldBe(1);
        counts["claudebridge_receiver_refused_requests", "http"].ShouldBe(2);
    }

    [Fact]
    public void The_worst_part_decides_how_the_whole_is()
    {
        HealthSummary.Of([]).State.ShouldBe(HealthState.Ok);
        HealthSummary.Of([new Part(HealthState.Ok), new Part(HealthState.Degraded)]).State.ShouldBe(HealthState.Degraded);
        HealthSummary.Of([new Part(HealthState.Down), new Part(HealthState.Degraded)]).State.ShouldBe(HealthState.Down);
    }

    private sealed class Part(HealthState state) : IHealthSource
    {
        public string Name => "part";

        public HealthReport Check() => new(state);
    }

    /// <summary>Sums what a meter counts, by name and transport.</summary>
    private sealed class Counts : IDisposable
    {
        private readonly ConcurrentDictionary<(string Name, string? Transport), long> _sums = new();
        private readonly MeterListener _listener = new();

        public Counts(Meter meter)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter, meter))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>(
                (instrument, value, tags, _) =>
                {
                    string? transport = null;
                    foreach (var tag in tags)
                    {
                        transport = tag.Key == "transport" ? (string?)tag.Value : transport;
                    }

                    _sums.AddOrUpdate((instrument.Name, transport), value, (_, sum) => sum + value);
                }
            );
            _listener.Start();
        }

        public long this[string name, string transport] => _sums.GetValueOrDefault((name, transport));

        public void Dispose() => _listener.Dispose();
    }
}
