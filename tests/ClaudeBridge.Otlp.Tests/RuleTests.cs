using static ClaudeBridge.Otlp.Tests.WireBytes;

namespace ClaudeBridge.Otlp.Tests;

public sealed class RuleTests
{
    private static readonly byte[] s_ids = [.. Bytes(1, TraceId), .. Bytes(2, SpanId)];

    [Fact, Trait("row", "G6")]
    public void G6_Ids_of_zeros_count_as_absent()
    {
        var record = Join(Bytes(9, new byte[16]), Bytes(10, new byte[8]));
        foreach (var export in new[] { Exports.Protobuf(Signal.Logs, Request(record)), Exports.JsonRecords(ZeroIds()) })
        {
            export.Rejected.ShouldBe(0);
            export.Records[0].TraceId.ShouldBeEmpty();
            export.Records[0].SpanId.ShouldBeEmpty();
        }

        var root = Exports.Protobuf(Signal.Traces, Request(Join(s_ids, Bytes(4, new byte[8]), Bytes(13, Bytes(1, new byte[16])))));
        root.Spans[0].ParentSpanId.ShouldBeEmpty();
        root.Spans[0].Links[0].TraceId.ShouldBeEmpty();

        static string ZeroIds() => $$"""{"traceId":"{{new string('0', 32)}}","spanId":"{{new string('0', 16)}}"}""";
    }

    [Fact, Trait("row", "G6"), Trait("row", "C5"), Trait("row", "C8")]
    public void G6_A_span_without_ids_of_its_own_is_rejected_alone()
    {
        byte[][] bad =
        [
            [],
            Bytes(1, TraceId),
            Bytes(2, SpanId),
            Join(Bytes(1, new byte[16]), Bytes(2, SpanId)),
            Join(Bytes(1, TraceId), Bytes(2, new byte[8])),
            Join(Bytes(1, SpanId), Bytes(2, TraceId)),
        ];

        var export = Exports.Protobuf(Signal.Traces, Request([s_ids, .. bad, s_ids]));

        (export.Accepted, export.Rejected).ShouldBe((2, bad.Length));
        export.RejectedReason.ShouldNotBeNull().ShouldStartWith("resourceSpans[0].scopeSpans[0].spans[1] was left out: ");
    }

    [Fact, Trait("row", "G2"), Trait("row", "G3")]
    public void G2_Equal_attribute_keys_and_string_indexes_are_no_error()
    {
        var json =
            """{"attributes":[{"key":"k","value":{"intValue":1}},{"key":"k","value":{"intValue":2}},{"keyStrindex":4,"value":{"stringValueStrindex":-5}}]}""";
        var export = Exports.JsonRecords(json);

        export.Rejected.ShouldBe(0);
        export.Records[0].Attributes.Select(pair => pair.Value.IntValue).Take(2).ShouldBe([1L, 2L]);
        export.Records[0].Attributes[2].Value.StringValueStrindex.ShouldBe(-5);
        RoundTrip.ShouldSurvive(export);
    }

    [Fact, Trait("row", "G4"), Trait("row", "G7"), Trait("row", "G10")]
    public void G7_What_a_record_says_is_kept_as_sent()
    {
        var log = Exports
            .JsonRecords("""{"eventName":"e","attributes":[{"key":"event.name","value":{"stringValue":"a"}}],"flags":4294967295}""")
            .Records[0];
        log.EventName.ShouldBe("e");
        log.Attributes[0].Value.StringValue.ShouldBe("a");
        log.Flags.ShouldBe(uint.MaxValue);

        var span = Exports.Protobuf(Signal.Traces, Request(Join(s_ids, Fixed64(7, 9), Fixed64(8, 5), Fixed32(16, 0x301)))).Spans[0];
        (span.StartTimeUnixNano, span.EndTimeUnixNano, span.Flags).ShouldBe((9UL, 5UL, 0x301u));
    }

    [Fact, Trait("row", "C5")]
    public void C5_Data_points_of_every_kind_are_counted()
    {
        var kinds = new[] { "gauge", "sum", "histogram", "exponentialHistogram", "summary" }.Select(kind =>
            $$$"""{"{{{kind}}}":{"dataPoints":[{},{}]}}"""
        );

        Exports.JsonMetrics([.. kinds, """{"name":"none"}""", """{"gauge":{}}"""]).Accepted.ShouldBe(10);
    }

    [Fact, Trait("row", "G12"), Trait("row", "I2")]
    public void I2_Fields_of_a_newer_protocol_change_nothing_and_are_kept()
    {
        foreach (var body in Recordings.Bodies().Where(body => body.Encoding == OtlpEncoding.Protobuf).Take(20))
        {
            foreach (var field in new[] { 900, 1999, 18999, 20000, (1 << 29) - 1 })
            {
                var newer = Join(Text(field, "new"), body.Bytes, Number(field, 5));
                var export = OtlpDecoder.Decode(body.Signal, OtlpEncoding.Protobuf, newer);
                export.Accepted.ShouldBe(body.Decode().Accepted);
                RoundTrip.ToJson(export).ShouldBe(RoundTrip.ToJson(body.Decode()));
            }
        }
    }
}
