using System.Diagnostics;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>Which signal a body is of, told from nothing but the body.</summary>
public sealed class SignalSnifferTests
{
    [Fact]
    public void Every_body_of_every_recording_is_told_right_in_both_encodings()
    {
        var told = 0;
        foreach (var body in Recordings.Bodies())
        {
            SignalSniffer.Tell(body.Encoding, body.Bytes).ToSignal().ShouldBe(body.Signal, body.Name);
            SignalSniffer.Tell(OtlpEncoding.Protobuf, body.Decode().ToProtobuf()).ToSignal().ShouldBe(body.Signal, body.Name);
            told++;
        }

        foreach (var (name, bodies, lines) in Recordings.Sessions())
        {
            foreach (var (body, line) in bodies.Zip(lines))
            {
                SignalSniffer.Tell(OtlpEncoding.Json, line).ToSignal().ShouldBe(body.Signal, name);
                told++;
            }
        }

        told.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Every_record_of_every_recording_is_told_right_by_itself()
    {
        foreach (var export in Recordings.Bodies().Select(static body => body.Decode()))
        {
            foreach (var log in export.Logs?.ResourceLogs.SelectMany(static r => r.ScopeLogs).SelectMany(static s => s.LogRecords) ?? [])
            {
                Tell(log).ShouldBe(Sniffed.Logs);
            }

            foreach (var span in export.Traces?.ResourceSpans.SelectMany(static r => r.ScopeSpans).SelectMany(static s => s.Spans) ?? [])
            {
                Tell(span).ShouldBe(Sniffed.Traces);
            }

            foreach (
                var metric in export.Metrics?.ResourceMetrics.SelectMany(static r => r.ScopeMetrics).SelectMany(static s => s.Metrics) ?? []
            )
            {
                Tell(metric).ShouldBe(Sniffed.Metrics);
            }
        }
    }

    public static TheoryData<IMessage, Sniffed> Sparse() =>
        new()
        {
            {
                new LogRecord { Body = new AnyValue { StringValue = "only a body" } },
                Sniffed.Logs
            },
            {
                new LogRecord { Attributes = { new KeyValue { Key = "k" } } },
                Sniffed.Logs
            },
            {
                new LogRecord { ObservedTimeUnixNano = 7 },
                Sniffed.Logs
            },
            {
                new LogRecord { EventName = "claude_code.user_prompt" },
                Sniffed.Logs
            },
            {
                new LogRecord
                {
                    TraceId = Bytes(16),
                    SpanId = Bytes(8),
                    SeverityText = "INFO",
                },
                Sniffed.Logs
            },
            {
                new Span
                {
                    TraceId = Bytes(16),
                    SpanId = Bytes(8),
                    Name = "n",
                },
                Sniffed.Traces
            },
            {
                new Span { TraceId = Bytes(16), SpanId = Bytes(8) },
                Sniffed.Traces
            },
            {
                new Span
                {
                    TraceId = Bytes(16),
                    SpanId = Bytes(8),
                    ParentSpanId = Bytes(8),
                    EndTimeUnixNano = 4,
                },
                Sniffed.Traces
            },
            {
                new Metric
                {
                    Name = "claude_code.cost",
                    Gauge = new Gauge { DataPoints = { new NumberDataPoint { AsInt = 1 } } },
                },
                Sniffed.Metrics
            },
            {
                new Metric
                {
                    Name = "sixteen_letters_",
                    Description = "eight __",
                    Gauge = new Gauge { DataPoints = { new NumberDataPoint() } },
                },
                Sniffed.Metrics
            },
            {
                new Metric { Name = "n", Unit = "1" },
                Sniffed.Metrics
            },
            {
                new Metric { Name = "n", Summary = new Summary() },
                Sniffed.Metrics
            },
            {
                new Metric { Name = "n", Metadata = { new KeyValue { Key = "k" } } },
                Sniffed.Metrics
            },
            { new LogRecord(), Sniffed.Nothing },
        };

    [Theory]
    [MemberData(nameof(Sparse))]
    public void Records_that_say_next_to_nothing_are_told_by_what_they_say(IMessage record, Sniffed expected) =>
        Tell(record).ShouldBe(expected);

    [Fact]
    public void A_field_of_a_later_version_does_not_hide_the_signal()
    {
        byte[] later =
        [
            .. new Span
            {
                TraceId = Bytes(16),
                SpanId = Bytes(8),
                Name = "n",
            }.ToByteArray(),
            0x9A,
            0x06,
            1,
            65,
        ];

        SignalSniffer.Tell(OtlpEncoding.Protobuf, Wrapped(later)).ShouldBe(Sniffed.Traces);
    }

    [Fact]
    public void Empty_records_and_scopes_are_passed_over_until_one_tells()
    {
        var logs = new ExportLogsServiceRequest
        {
            ResourceLogs =
            {
                new ResourceLogs(),
                new ResourceLogs
                {
                    ScopeLogs =
                    {
                        new ScopeLogs(),
                        new ScopeLogs
                        {
                            LogRecords =
                            {
                                new LogRecord(),
                                new LogRecord { TimeUnixNano = 1 },
                            },
                        },
                    },
                },
            },
        };

        SignalSniffer.Tell(OtlpEncoding.Protobuf, logs.ToByteArray()).ShouldBe(Sniffed.Logs);
    }

    [Theory]
    [InlineData("", OtlpEncoding.Protobuf)]
    [InlineData("{}", OtlpEncoding.Json)]
    [InlineData("""{"other":{"resourceLogs":[1]}}""", OtlpEncoding.Json)]
    public void What_holds_no_record_is_nothing(string body, OtlpEncoding encoding) =>
        SignalSniffer.Tell(encoding, System.Text.Encoding.UTF8.GetBytes(body)).ShouldBe(Sniffed.Nothing);

    [Theory]
    [InlineData("""{"resourceLogs":[],"resourceMetrics":[{}]}""", Sniffed.Metrics)]
    [InlineData("""{"x":[[[1]]],"resourceSpans":[{}]}""", Sniffed.Traces)]
    [InlineData("""{"resourceSpans":[]}""", Sniffed.Traces)]
    [InlineData("[]", Sniffed.Unknown)]
    [InlineData("{\"resourceLogs\":[", Sniffed.Logs)]
    public void JSON_tells_by_its_first_list_that_holds_something(string body, Sniffed expected) =>
        SignalSniffer.Tell(OtlpEncoding.Json, System.Text.Encoding.UTF8.GetBytes(body)).ShouldBe(expected);

    [Fact]
    public void Damaged_and_random_bytes_end_in_an_answer_or_in_a_told_damage_and_soon()
    {
        var random = new Random(20260101);
        var recorded = Recordings.Bodies().Where(static body => body.Encoding == OtlpEncoding.Protobuf).Take(8).ToList();
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Try(bytes);
            var copy = recorded[round % recorded.Count].Bytes.ToArray();
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
            Try(copy.AsSpan(0, random.Next(copy.Length)));
        }

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));

        static void Try(ReadOnlySpan<byte> body)
        {
            try
            {
                _ = SignalSniffer.Tell(OtlpEncoding.Protobuf, body);
                _ = SignalSniffer.Tell(OtlpEncoding.Json, body);
            }
            catch (MalformedPayloadException)
            {
                // Told as what it is.
            }
        }
    }

    [Fact]
    public void A_large_body_of_records_that_tell_nothing_takes_one_walk()
    {
        // A million records of one unknown field each: 16 MiB that fit no signal.
        byte[] record = [0x12, 0x03, 0xA0, 0x06, 0x01];
        var scope = Enumerable.Repeat(record, 1_000_000).SelectMany(static bytes => bytes).ToArray();
        var body = Field(1, Field(2, scope));
        var clock = Stopwatch.StartNew();

        SignalSniffer.Tell(OtlpEncoding.Protobuf, body).ShouldBe(Sniffed.Unknown);

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    private static Sniffed Tell(IMessage record) => SignalSniffer.Tell(OtlpEncoding.Protobuf, Wrapped(record.ToByteArray()));

    private static byte[] Wrapped(byte[] record) => Field(1, Field(2, Field(2, record)));

    private static byte[] Field(int number, byte[] content)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(UnsafeByteOperations.UnsafeWrap(content));
        }

        return memory.ToArray();
    }

    private static ByteString Bytes(int length) => ByteString.CopyFrom([.. Enumerable.Range(1, length).Select(static i => (byte)i)]);
}
