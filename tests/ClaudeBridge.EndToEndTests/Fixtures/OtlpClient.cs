using System.Net;
using System.Net.Http.Headers;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.Receivers;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <param name="Code">The HTTP status, or gRPC's own code.</param>
/// <param name="Text">The answer's body, or gRPC's message.</param>
/// <param name="IsAccepted">All of it was taken.</param>
internal sealed record Answer(int Code, string Text, bool IsAccepted)
{
    /// <summary>The header <c>Retry-After</c>; null over gRPC, or when there is none.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Sends bytes to a bridge as they are, over HTTP or gRPC, and says what it answered.</summary>
internal sealed class OtlpClient(int httpPort, int grpcPort, params (string Name, string Value)[] headers) : IDisposable
{
    /// <summary>The code of a call that ended without one: the connection broke in the middle of the answer.</summary>
    public const int NoAnswer = -1;

    public const int HttpUnavailable = 503;

    public const int GrpcUnavailable = 14;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{httpPort}"),
        Timeout = TimeSpan.FromSeconds(30),
    };

    private readonly GrpcCaller _grpc = new(grpcPort);

    public OtlpClient(BridgeProcess bridge, params (string Name, string Value)[] headers)
        : this(bridge.HttpPort, bridge.GrpcPort, headers) { }

    /// <exception cref="HttpRequestException">No answer came.</exception>
    public Task<Answer> SendAsync(WireRequest request) => request.Transport == Transport.Grpc ? CallAsync(request) : PostAsync(request);

    /// <summary>One after another, as the client does it; all must be taken.</summary>
    public async Task SendAllAsync(IEnumerable<WireRequest> requests)
    {
        foreach (var request in requests)
        {
            var answer = await SendAsync(request);
            answer.IsAccepted.ShouldBeTrue($"{request.Name}: {answer.Code} {answer.Text}");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _grpc.Dispose();
    }

    private async Task<Answer> PostAsync(WireRequest request)
    {
        using var content = new ByteArrayContent(request.Body);
        content.Headers.ContentType = new MediaTypeHeaderValue(
            request.Encoding == OtlpEncoding.Json ? "application/json" : "application/x-protobuf"
        );
        if (request.IsGzip)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        var path = request.Signal switch
        {
            Signal.Logs => "/v1/logs",
            Signal.Metrics => "/v1/metrics",
            _ => "/v1/traces",
        };
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await _http.SendAsync(message);
        var text = await answer.Content.ReadAsStringAsync();
        // An empty message says that nothing was rejected: {} in JSON, no bytes in protobuf.
        return new((int)answer.StatusCode, text, answer.StatusCode == HttpStatusCode.OK && text is "" or "{}")
        {
            RetryAfter = answer.Headers.RetryAfter?.Delta,
        };
    }

    private async Task<Answer> CallAsync(WireRequest request)
    {
        var path = request.Signal switch
        {
            Signal.Logs => GrpcCaller.Logs,
            Signal.Metrics => GrpcCaller.Metrics,
            _ => GrpcCaller.Traces,
        };
        (string, string)[] all = request.IsGzip ? [.. headers, ("grpc-encoding", "gzip")] : headers;
        var outcome = await _grpc.SendAsync(path, new ByteArrayContent(GrpcCaller.Frame(request.Body, request.IsGzip)), all);
        return new(outcome.Code ?? NoAnswer, outcome.Message ?? "", outcome is { Code: 0, Reply.Length: 0 });
    }
}
