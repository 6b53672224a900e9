using ClaudeBridge.Otlp;
using Google.Protobuf;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>Every turn and the wrapping of a request, encoded once for a run.</summary>
internal sealed class Templates
{
    private const string Version = "2.1.329";
    private const string ScopeName = "com.anthropic.claude_code.events";

    private Templates(OtlpEncoding encoding, IReadOnlyList<RecordTemplate[]> turns, byte[] resource, byte[] scope) =>
        (Encoding, Turns, Resource, Scope) = (encoding, turns, resource, scope);

    public OtlpEncoding Encoding { get; }

    public IReadOnlyList<RecordTemplate[]> Turns { get; }

    /// <summary>Protobuf: the field <c>resource</c>. JSON: everything before the first record.</summary>
    public byte[] Resource { get; }

    /// <summary>Protobuf: the field <c>scope</c>. JSON: everything after the last record.</summary>
    public byte[] Scope { get; }

    /// <summary>Mean bytes of a record, without the wrapping of its request.</summary>
    public double MeanRecordBytes => Turns.SelectMany(static turn => turn).Average(static record => record.Bytes.Length);

    public static Templates Of(OtlpEncoding encoding)
    {
        var turns = TurnScript.All.Select(turn => turn.Records.Select(record => RecordTemplate.Of(record, encoding)).ToArray()).ToList();
        var resource = new Resource();
        foreach (
            var (key, value) in new[]
            {
                ("host.arch", "amd64"),
                ("os.type", "linux"),
                ("os.version", "6.12.48-1-amd64"),
                ("service.name", "claude-code"),
                ("service.version", Version),
            }
        )
        {
            resource.Attributes.Add(
                new KeyValue
                {
                    Key = key,
                    Value = new AnyValue { StringValue = value },
                }
            );
        }

        if (encoding == OtlpEncoding.Json)
        {
            var before =
                $$"""{"resourceLogs":[{"resource":{{RecordJson.Write(resource)}},"scopeLogs":[{"scope":{"name":"{{ScopeName}}","version":"{{Version}}"},"logRecords":[""";
            return new Templates(encoding, turns, Utf8(before), Utf8("]}]}]}"));
        }

        return new Templates(
            encoding,
            turns,
            new ResourceLogs { Resource = resource }.ToByteArray(),
            new ScopeLogs
            {
                Scope = new InstrumentationScope { Name = ScopeName, Version = Version },
            }.ToByteArray()
        );
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
