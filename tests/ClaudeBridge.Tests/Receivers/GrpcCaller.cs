using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using ClaudeBridge.Otlp.Rpc.Messages;
using Google.Protobuf;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>What a unary call came to.</summary>
/// <param name="IsTrailersOnly">Status and headers came in one frame, with no message and no trailers after it.</param>
internal sealed record GrpcOutcome(
    HttpStatusCode HttpStatus,
    int? Code,
    string? Message,
    Status? Details,
    byte[]? Reply,
    bool IsTrailersOnly,
    HttpResponseHeaders Headers
);

/// <summary>A gRPC client by hand: frames and headers as given, HTTP/2 with prior knowledge.</summary>
internal sealed class GrpcCaller(int port) : IDisposable
{
    public const string Logs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    public const string Metrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    public const string Traces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        Timeout = TimeSpan.FromSeconds(30),
    };

    public static byte[] Frame(byte[] message, bool compressed = false)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>One message in its frame.</summary>
    public Task<GrpcOutcome> CallAsync(string path, byte[] message, params (string Name, string Value)[] headers) =>
        SendAsync(path, new ByteArrayContent(Frame(message)), headers);

    public async Task<GrpcOutcome> SendAsync(string path, HttpContent body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        var contentType = headers.FirstOrDefault(header => header.Name == "content-type").Value ?? "application/grpc";
        body.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers.Where(header => header.Name != "content-type"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var inHeaders = response.Headers.Contains("grpc-status");
        var trailers = inHeaders ? response.Headers : response.TrailingHeaders;
        return new(
            response.StatusCode,
            Value(trailers, "grpc-status") is { } code ? int.Parse(code) : null,
            Value(trailers, "grpc-message") is { } text ? Uri.UnescapeDataString(text) : null,
            Value(trailers, "grpc-status-details-bin") is { } details ? Status.Parser.ParseFrom(Base64(details)) : null,
            bytes.Length >= 5 ? bytes[5..] : null,
            inHeaders && bytes.Length == 0 && !response.TrailingHeaders.Any(),
            response.Headers
        );
    }

    public void Dispose() => _client.Dispose();

    public static T Detail<T>(Status status)
        where T : IMessage, new() => status.Details.Single(detail => detail.Is(new T().Descriptor)).Unpack<T>();

    public static bool Has<T>(Status status)
        where T : IMessage, new() => status.Details.Any(detail => detail.Is(new T().Descriptor));

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static byte[] Base64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
