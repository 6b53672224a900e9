using System.IO.Compression;
using Google.Protobuf;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Exporters;

/// <summary>Puts spans that are encoded already into one export request: each is encoded once, however often its batch is cut or repeated.</summary>
/// <remarks>An ExportTraceServiceRequest with one ResourceSpans and one ScopeSpans. https://github.com/open-telemetry/opentelemetry-proto</remarks>
internal sealed class OtlpSpanBody(Resource resource, InstrumentationScope scope)
{
    private static readonly uint SpansTag = WireFormat.MakeTag(ScopeSpans.SpansFieldNumber, WireFormat.WireType.LengthDelimited);
    private static readonly uint ScopeSpansTag = WireFormat.MakeTag(
        ResourceSpans.ScopeSpansFieldNumber,
        WireFormat.WireType.LengthDelimited
    );
    private static readonly uint ResourceSpansTag = WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited);

    /// <summary>Nothing, compressed: <see cref="GZipStream"/> writes no member at all when nothing is written to it, which some readers refuse.</summary>
    private static ReadOnlySpan<byte> EmptyGzip => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly byte[] _scopeHead = new ScopeSpans { Scope = scope }.ToByteArray();
    private readonly byte[] _resourceHead = new ResourceSpans { Resource = resource }.ToByteArray();

    /// <summary>What a span takes in a request, uncompressed.</summary>
    public static int SizeOf(byte[] span) => 1 + CodedOutputStream.ComputeLengthSize(span.Length) + span.Length;

    /// <summary>The request as gzip; without spans an empty message.</summary>
    public byte[] Compress(IReadOnlyList<byte[]> spans)
    {
        if (spans.Count == 0)
        {
            return [.. EmptyGzip];
        }

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            Write(spans, gzip);
        }

        return compressed.ToArray();
    }

    private void Write(IReadOnlyList<byte[]> spans, Stream stream)
    {
        // Protobuf's varints are the writer's 7-bit encoded integers.
        using var output = new BinaryWriter(new BufferedStream(stream, 65_536));
        var scopeSpans = _scopeHead.Length + spans.Sum(SizeOf);
        output.Write7BitEncodedInt((int)ResourceSpansTag);
        output.Write7BitEncodedInt(_resourceHead.Length + 1 + CodedOutputStream.ComputeLengthSize(scopeSpans) + scopeSpans);
        output.Write(_resourceHead);
        output.Write7BitEncodedInt((int)ScopeSpansTag);
        output.Write7BitEncodedInt(scopeSpans);
        output.Write(_scopeHead);
        foreach (var span in spans)
        {
            output.Write7BitEncodedInt((int)SpansTag);
            output.Write7BitEncodedInt(span.Length);
            output.Write(span);
        }
    }
}
