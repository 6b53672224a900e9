using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ClaudeBridge.Tests.StandIns;

/// <summary>Stands in front of a server, at an address of its own: passes everything through, or does what no decent server would.</summary>
public sealed class FaultyFront : IAsyncDisposable
{
    private readonly IPEndPoint _behind;
    private readonly int _port;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly List<Socket> _crowd = [];
    private Socket? _listener;
    private Func<Stream, CancellationToken, Task>? _fault;
    private CancellationTokenSource _era = new();

    private FaultyFront(Uri behind)
    {
        _behind = new IPEndPoint(IPAddress.Parse(behind.Host), behind.Port);
        _port = Listen(0);
    }

    public Uri Address => new($"http://127.0.0.1:{_port}/");

    /// <summary>Requests that met a fault.</summary>
    public int Faulted { get; private set; }

    /// <summary>The heads of the requests that met a fault.</summary>
    public IReadOnlyList<string> Heads
    {
        get
        {
            lock (_gate)
            {
                return [.. _heads];
            }
        }
    }

    private readonly List<string> _heads = [];

    public static FaultyFront Of(Uri behind) => new(behind);

    /// <summary>From now on every request is answered with these bytes, and the connection closed.</summary>
    public void Answer(string bytes) => Answer(Encoding.Latin1.GetBytes(bytes));

    /// <inheritdoc cref="Answer(string)"/>
    public void Answer(byte[] bytes) => Do((stream, cancel) => stream.WriteAsync(bytes, cancel).AsTask());

    /// <summary>From now on every request gets these bytes and then this again and again, until the client has enough.</summary>
    public void AnswerForEver(byte[] begin, byte[] again) =>
        Do(
            async (stream, cancel) =>
            {
                await stream.WriteAsync(begin, cancel);
                while (true)
                {
                    await stream.WriteAsync(again, cancel);
                    await Task.Yield();
                }
            }
        );

    /// <summary>From now on every request gets these bytes, and then nothing more; the connection stays.</summary>
    public void AnswerAndHang(string bytes) =>
        Do(
            async (stream, cancel) =>
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), cancel);
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            }
        );

    /// <summary>Connections are refused from now on.</summary>
    public void Refuse() => Turn(null, () => { });

    /// <summary>Connections are neither taken nor refused from now on: the queue of those who ask is full.</summary>
    public void IgnoreConnections() =>
        Turn(
            null,
            () =>
            {
                Listen(_port, backlog: 0);
                for (var i = 0; i < 4; i++)
                {
                    var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                    _crowd.Add(one);
                    try
                    {
                        one.Connect(IPAddress.Loopback, _port);
                    }
                    catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress) { }
                }
            }
        );

    /// <summary>Everything is passed through again.</summary>
    public void Recover() =>
        Turn(
            null,
            () =>
            {
                Listen(_port);
                Accept(_listener!, _era.Token);
            }
        );

    public ValueTask DisposeAsync()
    {
        Turn(null, () => { });
        _era.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Do(Func<Stream, CancellationToken, Task> fault) =>
        Turn(
            async (stream, cancel) =>
            {
                await ReadRequestAsync(stream, cancel);
                await fault(stream, cancel);
            },
            () =>
            {
                Listen(_port);
                Accept(_listener!, _era.Token);
            }
        );

    /// <summary>What was open is closed: the next request meets what is next.</summary>
    private void Turn(Func<Stream, CancellationToken, Task>? fault, Action then)
    {
        lock (_gate)
        {
            _era.Cancel();
            _era.Dispose();
            _era = new CancellationTokenSource();
            _fault = fault;
            _listener?.Dispose();
            _listener = null;
            foreach (var socket in _open.Concat(_crowd))
            {
                socket.Dispose();
            }

            _open.Clear();
            _crowd.Clear();
            then();
        }
    }

    /// <summary>From now on connections are taken and kept, and nothing is ever said.</summary>
    public void Hang() => Do(static (_, cancel) => Task.Delay(Timeout.InfiniteTimeSpan, cancel));

    /// <summary>From now on it speaks TLS, with a certificate that nobody vouches for.</summary>
    public void SpeakTls(X509Certificate2 certificate) =>
        Turn(
            async (stream, cancel) =>
            {
                await using var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancel);
                await ReadRequestAsync(tls, cancel);
            },
            () =>
            {
                Listen(_port);
                Accept(_listener!, _era.Token);
            }
        );

    private int Listen(int port, int backlog = 512)
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(backlog);
        if (port == 0)
        {
            Accept(_listener, _era.Token);
        }

        return ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    private void Accept(Socket listener, CancellationToken cancel) =>
        _ = Task.Run(
            async () =>
            {
                while (true)
                {
                    var socket = await listener.AcceptAsync(cancel);
                    lock (_gate)
                    {
                        cancel.ThrowIfCancellationRequested();
                        _open.Add(socket);
                    }

                    _ = ServeAsync(socket, _fault, cancel);
                }
            },
            CancellationToken.None
        );

    private async Task ServeAsync(Socket socket, Func<Stream, CancellationToken, Task>? fault, CancellationToken cancel)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (fault is null)
            {
                await PassAsync(stream, cancel);
            }
            else
            {
                await fault(stream, cancel);
                socket.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null, cancel);
            }
        }
        catch (Exception e)
            when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException)
        {
            // Either side had enough.
        }
        finally
        {
            lock (_gate)
            {
                _open.Remove(socket);
            }
        }
    }

    private async Task PassAsync(NetworkStream stream, CancellationToken cancel)
    {
        using var behind = new TcpClient();
        await behind.ConnectAsync(_behind, cancel);
        var inner = behind.GetStream();
        await Task.WhenAny(stream.CopyToAsync(inner, cancel), inner.CopyToAsync(stream, cancel));
    }

    /// <summary>Head and body of one request; a body has a length here.</summary>
    private async Task ReadRequestAsync(Stream stream, CancellationToken cancel)
    {
        var (head, one) = (new StringBuilder(), new byte[1]);
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancel);
            head.Append((char)one[0]);
        }

        var length = head.ToString()
            .Split("\r\n")
            .Where(static line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(static line => int.Parse(line[15..], System.Globalization.CultureInfo.InvariantCulture))
            .FirstOrDefault();
        await stream.ReadExactlyAsync(new byte[length], cancel);
        lock (_gate)
        {
            Faulted++;
            _heads.Add(head.ToString());
        }
    }
}
