using System.Globalization;
using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>Ids, enums, numbers, bytes and names of OTLP/JSON.</summary>
public sealed class JsonScalarTests
{
    private const string TraceId = "0102030405060708090A0b0c0d0e0f10";
    private const string SpanId = "01020304050607Ff";

    [Fact, Trait("row", "E1")]
    public void E1_Ids_are_hex_in_any_case_in_every_message_that_has_them()
    {
        var record = Exports.JsonRecords($$"""{"traceId":"{{TraceId}}","spanId":"{{SpanId}}"}""").Records[0];
        Hex(record.TraceId).ShouldBe(TraceId.ToLowerInvariant());
        Hex(record.SpanId).ShouldBe(SpanId.ToLowerInvariant());

        var ids = $$""" "traceId":"{{TraceId}}","spanId":"{{SpanId}}" """;
        var span = Exports.JsonSpans($$"""{ {{ids}},"parentSpanId":"ABCDEFABCDEFABCD","links":[{ {{ids}} }]}""").Spans[0];
        Hex(span.ParentSpanId).ShouldBe("abcdefabcdefabcd");
        Hex(span.Links[0].TraceId).ShouldBe(TraceId.ToLowerInvariant());
        Hex(span.Links[0].SpanId).ShouldBe(SpanId.ToLowerInvariant());

        var point = $$$"""{"gauge":{"dataPoints":[{"exemplars":[{ {{{ids}}} }]}]}}""";
        var exemplar = Exports.JsonMetrics(point).MetricList[0].Gauge.DataPoints[0].Exemplars[0];
        Hex(exemplar.TraceId).ShouldBe(TraceId.ToLowerInvariant());
    }

    [Theory]
    [InlineData("0102")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEA==")]
    [InlineData("0102030405060708090a0b0c0d0e0f1g")]
    [InlineData("0102030405060708090a0b0c0d0e0f1000")]
    [Trait("row", "E2"), Trait("row", "C8")]
    public void E2_A_wrong_id_costs_its_record_only(string id)
    {
        var export = Exports.JsonRecords($$"""{"traceId":"{{id}}"}""", """{"traceId":"","eventName":"good"}""");

        (export.Accepted, export.Rejected).ShouldBe((1, 1));
        export.Records[0].EventName.ShouldBe("good");
        export.Records[0].TraceId.ShouldBeEmpty();
        export.RejectedReason.ShouldNotBeNull().ShouldContain("logRecords[0].traceId");
        export.RejectedReason.ShouldNotContain(id);
    }

    [Fact, Trait("row", "E3"), Trait("row", "E4")]
    public void E3_Enums_are_integers_known_or_not_and_never_names()
    {
        var export = Exports.JsonRecords(
            """{"severityNumber":9}""",
            """{"severityNumber":99}""",
            """{"severityNumber":"SEVERITY_NUMBER_INFO"}""",
            """{"severityNumber":"9"}"""
        );
        export.Rejected.ShouldBe(2);
        export.Records.Select(record => (int)record.SeverityNumber).ShouldBe([9, 99]);

        var ids = $$""" "traceId":"{{TraceId}}","spanId":"{{SpanId}}" """;
        var spans = Exports.JsonSpans(
            $$"""{ {{ids}},"kind":77,"status":{"code":2,"message":"m"} }""",
            $$"""{ {{ids}},"kind":"SPAN_KIND_SERVER"}"""
        );
        spans.Rejected.ShouldBe(1);
        ((int)spans.Spans[0].Kind).ShouldBe(77);
        ((int)spans.Spans[0].Status.Code).ShouldBe(2);
    }

    [Theory]
    [InlineData("null"), InlineData("1"), InlineData("\"x\""), InlineData("[[{}],1]"), InlineData("""{"a":{"b":[null]}}""")]
    [Trait("row", "E5")]
    public void E5_Unknown_fields_are_ignored_at_every_level(string value)
    {
        var body =
            """{X,"resourceLogs":[{X,"resource":{X,"attributes":[{X,"key":"r","value":{X,"intValue":1,X}}],"entityRefs":[{X}]},"""
            + """ "scopeLogs":[{X,"scope":{X,"name":"s"},"logRecords":[{X,"eventName":"e","body":{X,"kvlistValue":{X,"values":[]}},X}],X}],X}],X}""";
        var export = Exports.Json(Signal.Logs, body.Replace("X", $"\"neu\\u0031\":{value}", StringComparison.Ordinal));

        export.Logs!.ResourceLogs[0].Resource.Attributes[0].Value.IntValue.ShouldBe(1);
        export.Records[0].EventName.ShouldBe("e");
        export.Records[0].Body.KvlistValue.ShouldNotBeNull();
    }

    [Fact, Trait("row", "E6")]
    public void E6_Snake_case_keys_are_unknown_fields()
    {
        Exports.Json(Signal.Logs, """{"resource_logs":[{"scope_logs":[{"log_records":[{}]}]}]}""").Logs!.ResourceLogs.ShouldBeEmpty();

        var record = Exports
            .JsonRecords("""{"time_unix_nano":"5","severity_text":"x","event_name":"e","body":{"string_value":"s"}}""")
            .Records[0];
        record.TimeUnixNano.ShouldBe(0UL);
        record.Body.ShouldBe(new AnyValue());
        record.EventName.ShouldBe("");
    }

    [Theory]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("1e3", 1000)]
    [InlineData("1E+3", 1000)]
    [InlineData("1.0", 1)]
    [InlineData("-1.50e1", -15)]
    [InlineData("9223372036854775807.000", long.MaxValue)]
    [InlineData("922337203685477580.7e1", long.MaxValue)]
    [InlineData("-9.223372036854775808e18", long.MinValue)]
    [InlineData("1000e-3", 1)]
    [InlineData("0.00", 0)]
    [InlineData("0e99999", 0)]
    [Trait("row", "E7"), Trait("row", "E9")]
    public void E7_Signed_integers_are_read_from_strings_and_numbers_without_loss(string text, long expected)
    {
        var export = Exports.JsonRecords($$$"""{"body":{"intValue":{{{text}}}}}""", $$$"""{"body":{"intValue":"{{{text}}}"}}""");

        export.Rejected.ShouldBe(0);
        export.Records.Select(record => record.Body.IntValue).ShouldBe([expected, expected]);
    }

    [Theory]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("1.8446744073709551615e19", ulong.MaxValue)]
    [InlineData("1e19", 10_000_000_000_000_000_000UL)]
    [InlineData("1795174987889000000", 1795174987889000000UL)]
    [InlineData("0", 0)]
    [InlineData("-0.0", 0)]
    [Trait("row", "E7")]
    public void E7_Unsigned_integers_are_read_from_strings_and_numbers_without_loss(string text, ulong expected)
    {
        var export = Exports.JsonRecords($$"""{"timeUnixNano":{{text}}}""", $$"""{"timeUnixNano":"{{text}}"}""");

        export.Records.Select(record => record.TimeUnixNano).ShouldBe([expected, expected]);
    }

    [Theory]
    [InlineData("""{"body":{"intValue":1.5}}""")]
    [InlineData("""{"body":{"intValue":"1.5"}}""")]
    [InlineData("""{"body":{"intValue":1e-1}}""")]
    [InlineData("""{"body":{"intValue":9223372036854775808}}""")]
    [InlineData("""{"body":{"intValue":"-9223372036854775809"}}""")]
    [InlineData("""{"body":{"intValue":1e19}}""")]
    [InlineData("""{"body":{"intValue":1e999999999999}}""")]
    [InlineData("""{"body":{"intValue":""}}""")]
    [InlineData("""{"body":{"intValue":"+1"}}""")]
    [InlineData("""{"body":{"intValue":" 1"}}""")]
    [InlineData("""{"body":{"intValue":"1."}}""")]
    [InlineData("""{"body":{"intValue":"0x10"}}""")]
    [InlineData("""{"body":{"intValue":"one"}}""")]
    [InlineData("""{"body":{"intValue":true}}""")]
    [InlineData("""{"timeUnixNano":-1}""")]
    [InlineData("""{"timeUnixNano":"18446744073709551616"}""")]
    [InlineData("""{"droppedAttributesCount":4294967296}""")]
    [InlineData("""{"droppedAttributesCount":-1}""")]
    [InlineData("""{"severityNumber":2147483648}""")]
    [InlineData("""{"severityNumber":1.5}""")]
    [Trait("row", "E9"), Trait("row", "C8")]
    public void E9_A_fraction_or_a_number_out_of_range_costs_its_record_only(string record)
    {
        var export = Exports.JsonRecords(record, """{"eventName":"good"}""");

        (export.Accepted, export.Rejected).ShouldBe((1, 1));
        export.Records[0].EventName.ShouldBe("good");
    }

    [Theory]
    [InlineData("+/+/", new byte[] { 251, 255, 191 })]
    [InlineData("-_-_", new byte[] { 251, 255, 191 })]
    [InlineData("+_A=", new byte[] { 251, 240 })]
    [InlineData("-/A", new byte[] { 251, 240 })]
    [InlineData("AQ==", new byte[] { 1 })]
    [InlineData("AQ", new byte[] { 1 })]
    [InlineData("", new byte[0])]
    [Trait("row", "E10")]
    public void E10_Bytes_are_base64_of_either_alphabet_with_or_without_padding(string text, byte[] expected) =>
        Exports.JsonRecords($$$"""{"body":{"bytesValue":"{{{text}}}"}}""").Records[0].Body.BytesValue.ToByteArray().ShouldBe(expected);

    [Theory, InlineData("\"A\""), InlineData("\"A*==\""), InlineData("\"AQ=%\""), InlineData("5"), InlineData("\"ä\""), Trait("row", "E10")]
    public void E10_What_is_not_base64_costs_its_record_only(string value) =>
        Exports.JsonRecords($$$"""{"body":{"bytesValue":{{{value}}}}}""", "{}").Rejected.ShouldBe(1);

    [Theory]
    [InlineData("1.5", 1.5), InlineData("\"1.5\"", 1.5), InlineData("-2e3", -2000), InlineData("\"-2e3\"", -2000), InlineData("3", 3)]
    [
        InlineData("\"NaN\"", double.NaN),
        InlineData("\"Infinity\"", double.PositiveInfinity),
        InlineData("\"-Infinity\"", double.NegativeInfinity)
    ]
    [Trait("row", "E11")]
    public void E11_Doubles_are_numbers_numeric_strings_and_three_words(string value, double expected) =>
        Exports.JsonRecords($$$"""{"body":{"doubleValue":{{{value}}}}}""").Records[0].Body.DoubleValue.ShouldBe(expected);

    [Theory]
    [
        InlineData("\"nan\""),
        InlineData("\"\""),
        InlineData("\"1,5\""),
        InlineData("\" 1\""),
        InlineData("1e999"),
        InlineData("\"inf\""),
        InlineData("\"1\\u0000\""),
        InlineData("[]")
    ]
    [Trait("row", "E11")]
    public void E11_Other_words_cost_their_record_only(string value) =>
        Exports.JsonRecords($$$"""{"body":{"doubleValue":{{{value}}}}}""", "{}").Rejected.ShouldBe(1);

    private static string Hex(IEnumerable<byte> id) => string.Concat(id.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
}
