using System.Text;
using Google.Protobuf;
using static ClaudeBridge.Otlp.Tests.WireBytes;

namespace ClaudeBridge.Otlp.Tests;

public sealed class NestingTests
{
    // A log record is the third message below the request; attribute, value, and two messages a list: 3 + 2 + 2 * 47 = 99.
    private const int DeepestLists = 47;

    private static byte[] Deep(int levels) => Attribute(6, "deep", NestedLists(levels));

    private static string DeepJson(int levels) =>
        new StringBuilder("""{"attributes":[{"key":"deep","value":""")
            .AppendJoin("", Enumerable.Repeat("""{"arrayValue":{"values":[""", levels))
            .Append("""{"stringValue":"deep"}""")
            .AppendJoin("", Enumerable.Repeat("]}}", levels))
            .Append("}]}")
            .ToString();

    [Theory, InlineData(1), InlineData(20), InlineData(DeepestLists), Trait("row", "F9")]
    public void F9_Values_nest_as_deep_as_protobuf_libraries_read(int levels)
    {
        var fromWire = Exports.Protobuf(Signal.Logs, Request(Deep(levels)));
        var fromJson = Exports.JsonRecords(DeepJson(levels));

        fromWire.Accepted.ShouldBe(1);
        fromJson.Message.ShouldBe(fromWire.Message);
        Exports.Protobuf(Signal.Logs, fromJson.Message.ToByteArray()).Message.ShouldBe(fromWire.Message);
    }

    [Theory, InlineData(DeepestLists + 1), InlineData(100), InlineData(5_000), InlineData(100_000), Trait("row", "F9"), Trait("row", "C8")]
    public void F9_A_record_that_nests_deeper_is_rejected_alone(int levels)
    {
        var fromWire = Exports.Protobuf(Signal.Logs, Request(Text(12, "before"), Deep(levels), Text(12, "after")));
        var fromJson = Exports.JsonRecords("""{"eventName":"before"}""", DeepJson(levels), """{"eventName":"after"}""");

        foreach (var export in new[] { fromWire, fromJson })
        {
            export.Records.Select(record => record.EventName).ShouldBe(["before", "after"]);
            export.Accepted.ShouldBe(2);
            export.Rejected.ShouldBe(1);
            export.RejectedReason.ShouldNotBeNull().ShouldContain("logRecords[1]");
        }
    }

    [Fact, Trait("row", "F9")]
    public void F9_Deep_spans_and_data_points_are_rejected_alone()
    {
        byte[] ids = [.. Bytes(1, TraceId), .. Bytes(2, SpanId)];
        var deepSpan = Join(ids, Attribute(9, "deep", NestedLists(1000)));
        var spans = Exports.Protobuf(Signal.Traces, Request(ids, deepSpan));
        (spans.Accepted, spans.Rejected).ShouldBe((1, 1));

        var deepPoint = Attribute(7, "deep", NestedLists(1000));
        byte[] points = [.. Bytes(1, Fixed64(6, 1)), .. Bytes(1, deepPoint), .. Bytes(1, Fixed64(6, 2))];
        var metrics = Exports.Protobuf(Signal.Metrics, Request(Join(Text(1, "m"), Bytes(7, Join(points, Number(2, 2))))));
        (metrics.Accepted, metrics.Rejected).ShouldBe((2, 1));
        metrics.MetricList[0].Sum.DataPoints.Select(point => point.AsInt).ShouldBe([1L, 2L]);
        ((int)metrics.MetricList[0].Sum.AggregationTemporality).ShouldBe(2);
    }

    [Fact, Trait("row", "F9")]
    public void F9_Unknown_fields_and_groups_may_be_any_depth_in_JSON_and_end_as_an_answer_in_protobuf()
    {
        var nested = string.Concat(Enumerable.Repeat("""{"x":[""", 100_000)) + string.Concat(Enumerable.Repeat("]}", 100_000));
        Exports.JsonRecords($$"""{"unknown":{{nested}},"eventName":"e"}""").Records[0].EventName.ShouldBe("e");

        var groups = Join([.. Enumerable.Repeat(Tag(500, 3), 100_000), .. Enumerable.Repeat(Tag(500, 4), 100_000)]);
        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, groups));
        Exports.Protobuf(Signal.Logs, Request(groups, Text(12, "e"))).Rejected.ShouldBe(1);
    }

    [Theory, InlineData(OtlpEncoding.Protobuf), InlineData(OtlpEncoding.Json)]
    public void More_messages_than_are_allowed_are_refused_before_they_take_memory(OtlpEncoding encoding)
    {
        const int Many = 300_000;
        byte[] body =
            encoding == OtlpEncoding.Json
                ? Encoding.UTF8.GetBytes($$"""{"resourceLogs":[{"scopeLogs":[{{string.Join(',', Enumerable.Repeat("{}", Many))}}]}]}""")
                : Bytes(1, [.. Enumerable.Repeat(Bytes(2), Many).SelectMany(static scope => scope)]);
        OtlpDecoder.Decode(Signal.Logs, encoding, body, Many + 1).Logs!.ResourceLogs[0].ScopeLogs.Count.ShouldBe(Many);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<MalformedPayloadException>(() => OtlpDecoder.Decode(Signal.Logs, encoding, body, 1000)).Message.ShouldContain("1000");

        // The messages would be 30 MB and more.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2_000_000);
    }

    [Fact]
    public void Damage_beside_a_deep_record_is_still_damage()
    {
        var body = Request(Deep(1000), [.. Tag(3, 2), 0x7F]);

        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body)).Field.ShouldEndWith("logRecords[1]");
    }

    [Fact]
    public void A_deep_record_whose_field_reaches_beyond_it_is_damage()
    {
        var attribute = Join(Text(1, "deep"), Bytes(2, NestedLists(1000)));
        byte[] record = [.. Tag(6, 2), .. Varint((uint)attribute.Length + 1), .. attribute];

        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, Request(record, Text(12, "after"))));
    }

    [Fact]
    public void A_resource_that_nests_too_deep_costs_the_request()
    {
        var resource = Bytes(1, Attribute(1, "deep", NestedLists(1000)));
        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, Bytes(1, resource)));

        var json = DeepJson(1000);
        Should
            .Throw<MalformedPayloadException>(() => Exports.Json(Signal.Logs, $$"""{"resourceLogs":[{"resource":{{json}}}]}"""))
            .Field.ShouldStartWith("resourceLogs[0]");
    }
}
