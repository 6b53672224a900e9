using System.Text.Json;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>The last version of every observation is a function of the set of records: not of their order, repetition, grouping, or restarts.</summary>
public sealed class OrderOfArrivalTests
{
    public static TheoryData<string> Recordings => [.. Recording.Names];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Requests_in_any_order_doubled_and_with_restarts_between_give_the_same_views(string recording)
    {
        var exports = Recording.Open(recording).Requests.Select(static request => request.Decode()).ToList();
        var expected = Describe(Assembled.From(exports));
        for (var seed = 1; seed <= 8; seed++)
        {
            var random = new Random(seed);
            var shuffled = exports.Concat(exports).ToArray();
            random.Shuffle(shuffled);
            var assembled = new Assembled();
            foreach (var export in shuffled)
            {
                assembled.Add(export);
                if (random.Next(3) == 0)
                {
                    assembled.Restart();
                }
            }

            Describe(assembled).ShouldBe(expected, $"seed {seed}");
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Records_one_by_one_in_any_order_give_the_same_views(string recording)
    {
        var exports = Recording.Open(recording).Requests.Select(static request => request.Decode()).ToList();
        var expected = Describe(Assembled.From(exports));
        for (var seed = 1; seed <= 3; seed++)
        {
            var single = exports.SelectMany(Split).ToArray();
            if (single.Length > 700)
            {
                // One turn of many hundred records is computed anew at every step: once is enough to show it.
                seed = 3;
            }

            new Random(seed).Shuffle(single);
            Describe(Assembled.From(single)).ShouldBe(expected, $"seed {seed}");
        }
    }

    [Fact]
    public void A_request_that_is_sent_again_counts_once()
    {
        var request = Recording.Open("2.1.329-bash-tool-http-json").Requests.Single(static request => request.Signal == Signal.Logs);
        var assembled = Assembled.From([request.Decode(), request.Decode()]);
        assembled.Duplicates.ShouldBe(request.Decode().Accepted);
    }

    [Fact]
    public void The_three_protocols_of_one_scenario_give_the_same_tree()
    {
        string[] forms = ["2.1.329-plain-answer-http-json", "2.1.329-plain-answer-http-protobuf", "2.1.329-plain-answer-grpc"];
        var shapes = forms
            .Select(static name => Shape(Assembled.From(Recording.Open(name).Requests.Select(static request => request.Decode()))))
            .ToList();
        shapes[1].ShouldBe(shapes[0]);
        shapes[2].ShouldBe(shapes[0]);
    }

    /// <summary>What does not depend on the ids and the moments that one run of the client happened to have.</summary>
    private static string Shape(Assembled assembled) =>
        string.Join(
            '\n',
            assembled.All.SelectMany(static trace =>
                trace.Observations.Select(observation =>
                    $"{observation.Type} {observation.Name} {observation.Level} {observation.Usage} {observation.Cost} {observation.Input} {observation.Output} under {trace.Observations.FirstOrDefault(parent => parent.Id == observation.ParentId)?.Name}"
                )
            )
        );

    private static string Describe(Assembled assembled) =>
        JsonSerializer.Serialize(
            assembled.Traces.Where(static pair => pair.Value.Count > 0).Select(static pair => new { pair.Key, Traces = pair.Value.Values })
        );

    private static IEnumerable<DecodedExport> Split(DecodedExport export)
    {
        foreach (var group in export.Logs?.ResourceLogs ?? [])
        {
            foreach (var scope in group.ScopeLogs)
            {
                foreach (var log in scope.LogRecords)
                {
                    yield return new DecodedExport
                    {
                        Signal = Signal.Logs,
                        Accepted = 1,
                        Logs = new ExportLogsServiceRequest
                        {
                            ResourceLogs =
                            {
                                new OpenTelemetry.Proto.Logs.V1.ResourceLogs
                                {
                                    Resource = group.Resource,
                                    ScopeLogs =
                                    {
                                        new OpenTelemetry.Proto.Logs.V1.ScopeLogs { Scope = scope.Scope, LogRecords = { log } },
                                    },
                                },
                            },
                        },
                    };
                }
            }
        }

        foreach (var group in export.Traces?.ResourceSpans ?? [])
        {
            foreach (var scope in group.ScopeSpans)
            {
                foreach (var span in scope.Spans)
                {
                    yield return new DecodedExport
                    {
                        Signal = Signal.Traces,
                        Accepted = 1,
                        Traces = new ExportTraceServiceRequest
                        {
                            ResourceSpans =
                            {
                                new OpenTelemetry.Proto.Trace.V1.ResourceSpans
                                {
                                    Resource = group.Resource,
                                    ScopeSpans =
                                    {
                                        new OpenTelemetry.Proto.Trace.V1.ScopeSpans { Scope = scope.Scope, Spans = { span } },
                                    },
                                },
                            },
                        },
                    };
                }
            }
        }
    }
}
