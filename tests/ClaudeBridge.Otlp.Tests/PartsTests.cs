using System.Text;
using Google.Protobuf;

namespace ClaudeBridge.Otlp.Tests;

/// <summary>A body that is read in parts says what it says as a whole.</summary>
public sealed class PartsTests
{
    [Theory, InlineData(400), InlineData(3_000)]
    public void Every_recorded_body_holds_the_same_records_in_parts_of_any_size(int partBytes)
    {
        var split = 0;
        foreach (var body in Recordings.Bodies())
        {
            var parts = ExportParts.Split(body.Signal, body.Encoding, body.Bytes, partBytes).ToList();
            split += parts.Count > 1 ? 1 : 0;

            Flat(parts.Select(part => OtlpDecoder.Decode(body.Signal, body.Encoding, part)))
                .SequenceEqual(Flat([body.Decode()]))
                .ShouldBeTrue(body.Name);
        }

        split.ShouldBePositive();
    }

    [Theory, InlineData(OtlpEncoding.Json), InlineData(OtlpEncoding.Protobuf)]
    public void No_part_is_much_larger_than_asked_for(OtlpEncoding encoding)
    {
        var json = Encoding.UTF8.GetBytes(
            $$$"""{"more":[1], "resourceLogs" : [ {"schemaUrl":"u","scopeLogs":[{"logRecords":[{{{string.Join(" , ", Enumerable.Range(1, 1000).Select(Record))}}}], "scope":{"name":"n"}},{}] , "resource":{"attributes":[]}}, {} ]}"""
        );
        var whole = OtlpDecoder.Decode(Signal.Logs, OtlpEncoding.Json, json);
        var body = encoding == OtlpEncoding.Json ? json : whole.ToProtobuf();

        var parts = ExportParts.Split(Signal.Logs, encoding, body, 5_000).ToList();

        parts.Count.ShouldBeGreaterThan(body.Length / 6_000);
        parts.ShouldAllBe(part => part.Length < 7_000);
        Flat(parts.Select(part => OtlpDecoder.Decode(Signal.Logs, encoding, part))).SequenceEqual(Flat([whole])).ShouldBeTrue();

        static string Record(int number) => $$$"""{"timeUnixNano":"{{{number}}}","body":{"stringValue":"a } brace, a ] and a \" in it"}}""";
    }

    [Theory]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}],"scopeLogs":[]}]}""")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}, 7]}]}]}""")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]} and more""")]
    [InlineData("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}""")]
    [InlineData("""[]""")]
    public void What_is_unusual_or_damaged_is_left_whole_for_the_decoder_to_judge(string json)
    {
        var body = Encoding.UTF8.GetBytes(json);

        ExportParts.Split(Signal.Logs, OtlpEncoding.Json, body, 1).ShouldHaveSingleItem().ToArray().ShouldBe(body);
    }

    [Fact]
    public void A_body_with_more_messages_than_allowed_is_left_whole()
    {
        byte[] body = [0x0A, 0x04, 0x12, 0x00, 0x12, 0x00, 0x0A, 0x00];

        ExportParts.Split(Signal.Logs, OtlpEncoding.Protobuf, body, 2, maxMessages: 3).ShouldHaveSingleItem();
        ExportParts.Split(Signal.Logs, OtlpEncoding.Protobuf, body, 2, maxMessages: 4).Count().ShouldBeGreaterThan(1);
    }

    /// <summary>Each record with its scope and resource.</summary>
    private static List<(IMessage?, string, IMessage?, string, IMessage)> Flat(IEnumerable<DecodedExport> exports) =>
        [
            .. exports.SelectMany(static export =>
                export.Signal switch
                {
                    Signal.Logs => export.Logs!.ResourceLogs.SelectMany(static r =>
                        r.ScopeLogs.SelectMany(s => s.LogRecords.Select(one => Of(r.Resource, r.SchemaUrl, s.Scope, s.SchemaUrl, one)))
                    ),
                    Signal.Traces => export.Traces!.ResourceSpans.SelectMany(static r =>
                        r.ScopeSpans.SelectMany(s => s.Spans.Select(one => Of(r.Resource, r.SchemaUrl, s.Scope, s.SchemaUrl, one)))
                    ),
                    _ => export.Metrics!.ResourceMetrics.SelectMany(static r =>
                        r.ScopeMetrics.SelectMany(s => s.Metrics.Select(one => Of(r.Resource, r.SchemaUrl, s.Scope, s.SchemaUrl, one)))
                    ),
                }
            ),
        ];

    private static (IMessage?, string, IMessage?, string, IMessage) Of(
        IMessage? resource,
        string resourceSchema,
        IMessage? scope,
        string scopeSchema,
        IMessage record
    ) => (resource, resourceSchema, scope, scopeSchema, record);
}
