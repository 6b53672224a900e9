using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>Structure of OTLP/JSON: null, absent, equal and unknown fields, damage, strings.</summary>
public sealed class JsonTests
{
    [Fact, Trait("row", "E12")]
    public void E12_Null_is_the_default_and_an_unset_member()
    {
        var body = """
            {"resourceLogs":[{"resource":null,"schemaUrl":null,"scopeLogs":[{"scope":null,"logRecords":[
              {"timeUnixNano":null,"severityNumber":null,"severityText":null,"body":null,"attributes":null,"flags":null,"traceId":null,"spanId":null},
              {"body":{"stringValue":"kept","intValue":null,"arrayValue":null}},
              {"body":{"stringValue":"gone","stringValue":null}},
              {"attributes":[{"key":null,"value":null},{"key":"list","value":{"arrayValue":{"values":[null,{"intValue":1}]}}}]}
            ]},{"logRecords":null}]}]}
            """;
        var export = Exports.Json(Signal.Logs, body);

        export.Rejected.ShouldBe(0);
        export.Logs!.ResourceLogs[0].Resource.ShouldBeNull();
        export.Records[0].ShouldBe(new LogRecord());
        export.Records[1].Body.StringValue.ShouldBe("kept");
        export.Records[2].Body.ValueCase.ShouldBe(AnyValue.ValueOneofCase.None);
        export.Records[3].Attributes[1].Value.ArrayValue.Values[0].ShouldBe(new AnyValue());

        var metric = """{"gauge":null,"sum":{"dataPoints":[{"asInt":"1","asDouble":null}]},"histogram":null}""";
        Exports.JsonMetrics(metric).MetricList[0].Sum.DataPoints[0].AsInt.ShouldBe(1);
        var histogram = """{"histogram":{"dataPoints":[{"sum":null,"min":0,"max":"NaN"}]}}""";
        var point = Exports.JsonMetrics(histogram).MetricList[0].Histogram.DataPoints[0];
        (point.HasSum, point.HasMin, point.HasMax).ShouldBe((false, true, true));
    }

    [Fact, Trait("row", "E13"), Trait("row", "C3"), Trait("row", "C4")]
    public void E13_Every_message_may_be_empty()
    {
        foreach (var signal in Enum.GetValues<Signal>())
        {
            Exports.Json(signal, "{}").Accepted.ShouldBe(0);
        }

        var log =
            """{"resourceLogs":[{},{"resource":{},"scopeLogs":[{},{"scope":{},"logRecords":[{},{"body":{},"attributes":[{},{"value":{}}]}]}]}]}""";
        Exports.Json(Signal.Logs, log).Accepted.ShouldBe(2);
        var kinds =
            """{},{"gauge":{}},{"sum":{}},{"histogram":{"dataPoints":[{}]}},{"exponentialHistogram":{"dataPoints":[{"positive":{}}]}},{"summary":{}}""";
        Exports.JsonMetrics(kinds).Accepted.ShouldBe(2);
        var metrics = """{"resourceMetrics":[{"scopeMetrics":[{"scope":{},"metrics":[{"gauge":{"dataPoints":[{"exemplars":[{}]}]}}]}]}]}""";
        Exports.Json(Signal.Metrics, metrics).Accepted.ShouldBe(1);
    }

    [Fact, Trait("row", "E14")]
    public void E14_The_last_of_several_equal_keys_wins()
    {
        var record =
            """{"eventName":"a","eventName":"b","attributes":[{"key":"x"}],"attributes":[{"key":"y","key":"z"}],"body":{"intValue":1,"stringValue":"s"}}""";
        var read = Exports.JsonRecords(record).Records[0];
        read.EventName.ShouldBe("b");
        read.Attributes.ShouldHaveSingleItem().Key.ShouldBe("z");
        read.Body.StringValue.ShouldBe("s");

        var bad = """[{"scopeLogs":[{"logRecords":[{"flags":"x"}]}]}]""";
        var good = """[{"scopeLogs":[{"logRecords":[{"flags":"x"},{}],"logRecords":[{}]}]}]""";
        var export = Exports.Json(Signal.Logs, $$"""{"resourceLogs":{{bad}},"resourceLogs":{{good}}}""");
        (export.Accepted, export.Rejected, export.RejectedReason).ShouldBe((1, 0, null));

        var metric = """{"gauge":{"dataPoints":[{"asInt":1.5},{}]},"sum":{"dataPoints":[{"asInt":1.5}],"dataPoints":[{"asInt":"2"}]}}""";
        var metrics = Exports.JsonMetrics(metric);
        (metrics.Accepted, metrics.Rejected).ShouldBe((1, 0));
    }

    [Theory]
    [InlineData("\uFEFF{}")]
    [InlineData("{} x")]
    [InlineData("{}{}")]
    [InlineData("{},")]
    [InlineData("/* c */{}")]
    [InlineData("{}// c")]
    [InlineData("""{"resourceLogs":[],}""")]
    [InlineData("""{"resourceLogs":[{},]}""")]
    [InlineData("""{"resourceLogs":[""")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"cut""")]
    [InlineData("""{'resourceLogs':[]}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{"a":"\x"}""")]
    [InlineData("")]
    [InlineData(" ")]
    [Trait("row", "E15"), Trait("row", "D1")]
    public void E15_What_is_not_strict_JSON_is_malformed(string body)
    {
        var damage = Should.Throw<MalformedPayloadException>(() => Exports.Json(Signal.Logs, body));

        damage.Message.ShouldNotBeEmpty();
        damage.Field.ShouldContain("line 1");
    }

    [Fact, Trait("row", "E15"), Trait("row", "D2")]
    public void E15_Damage_is_named_with_its_place()
    {
        var damage = Should.Throw<MalformedPayloadException>(() =>
            Exports.Json(Signal.Logs, "{\"resourceLogs\":[{},{\"scopeLogs\":[{\"logRecords\":[\n{\"body\" 1}]}]}]}")
        );

        damage.Field.ShouldStartWith("resourceLogs[1].scopeLogs[0].logRecords[0], line 2, byte");
    }

    [Theory, InlineData("null"), InlineData("[]"), InlineData("1"), InlineData("\"x\""), InlineData("[{}]"), Trait("row", "E16")]
    public void E16_A_body_that_is_no_object_is_malformed(string body) =>
        Should.Throw<MalformedPayloadException>(() => Exports.Json(Signal.Traces, body)).Message.ShouldContain("object");

    [Theory]
    [InlineData("""{"resourceLogs":5}""", "resourceLogs")]
    [InlineData("""{"resourceLogs":[5]}""", "resourceLogs[0]")]
    [InlineData("""{"resourceLogs":[{"resource":[]}]}""", "resourceLogs[0].resource")]
    [InlineData("""{"resourceLogs":[{"schemaUrl":1}]}""", "resourceLogs[0].schemaUrl")]
    [InlineData("""{"resourceLogs":[{},{"resource":{"attributes":[{"key":1}]}}]}""", "resourceLogs[1].key")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":{}}]}""", "resourceLogs[0].scopeLogs")]
    [InlineData(
        """{"resourceLogs":[{"scopeLogs":[{"scope":{"droppedAttributesCount":"x"}}]}]}""",
        "resourceLogs[0].scopeLogs[0].droppedAttributesCount"
    )]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":"x"}]}]}""", "resourceLogs[0].scopeLogs[0].logRecords")]
    [Trait("row", "D1"), Trait("row", "D2")]
    public void D1_A_wrong_value_around_the_records_is_malformed_and_named(string body, string field) =>
        Should.Throw<MalformedPayloadException>(() => Exports.Json(Signal.Logs, body)).Field.ShouldStartWith(field);

    [Theory]
    [InlineData("5"), InlineData("null"), InlineData("[]"), InlineData("\"x\"")]
    [InlineData("""{"severityText":5}"""), InlineData("""{"severityText":{"a":["b"]}}"""), InlineData("""{"body":"text"}""")]
    [InlineData("""{"attributes":{}}"""), InlineData("""{"attributes":[5]}"""), InlineData("""{"attributes":[null]}""")]
    [InlineData("""{"attributes":[{"key":5}]}"""), InlineData("""{"attributes":[{"key":"k","value":5}]}""")]
    [
        InlineData("""{"body":{"boolValue":"true"}}"""),
        InlineData("""{"body":{"boolValue":1}}"""),
        InlineData("""{"body":{"stringValue":1}}""")
    ]
    [
        InlineData("""{"body":{"arrayValue":[]}}"""),
        InlineData("""{"body":{"kvlistValue":{"values":{}}}}"""),
        InlineData("""{"traceId":5}""")
    ]
    [Trait("row", "C8")]
    public void C8_A_value_of_the_wrong_type_costs_its_record_only(string record)
    {
        var export = Exports.JsonRecords("""{"eventName":"before"}""", record, """{"eventName":"after"}""");

        export.Records.Select(kept => kept.EventName).ShouldBe(["before", "after"]);
        (export.Accepted, export.Rejected).ShouldBe((2, 1));
        export.RejectedReason.ShouldNotBeNull().ShouldStartWith("resourceLogs[0].scopeLogs[0].logRecords[1]");
    }

    [Fact, Trait("row", "C8"), Trait("row", "C5")]
    public void C8_A_wrong_data_point_costs_itself_and_a_wrong_metric_its_points()
    {
        var points = """{"sum":{"dataPoints":[{"asInt":"1"},{"asInt":"x"},5,{"asInt":"4"}]}}""";
        var one = Exports.JsonMetrics(points);
        (one.Accepted, one.Rejected).ShouldBe((2, 2));
        one.RejectedReason.ShouldNotBeNull().ShouldContain("metrics[0].dataPoints[1].asInt");

        var metric = """{"unit":5,"sum":{"dataPoints":[{"asInt":"1"},{"asInt":"x"},{"asInt":"3"}]}}""";
        var all = Exports.JsonMetrics(metric, """{"name":"good","gauge":{"dataPoints":[{}]}}""", """{"name":5}""", "null");
        all.MetricList.ShouldHaveSingleItem().Name.ShouldBe("good");
        (all.Accepted, all.Rejected).ShouldBe((1, 5));
    }

    [Theory]
    [InlineData("\\ud800", "\uFFFD"), InlineData("a\\udc00b", "a\uFFFDb"), InlineData("\\ud83d\\ude00", "\U0001F600")]
    [InlineData("\\ud800\\ud83d\\ude00", "\uFFFD\U0001F600"), InlineData("\\ud83dx", "\uFFFDx"), InlineData("\\ud83d\\u0041", "\uFFFDA")]
    [InlineData("a\\u0000b", "a\0b"), InlineData("\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20AC", "\"\\/\b\f\n\r\tä€")]
    [Trait("row", "E17")]
    public void E17_Lone_surrogates_are_replaced_and_escapes_read(string escaped, string expected)
    {
        var record =
            $$"""{"body":{"stringValue":"{{escaped}}"},"attributes":[{"key":"{{escaped}}"}],"eventName":"{{escaped}}","{{escaped}}":1}""";
        var export = Exports.JsonRecords(record);

        export.Rejected.ShouldBe(0);
        export.Records[0].Body.StringValue.ShouldBe(expected);
        export.Records[0].Attributes[0].Key.ShouldBe(expected);
        export.Records[0].EventName.ShouldBe(expected);
        RoundTrip.ShouldSurvive(export);
    }

    [Fact, Trait("row", "E17"), Trait("row", "F7")]
    public void E17_Invalid_UTF8_in_JSON_is_replaced()
    {
        byte[] body =
        [
            .. "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\""u8,
            0xFF,
            .. "x\\n"u8,
            0xC3,
            .. "\"},\"attributes\":[{\"key\":\""u8,
            0xED,
            0xA0,
            0x80,
            .. "\"}]}]}]}]}"u8,
        ];

        var record = OtlpDecoder.Decode(Signal.Logs, OtlpEncoding.Json, body).Records[0];

        record.Body.StringValue.ShouldBe("\uFFFDx\n\uFFFD");
        record.Attributes[0].Key.ShouldBe("\uFFFD\uFFFD\uFFFD");
    }

    [Fact, Trait("row", "E18")]
    public void E18_Keys_come_in_any_order_and_values_nest()
    {
        var value =
            """{"kvlistValue":{"values":[{"value":{"arrayValue":{"values":[{"boolValue":true},{"kvlistValue":{"values":[]}},{"stringValue":""}]}},"key":"k"}]}}""";
        var body =
            $$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{{value}},"timeUnixNano":"5"}],"scope":{"name":"s"} }],"resource":{"attributes":[{"value":{"intValue":"1"},"key":"r"}]} }]}""";
        var export = Exports.Json(Signal.Logs, body);

        var values = export.Records[0].Body.KvlistValue.Values[0].Value.ArrayValue.Values;
        values[0].BoolValue.ShouldBeTrue();
        values[1].KvlistValue.ShouldNotBeNull();
        values[2].ValueCase.ShouldBe(AnyValue.ValueOneofCase.StringValue);
        export.Logs!.ResourceLogs[0].Resource.Attributes[0].Key.ShouldBe("r");
    }

    [Fact, Trait("row", "I4")]
    public void I4_Fields_of_older_senders_are_unknown_fields()
    {
        var body =
            """{"resourceLogs":[{"instrumentationLibraryLogs":[{}],"scopeLogs":[{"instrumentationLibrary":{"name":5},"logRecords":[{"name":"old"}]}]}]}""";

        Exports.Json(Signal.Logs, body).Accepted.ShouldBe(1);
    }

    [Fact]
    public void Another_kind_that_says_nothing_leaves_the_points_of_a_metric_and_the_count_of_the_rejected_ones()
    {
        var export = Exports.Json(
            Signal.Metrics,
            """{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[{"asInt":"1"},{"asInt":"one"}]},"gauge":null}]}]}]}"""
        );

        export.Metrics!.ResourceMetrics[0].ScopeMetrics[0].Metrics[0].Sum.DataPoints.Count.ShouldBe(1);
        export.Rejected.ShouldBe(1);
    }
}
