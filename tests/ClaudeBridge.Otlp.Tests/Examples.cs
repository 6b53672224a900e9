namespace ClaudeBridge.Otlp.Tests;

/// <summary>Whole requests in OTLP/JSON as other senders write them: one for each kind of record. No field holds its default, so each must come back.</summary>
internal static class Examples
{
    private const string Resource = """
        "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"process.command_args","value":{"arrayValue":{"values":[
        {"stringValue":"run"},{"intValue":"8"},{"doubleValue":0.5},{"boolValue":false}]}}}],"droppedAttributesCount":2,
        "entityRefs":[{"schemaUrl":"https://example.org/schema","type":"service","idKeys":["service.name"],"descriptionKeys":["a","b"]}]},
        "schemaUrl":"https://example.org/schemas/1.30.0"
        """;

    private const string Scope = """
        "scope":{"name":"shop.checkout","version":"2.0.1","attributes":[{"key":"part","value":{"stringValue":"cart"}}],"droppedAttributesCount":1},
        "schemaUrl":"https://example.org/schemas/1.31.0"
        """;

    private const string Points = """
        "startTimeUnixNano":"1795174980000000000","timeUnixNano":"1795174987889000000","attributes":[{"key":"path","value":{"stringValue":"/pay"}}],"flags":1
        """;

    private const string Exemplars = """
        "exemplars":[{"timeUnixNano":"1795174987000000000","asInt":"-3","spanId":"eee19b7ec3c1b174","traceId":"5b8efff798038103d269b633813fc60c",
        "filteredAttributes":[{"key":"user","value":{"stringValue":"u"}}]},{"asDouble":1.25}]
        """;

    public static IEnumerable<(Signal Signal, string Body, int Accepted)> All =>
        [
            (
                Signal.Logs,
                $$$$$$"""
                {"resourceLogs":[{ {{{{{{Resource}}}}}},"scopeLogs":[{ {{{{{{Scope}}}}}},"logRecords":[
                {"timeUnixNano":"1795174987889000000","observedTimeUnixNano":"1795174987889000001","severityNumber":17,"severityText":"ERROR",
                "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","flags":257,"droppedAttributesCount":3,
                "body":{"stringValue":"payment refused"},"attributes":[{"key":"amount","value":{"doubleValue":12.75}},
                {"key":"items","value":{"kvlistValue":{"values":[{"key":"n","value":{"intValue":"-9223372036854775808"}},{"key":"raw","value":{"bytesValue":"AP8+Pw=="}}]}}}]},
                {"timeUnixNano":"1795174987889000002","eventName":"device.start","body":{"kvlistValue":{"values":[{"key":"type","value":{"stringValue":"cold"}}]}}}
                ]}]}]}
                """,
                2
            ),
            (
                Signal.Traces,
                $$$$$$"""
                {"resourceSpans":[{ {{{{{{Resource}}}}}},"scopeSpans":[{ {{{{{{Scope}}}}}},"spans":[
                {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173","traceState":"a=1,b=2","flags":769,
                "name":"pay","kind":2,"startTimeUnixNano":"1795174987000000000","endTimeUnixNano":"1795174987889000000",
                "attributes":[{"key":"http.status","value":{"intValue":"402"}}],"droppedAttributesCount":1,
                "events":[{"timeUnixNano":"1795174987500000000","name":"retry","attributes":[{"key":"n","value":{"intValue":"2"}}],"droppedAttributesCount":4}],
                "droppedEventsCount":5,"links":[{"traceId":"6b8efff798038103d269b633813fc60c","spanId":"fee19b7ec3c1b174","traceState":"c=3",
                "attributes":[{"key":"why","value":{"stringValue":"batch"}}],"droppedAttributesCount":6,"flags":256}],"droppedLinksCount":7,
                "status":{"code":2,"message":"refused"} }]}]}]}
                """,
                1
            ),
            (
                Signal.Metrics,
                $$$$$$"""
                {"resourceMetrics":[{ {{{{{{Resource}}}}}},"scopeMetrics":[{ {{{{{{Scope}}}}}},"metrics":[
                {"name":"gauge","unit":"1","description":"d","metadata":[{"key":"from","value":{"stringValue":"x"}}],"gauge":{"dataPoints":[{ {{{{{{Points}}}}}},"asDouble":-0.5},{"asInt":"7"}]} },
                {"name":"sum","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{ {{{{{{Points}}}}}},"asInt":"9223372036854775807",{{{{{{Exemplars}}}}}} }]} },
                {"name":"histogram","histogram":{"aggregationTemporality":1,"dataPoints":[{ {{{{{{Points}}}}}},"count":"3","sum":4.5,"bucketCounts":["1","2"],"explicitBounds":[1.5],
                "min":0.5,"max":2,{{{{{{Exemplars}}}}}} }]} },
                {"name":"exponential","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[{ {{{{{{Points}}}}}},"count":"9","sum":-4.5,"scale":-2,"zeroCount":"1","zeroThreshold":0.001,
                "positive":{"offset":-1,"bucketCounts":["18446744073709551615","2"]},"negative":{"offset":3,"bucketCounts":["5"]},"min":-1.5,"max":8,{{{{{{Exemplars}}}}}} }]} },
                {"name":"summary","summary":{"dataPoints":[{ {{{{{{Points}}}}}},"count":"2","sum":8.5,"quantileValues":[{"quantile":0.5,"value":4.25},{"quantile":1,"value":"Infinity"}]}]} }
                ]}]}]}
                """,
                6
            ),
        ];
}
