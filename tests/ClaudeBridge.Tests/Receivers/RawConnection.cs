using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>HTTP/1.1 by hand: bytes as given, answers read one after the other from one connection.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private NetworkStream _stream = null!;
    private int _start;
    private int _end;

    public static async Task<RawConnection> OpenAsync(int port)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync(IPAddress.Loopback, port);
        connection._client.NoDelay = true;
        connection._stream = connection._client.GetStream();
        return connection;
    }

    public ValueTask SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes);

    /// <summary>Says that nothing more will come, and still reads.</summary>
    public void EndSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Breaks the connection off with a reset.</summary>
    public void Reset()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    /// <summary>The next answer: its status, its header lines, its body by Content-Length.</summary>
    public async Task<(int Status, string Headers, byte[] Body)> ReadAnswerAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append((char)await NextByteAsync(limit.Token));
        }

        var headers = head.ToString();
        var length = headers
            .Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line["Content-Length:".Length..], CultureInfo.InvariantCulture))
            .FirstOrDefault();
        var body = new byte[length];
        for (var i = 0; i < length; i++)
        {
            body[i] = await NextByteAsync(limit.Token);
        }

        return (int.Parse(headers.AsSpan(9, 3), CultureInfo.InvariantCulture), headers, body);
    }

    /// <summary>True when the server closed the connection and nothing more came from it.</summary>
    public async Task<bool> IsClosedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            return _start == _end && await _stream.ReadAsync(_buffer, limit.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<byte> NextByteAsync(CancellationToken cancel)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await _stream.ReadAsync(_buffer, cancel);
            if (_end == 0)
            {
                throw new IOException("The server closed the connection.");
            }
        }

        return _buffer[_start++];
    }
}
