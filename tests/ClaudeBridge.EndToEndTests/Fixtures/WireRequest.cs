using System.IO.Compression;
using System.Text.Json;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf;

namespace ClaudeBridge.EndToEndTests.Fixtures;

internal enum Transport
{
    Http,
    Grpc,
}

/// <summary>A request as it goes over the wire.</summary>
/// <param name="Body">For gRPC the message without its prefix; compressed where <paramref name="IsGzip"/> says so.</param>
internal sealed record WireRequest(Transport Transport, Signal Signal, OtlpEncoding Encoding, byte[] Body, bool IsGzip, string Name)
{
    /// <summary>The requests of a recording in their own protocol and compression; the bytes of the client itself where they were kept.</summary>
    public static IReadOnlyList<WireRequest> Of(Recording recording)
    {
        using var manifest = recording.Manifest();
        var described = manifest.RootElement.GetProperty("requests").EnumerateArray().ToDictionary(static one => Text(one, "file")!);
        return [.. recording.Requests.Select(request => Of(request, described[Path.GetFileName(request.File)]))];
    }

    public static WireRequest Json(Signal signal, byte[] body, string name) =>
        new(Transport.Http, signal, OtlpEncoding.Json, body, false, name);

    /// <summary>The same logs as protobuf over gRPC.</summary>
    public WireRequest OverGrpc() =>
        this with
        {
            Transport = Transport.Grpc,
            Encoding = OtlpEncoding.Protobuf,
            Body = OtlpDecoder.Decode(Signal, Encoding, Body).Logs!.ToByteArray(),
        };

    private static WireRequest Of(RecordedRequest request, JsonElement described)
    {
        var isGrpc = Text(described, "transport") == "grpc";
        var isGzip = isGrpc
            ? described.TryGetProperty("messageCompressed", out var compressed) && compressed.ValueKind == JsonValueKind.True
            : Text(described, "contentEncoding") == "gzip";
        var body =
            !isGzip ? request.Body
            : Text(described, "rawFile") is { } raw ? File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(request.File)!, raw))
            : Compress(request.Body);
        return new(isGrpc ? Transport.Grpc : Transport.Http, request.Signal, request.Encoding, body, isGzip, request.File);
    }

    private static byte[] Compress(byte[] body)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return memory.ToArray();
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
