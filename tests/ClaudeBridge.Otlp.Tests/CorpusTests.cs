using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClaudeBridge.Otlp.Tests;

public sealed class CorpusTests
{
    [Fact, Trait("row", "E19"), Trait("row", "G1"), Trait("row", "G8"), Trait("row", "G11")]
    public void E19_Every_field_at_every_size_survives_both_encodings()
    {
        var entries = Corpus.Entries().ToList();
        entries.Count.ShouldBeGreaterThan(900);
        foreach (var entry in entries)
        {
            var export = Exports.Protobuf(entry.Signal, entry.Message.ToByteArray());
            export.Rejected.ShouldBe(0, entry.Name);
            export.Message.ShouldBe(entry.Message, entry.Name);
            RoundTrip.ShouldSurvive(export, entry.Name);
        }
    }

    [Fact, Trait("row", "E19")]
    public void E19_The_corpus_meets_every_field_of_the_stable_signals()
    {
        var known = new HashSet<string>();
        foreach (var (_, descriptor) in Corpus.Requests())
        {
            Collect(descriptor, known);
        }

        var met = Corpus
            .Entries()
            .Where(entry => entry.Name.StartsWith('/'))
            .Select(entry => entry.Name.Split(',')[0].Split('/')[^1])
            .ToHashSet();
        met.ShouldBe(known, ignoreOrder: true);
    }

    [Fact, Trait("row", "E19"), Trait("row", "E8")]
    public void E19_Recordings_survive_both_encodings()
    {
        foreach (var body in Recordings.Bodies())
        {
            RoundTrip.ShouldSurvive(body.Decode(), body.Name);
        }
    }

    [Fact, Trait("row", "E19")]
    public void E19_An_independent_reader_agrees_on_what_is_written()
    {
        // Google's own JSON reader takes base64 where OTLP has hex, so the ids are compared by the other tests.
        foreach (
            var entry in Corpus
                .Entries()
                .Where(entry => !entry.Name.Contains("Id,", StringComparison.Ordinal) && entry.Signal != Signal.Traces)
        )
        {
            var export = Exports.Protobuf(entry.Signal, entry.Message.ToByteArray());
            if (entry.Name.Contains("full", StringComparison.Ordinal))
            {
                continue;
            }

            new JsonParser(JsonParser.Settings.Default)
                .Parse(RoundTrip.ToJson(export), entry.Message.Descriptor)
                .ShouldBe(entry.Message, entry.Name);
            Exports
                .Json(
                    entry.Signal,
                    new JsonFormatter(new JsonFormatter.Settings(true).WithFormatEnumsAsIntegers(true)).Format(entry.Message)
                )
                .Message.ShouldBe(entry.Message, entry.Name);
        }
    }

    [Fact, Trait("row", "E19")]
    public void E19_Requests_in_the_style_of_the_protocols_examples_keep_every_value()
    {
        foreach (var (signal, body, accepted) in Examples.All)
        {
            var export = Exports.Json(signal, body);
            (export.Accepted, export.Rejected).ShouldBe((accepted, 0));
            RoundTrip.ShouldSurvive(export);
            Flat(RoundTrip.ToJson(export)).ShouldBe(Flat(body), ignoreOrder: true);
        }
    }

    [Fact, Trait("row", "E8"), Trait("row", "E1")]
    public void E8_What_is_written_follows_the_mapping()
    {
        var export = Exports.Json(
            Signal.Logs,
            """
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":18446744073709551615,"severityNumber":9,"traceId":"0102030405060708090A0B0C0D0E0F10",
            "spanId":"","droppedAttributesCount":0,"flags":1,"attributes":[{"key":"i","value":{"intValue":-5}},{"key":"n","value":{"doubleValue":"NaN"}},
            {"key":"b","value":{"bytesValue":"-_8"}},{"key":"z","value":{"boolValue":false}},{"key":"e","value":{}},{"key":"ü"}]}]}]}]}
            """
        );

        const string Expected = """
            {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"18446744073709551615","severityNumber":9,
            "attributes":[{"key":"i","value":{"intValue":"-5"}},{"key":"n","value":{"doubleValue":"NaN"}},
            {"key":"b","value":{"bytesValue":"+/8="}},{"key":"z","value":{"boolValue":false}},{"key":"e","value":{}},{"key":"ü"}],
            "flags":1,"traceId":"0102030405060708090a0b0c0d0e0f10"}]}]}]}
            """;
        RoundTrip.ToJson(export).ShouldBe(Expected.ReplaceLineEndings(""));
    }

    // Every leaf with its path: the order of keys does not count.
    private static List<string> Flat(string json)
    {
        using var document = JsonDocument.Parse(json);
        var leaves = new List<string>();
        Walk(document.RootElement, "");
        return leaves;

        void Walk(JsonElement element, string path)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var member in element.EnumerateObject())
                    {
                        Walk(member.Value, $"{path}.{member.Name}");
                    }

                    break;
                case JsonValueKind.Array:
                    var index = 0;
                    foreach (var item in element.EnumerateArray())
                    {
                        Walk(item, $"{path}[{index++}]");
                    }

                    break;
                default:
                    leaves.Add($"{path} = {element.GetRawText().ToLowerInvariant()}");
                    break;
            }
        }
    }

    private static void Collect(MessageDescriptor descriptor, HashSet<string> names, HashSet<MessageDescriptor>? seen = null)
    {
        seen ??= [];
        if (!seen.Add(descriptor))
        {
            return;
        }

        foreach (var field in descriptor.Fields.InDeclarationOrder())
        {
            names.Add(field.JsonName);
            if (field.FieldType == FieldType.Message)
            {
                Collect(field.MessageType, names, seen);
            }
        }
    }
}
