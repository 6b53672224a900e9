using Google.Protobuf;
using OpenTelemetry.Proto.Logs.V1;
using static ClaudeBridge.Otlp.Tests.WireBytes;

namespace ClaudeBridge.Otlp.Tests;

public sealed class ProtobufTests
{
    [Fact, Trait("row", "F1")]
    public void F1_Unknown_fields_of_every_wire_type_are_skipped_at_every_level()
    {
        byte[] unknown =
        [
            .. Number(777, 5),
            .. Fixed64(778, 5),
            .. Text(779, "new"),
            .. Fixed32(780, 5),
            .. Group(781, [.. Number(1, 1), .. Group(2, Text(3, "x"))]),
        ];
        var value = Join(unknown, Text(1, "v"), unknown);
        var record = Join(unknown, Bytes(6, Join(unknown, Text(1, "k"), Bytes(2, value), unknown)), unknown);
        var scope = Join(unknown, Bytes(1, Join(unknown, Text(1, "scope"), unknown)), Bytes(2, record), unknown);
        var resource = Join(unknown, Bytes(1, Join(unknown, Bytes(1, Text(1, "r")), unknown)), Bytes(2, scope), unknown);

        var export = Exports.Protobuf(Signal.Logs, Join(unknown, Bytes(1, resource), unknown));

        var read = export.Records.ShouldHaveSingleItem().Attributes.ShouldHaveSingleItem();
        read.Key.ShouldBe("k");
        read.Value.StringValue.ShouldBe("v");
        export.Logs!.ResourceLogs[0].ScopeLogs[0].Scope.Name.ShouldBe("scope");
    }

    [Theory, InlineData(3), InlineData(5), InlineData(6), InlineData(7), InlineData(99)]
    public void A_length_of_two_gigabytes_in_a_small_body_is_refused_before_it_takes_memory(int field)
    {
        byte[] lie = [.. Bytes(field, [])[..^1], 0xFF, 0xFF, 0xFF, 0xFF, 0x07];
        var record = Join(Bytes(5, lie), Bytes(6, Text(1, "k")));
        var body = Bytes(1, Bytes(2, Join(Bytes(2, record), Bytes(2, new byte[500]))));
        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact, Trait("row", "F2")]
    public void F2_Packed_and_unpacked_numbers_are_read()
    {
        var unpacked = Join(Fixed64(6, 3), Fixed64(6, 4), Fixed64(7, Bits(1.5)));
        var packed = Join(Bytes(6, [.. Fixed64(1, 3)[1..], .. Fixed64(1, 4)[1..]]), Bytes(7, Fixed64(1, Bits(1.5))[1..]));

        foreach (var form in new[] { unpacked, packed, Join(unpacked[..9], packed[^10..], Fixed64(6, 4)) })
        {
            var export = Exports.Protobuf(Signal.Metrics, Request(Bytes(9, Bytes(1, form))));
            var point = export.MetricList[0].Histogram.DataPoints[0];
            point.BucketCounts.ShouldBe([3UL, 4UL]);
            point.ExplicitBounds.ShouldBe([1.5]);
        }
    }

    [Fact, Trait("row", "F3")]
    public void F3_A_message_that_occurs_twice_is_merged_and_the_last_scalar_wins()
    {
        var first = Bytes(1, Join(Bytes(1, Text(1, "a")), Number(2, 1)));
        var second = Bytes(1, Join(Bytes(1, Text(1, "b")), Number(2, 7)));
        var record = Join(Text(3, "one"), Text(3, "two"), Bytes(5, Text(1, "text")), Bytes(5, Number(3, 9)));

        var export = Exports.Protobuf(Signal.Logs, Bytes(1, Join(first, Bytes(2, Bytes(2, record)), second)));

        var resource = export.Logs!.ResourceLogs[0].Resource;
        resource.Attributes.Select(pair => pair.Key).ShouldBe(["a", "b"]);
        resource.DroppedAttributesCount.ShouldBe(7u);
        export.Records[0].SeverityText.ShouldBe("two");
        export.Records[0].Body.IntValue.ShouldBe(9);
    }

    [Fact, Trait("row", "F4")]
    public void F4_Fields_may_come_in_any_order()
    {
        var scope = Join(Text(3, "scope-url"), Bytes(2, Join(Text(12, "event"), Fixed64(1, 5))), Bytes(1, Text(1, "name")));
        var export = Exports.Protobuf(Signal.Logs, Bytes(1, Join(Text(3, "url"), Bytes(2, scope), Bytes(1, Number(2, 3)))));

        var resource = export.Logs!.ResourceLogs[0];
        resource.SchemaUrl.ShouldBe("url");
        resource.Resource.DroppedAttributesCount.ShouldBe(3u);
        resource.ScopeLogs[0].Scope.Name.ShouldBe("name");
        export.Records[0].EventName.ShouldBe("event");
        export.Records[0].TimeUnixNano.ShouldBe(5UL);
    }

    [Fact, Trait("row", "F5")]
    public void F5_A_known_number_with_another_wire_type_is_not_read_as_data()
    {
        var record = Join(Number(1, 5), Text(2, "ERROR"), Number(3, 1), Fixed32(6, 3), Text(12, "event"));

        var read = Exports.Protobuf(Signal.Logs, Request(record)).Records.ShouldHaveSingleItem();

        read.TimeUnixNano.ShouldBe(0UL);
        read.SeverityNumber.ShouldBe(SeverityNumber.Unspecified);
        read.SeverityText.ShouldBe("");
        read.Attributes.ShouldBeEmpty();
        read.EventName.ShouldBe("event");
    }

    public static TheoryData<string, byte[]> Damage()
    {
        byte[] longVarint = [.. Enumerable.Repeat((byte)0xFF, 11), 0];
        var sound = Request(Join(Fixed64(1, 5), Text(3, "INFO")));
        return new()
        {
            { "varint of more than ten bytes", Request([.. Tag(2, 0), .. longVarint]) },
            { "length past the end", [.. Tag(1, 2), 0x7F, 1] },
            { "length past the end inside", Request([.. Tag(3, 2), 0x7F, 1]) },
            { "huge length", [.. Tag(1, 2), .. Varint(int.MaxValue), 1] },
            { "negative length", [.. Tag(1, 2), .. Varint(ulong.MaxValue), 1] },
            { "cut", sound[..^1] },
            { "cut in a fixed number", Request(Fixed64(1, 5)[..^1]) },
            { "field number zero", [0, 0] },
            { "wire type 7", [0x0F, 0] },
            { "group end without its begin", Tag(5, 4) },
            { "group without its end", Tag(5, 3) },
            { "group ended by another", [.. Tag(5, 3), .. Tag(6, 4)] },
            { "text", "{\"resourceLogs\":[]}"u8.ToArray() },
        };
    }

    [Theory, MemberData(nameof(Damage)), Trait("row", "F6"), Trait("row", "D1")]
    public void F6_A_damaged_body_is_malformed_as_a_whole(string what, byte[] body)
    {
        var damage = Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body), what);

        damage.Message.ShouldNotBeEmpty();
        damage.Field.ShouldNotBeEmpty();
    }

    [Fact, Trait("row", "F6"), Trait("row", "D2")]
    public void F6_Damage_in_a_record_is_named_with_its_path()
    {
        var body = Request(Fixed64(1, 5), [.. Tag(3, 2), 0x7F, 1]);

        var damage = Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body));

        damage.Field.ShouldBe("resourceLogs[0].scopeLogs[0].logRecords[1]");
    }

    [Fact, Trait("row", "F6")]
    public void F6_A_length_is_checked_before_anything_is_allocated()
    {
        byte[] body = Request([.. Tag(3, 2), .. Varint(int.MaxValue - 64)]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact, Trait("row", "F7")]
    public void F7_Invalid_UTF8_is_kept_as_replacement_characters()
    {
        var record = Join(Bytes(3, 0xC3, 0x28), Attribute(6, "k", Bytes(1, 0xED, 0xA0, 0x80)), Bytes(12, 0xFF));

        var export = Exports.Protobuf(Signal.Logs, Request(record));

        export.Rejected.ShouldBe(0);
        export.Records[0].SeverityText.ShouldBe("\uFFFD(");
        export.Records[0].Attributes[0].Value.StringValue.ShouldBe("\uFFFD\uFFFD\uFFFD");
        var strict = new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true);
        strict.GetString(export.Records[0].Attributes[0].Value.ToByteArray()[2..]).ShouldBe("\uFFFD\uFFFD\uFFFD");
        Exports.Protobuf(Signal.Logs, export.Message.ToByteArray()).Message.ShouldBe(export.Message);
    }

    [Fact, Trait("row", "F8"), Trait("row", "C8")]
    public void F8_Ids_of_wrong_length_cost_their_record_only()
    {
        var logs = Exports.Protobuf(Signal.Logs, Request(Bytes(9, 1, 2, 3), Bytes(10, SpanId), Bytes(10, TraceId), Bytes(9, TraceId)));
        logs.Accepted.ShouldBe(2);
        logs.Rejected.ShouldBe(2);
        logs.RejectedReason.ShouldNotBeNull();

        byte[] ids = [.. Bytes(1, TraceId), .. Bytes(2, SpanId)];
        var spans = Exports.Protobuf(
            Signal.Traces,
            Request(ids, Join(ids, Bytes(4, 1)), Join(ids, Bytes(13, Bytes(1, 9))), Bytes(1, TraceId), Join(ids, Text(5, "last")))
        );
        spans.Accepted.ShouldBe(2);
        spans.Rejected.ShouldBe(3);
        spans.Spans[1].Name.ShouldBe("last");

        var exemplar = Bytes(5, Bytes(4, 1, 2));
        var metrics = Exports.Protobuf(Signal.Metrics, Request(Bytes(7, Join(Bytes(1, Fixed64(6, 1)), Bytes(1, exemplar)))));
        metrics.Accepted.ShouldBe(1);
        metrics.Rejected.ShouldBe(1);
    }

    [Fact, Trait("row", "F10")]
    public void F10_Negative_and_zigzag_numbers_are_read()
    {
        var value = Exports.Protobuf(Signal.Logs, Request(Bytes(5, Number(3, unchecked((ulong)-2L))))).Records[0].Body;
        value.IntValue.ShouldBe(-2);

        var point = Join(Number(6, 5), Bytes(8, Join(Number(1, 3), Bytes(2, 1, 2))));
        var read = Exports.Protobuf(Signal.Metrics, Request(Bytes(10, Bytes(1, point)))).MetricList[0].ExponentialHistogram.DataPoints[0];
        read.Scale.ShouldBe(-3);
        read.Positive.Offset.ShouldBe(-2);
        read.Positive.BucketCounts.ShouldBe([1UL, 2UL]);
    }

    [Fact, Trait("row", "F11")]
    public void F11_Optional_numbers_keep_whether_they_were_there()
    {
        var zero = Join(Fixed64(5, 0), Fixed64(11, 0));
        var points = Exports.Protobuf(Signal.Metrics, Request(Bytes(9, Join(Bytes(1, zero), Bytes(1))))).MetricList[0].Histogram.DataPoints;

        (points[0].HasSum, points[0].HasMin, points[0].HasMax).ShouldBe((true, true, false));
        (points[1].HasSum, points[1].HasMin, points[1].HasMax).ShouldBe((false, false, false));
    }

    [Fact, Trait("row", "F12")]
    public void F12_Reserved_numbers_are_skipped()
    {
        var record = Join(Text(4, "old name"), Text(12, "event"));
        var resource = Join(Bytes(1000, Text(1, "old")), Bytes(2, Bytes(2, record)));

        var export = Exports.Protobuf(Signal.Logs, Bytes(1, resource));

        export.Records[0].ShouldSatisfyAllConditions(r => r.EventName.ShouldBe("event"), r => r.SeverityText.ShouldBe(""));
        Exports.Protobuf(Signal.Metrics, Request(Join(Bytes(4, 1), Text(1, "m")))).MetricList[0].Name.ShouldBe("m");
    }

    [Fact, Trait("row", "C3"), Trait("row", "C4")]
    public void C3_No_bytes_and_empty_envelopes_are_empty_requests()
    {
        foreach (var signal in Enum.GetValues<Signal>())
        {
            Exports.Protobuf(signal, []).Accepted.ShouldBe(0);
            Exports.Protobuf(signal, Bytes(1)).Rejected.ShouldBe(0);
            Exports.Protobuf(signal, Bytes(1, Bytes(2))).Accepted.ShouldBe(0);
        }
    }

    [Fact]
    public void The_messages_own_their_bytes()
    {
        var body = Request(Join(Bytes(9, TraceId), Text(3, "INFO")));
        var export = Exports.Protobuf(Signal.Logs, body);
        Array.Clear(body);

        export.Records[0].TraceId.ToByteArray().ShouldBe(TraceId);
        export.Records[0].SeverityText.ShouldBe("INFO");
    }

    [Fact]
    public void A_length_that_overflows_when_it_is_added_up_is_damage_and_takes_no_records_with_it()
    {
        // A field that nothing knows, with a length just below 2^31, before a record.
        byte[] lying = [.. Tag(200, 2), .. Varint(int.MaxValue - 20)];
        var body = Bytes(1, Bytes(2, Join(Bytes(2, Text(12, "first")), lying, Bytes(2, Text(12, "second")))));

        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body)).Field.ShouldStartWith("byte ");
    }

    [Fact]
    public void Many_tiny_records_before_a_damaged_one_cost_little_memory()
    {
        var records = new byte[200_000];
        for (var i = 0; i < records.Length; i += 2)
        {
            records[i] = 0x12;
        }

        var body = Bytes(1, Bytes(2, [.. records, .. Bytes(2, 0x1A, 0x7F)]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<MalformedPayloadException>(() => Exports.Protobuf(Signal.Logs, body)).Field.ShouldEndWith("logRecords[100000]");

        // A buffer for each would be 400 MB.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000_000);
    }

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);
}
