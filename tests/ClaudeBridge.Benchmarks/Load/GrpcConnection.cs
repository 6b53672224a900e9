using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using ClaudeBridge.Benchmarks.Workload;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>One HTTP/2 connection, prior knowledge in cleartext, one unary call at a time. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md</summary>
internal sealed class GrpcConnection : IExportConnection
{
    private const string Method = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    private readonly LoadSettings _settings;
    private readonly HttpMessageInvoker _client;
    private readonly Uri _address;
    private readonly byte[] _answer = new byte[64 * 1024];

    public GrpcConnection(LoadSettings settings)
    {
        _settings = settings;
        _client = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                EnableMultipleHttp2Connections = false,
                ActivityHeadersPropagator = null,
            }
        );
        _address = new Uri(settings.Endpoint, Method);
    }

    public async ValueTask<Answer> SendAsync(RequestBuffer request, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(_settings.Timeout);
        using var message = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(request.WithHead(Prefix(request.Length))),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (_settings.Protocol.IsGzip)
        {
            message.Headers.Add("grpc-encoding", "gzip");
        }

        foreach (var (name, value) in _settings.Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await _client.SendAsync(message, timeout.Token);
            var length = await ReadAsync(response, timeout.Token);
            return Judge(response, length);
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return new Answer(AnswerKind.TimedOut, 0, false);
        }
        catch (HttpRequestException failure)
        {
            var kind = failure.HttpRequestError == HttpRequestError.ConnectionError ? AnswerKind.NotConnected : AnswerKind.Broken;
            return new Answer(kind, 0, false);
        }
        catch (IOException)
        {
            return new Answer(AnswerKind.Broken, 0, false);
        }
    }

    public void Dispose() => _client.Dispose();

    private byte[] Prefix(int length)
    {
        var prefix = new byte[5];
        prefix[0] = (byte)(_settings.Protocol.IsGzip ? 1 : 0);
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), length);
        return prefix;
    }

    private async Task<long> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        long total = 0;
        for (int read; (read = await stream.ReadAsync(_answer, cancel)) > 0; )
        {
            total += read;
        }

        return total;
    }

    private static Answer Judge(HttpResponseMessage response, long length)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new Answer(AnswerKind.Http, (int)response.StatusCode, false);
        }

        var status =
            response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values)
                ? values.First()
                : "";
        // Five bytes of framing around an empty message; an empty partial_success takes two more.
        return int.TryParse(status, out var code)
            ? new Answer(AnswerKind.Grpc, code, length > 7)
            : new Answer(AnswerKind.NotUnderstood, 0, false);
    }
}
