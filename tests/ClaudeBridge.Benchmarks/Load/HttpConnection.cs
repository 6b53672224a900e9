using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using ClaudeBridge.Benchmarks.Workload;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>HTTP/1.1 with keep-alive on a bare socket: a request costs the generator one send and one receive.</summary>
internal sealed class HttpConnection : IExportConnection
{
    private readonly LoadSettings _settings;
    private readonly byte[] _head;
    private readonly byte[] _headWithLength;
    private readonly HttpAnswerReader _reader = new();
    private CancellationTokenSource _timeout = new();
    private Stream? _stream;

    public HttpConnection(LoadSettings settings)
    {
        _settings = settings;
        var path = settings.PathPrefix.TrimEnd('/') + "/v1/logs";
        var type = settings.Protocol.Encoding == OtlpEncoding.Json ? "application/json" : "application/x-protobuf";
        var head = new StringBuilder($"POST {path} HTTP/1.1\r\nHost: {settings.Endpoint.Authority}\r\nContent-Type: {type}\r\n");
        if (settings.Protocol.IsGzip)
        {
            head.Append("Content-Encoding: gzip\r\n");
        }

        foreach (var (name, value) in settings.Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        head.Append("Content-Length: ");
        _head = Encoding.UTF8.GetBytes(head.ToString());
        _headWithLength = [.. _head, .. new byte[16]];
    }

    public async ValueTask<Answer> SendAsync(RequestBuffer request, CancellationToken cancel)
    {
        if (!_timeout.TryReset())
        {
            _timeout.Dispose();
            _timeout = new CancellationTokenSource();
        }

        _timeout.CancelAfter(_settings.Timeout);
        using var stop = cancel.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _timeout);
        try
        {
            _stream ??= await ConnectAsync(_timeout.Token);
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return new Answer(AnswerKind.NotConnected, 0, false);
        }

        try
        {
            await _stream.WriteAsync(request.WithHead(Head(request.Length)), _timeout.Token);
            var answer = await _reader.ReadAsync(_stream, _timeout.Token);
            if (!_reader.MayGoOn)
            {
                Close();
            }

            return answer;
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException or InvalidDataException)
        {
            Close();
            cancel.ThrowIfCancellationRequested();
            var kind = failure switch
            {
                OperationCanceledException => AnswerKind.TimedOut,
                InvalidDataException => AnswerKind.NotUnderstood,
                _ => AnswerKind.Broken,
            };
            return new Answer(kind, 0, false);
        }
    }

    public void Dispose()
    {
        Close();
        _timeout.Dispose();
    }

    private ReadOnlySpan<byte> Head(int length)
    {
        var place = _headWithLength.AsSpan(_head.Length);
        _ = length.TryFormat(place, out var written);
        "\r\n\r\n"u8.CopyTo(place[written..]);
        return _headWithLength.AsSpan(0, _head.Length + written + 4);
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(_settings.Endpoint.Host.Trim('[', ']'), _settings.Endpoint.Port, cancel);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (_settings.Endpoint.Scheme != Uri.UriSchemeHttps)
            {
                return stream;
            }

            var secure = new SslStream(stream);
            stream = secure;
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = _settings.Endpoint.Host }, cancel);
            return secure;
        }
        catch
        {
            socket.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }

            throw;
        }
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
