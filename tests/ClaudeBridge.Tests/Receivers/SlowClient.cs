using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>A client that opens a connection, says something, goes on with a little every second, and never comes to an end.</summary>
/// <param name="Name">What it does, as words.</param>
/// <param name="First">What it says at once.</param>
/// <param name="Drip">What it goes on with, every second; nothing for silence.</param>
/// <param name="Reads">Whether it takes what it is sent.</param>
internal sealed record Slowness(string Name, byte[] First, byte[] Drip, bool Reads = true)
{
    private const string Post = "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n";

    /// <summary>Above the server's least speed of 240 bytes a second.</summary>
    private static readonly byte[] JustEnough = new byte[300];

    public static readonly Slowness[] OverHttp =
    [
        new("says nothing", [], []),
        new("half a request line", Text("POST /v1/l"), []),
        new("a byte of headers a second", Text("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nx: "), Text("a")),
        new("a header a second", Text("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\n"), Text("x-more: a\r\n")),
        new("headers and no body", Text(Post + "Content-Length: 100000\r\n\r\n"), []),
        new("a byte of body a second", Text(Post + "Content-Length: 100000\r\n\r\n"), Text("a")),
        new("a body just fast enough", Text(Post + "Content-Length: 100000\r\n\r\n"), JustEnough),
        new(
            "chunks just fast enough",
            Text(Post + "Transfer-Encoding: chunked\r\n\r\n"),
            [.. Text("12C\r\n"), .. JustEnough, .. Text("\r\n")]
        ),
        new("a body that nobody reads", Text("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"), JustEnough),
        new("a body that no GET has", Text("GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"), JustEnough),
        new("a TLS hello on a port without TLS", [22, 3, 1, 0, 200], [0]),
    ];

    public static readonly Slowness[] OverGrpc =
    [
        new("says nothing", [], []),
        new("half a preface", Http2Frames.Preface[..10], []),
        new("a preface", Http2Frames.Hello, []),
        new("pings", Http2Frames.Hello, Http2Frames.Ping()),
        new("headers that do not end", [.. Http2Frames.Hello, .. Http2Frames.Headers(1, 0, Http2Frames.Call())], []),
        new(
            "continuations that do not end",
            [.. Http2Frames.Hello, .. Http2Frames.Headers(1, 0, Http2Frames.Call())],
            Http2Frames.Continuation(1, 0, Http2Frames.Block(("x", "a")))
        ),
        new("a call without a message", [.. Http2Frames.Hello, .. Http2Frames.Headers(1, Http2Frames.EndHeaders, Http2Frames.Call())], []),
        new(
            "a message just fast enough",
            [
                .. Http2Frames.Hello,
                .. Http2Frames.Headers(1, Http2Frames.EndHeaders, Http2Frames.Call()),
                .. Http2Frames.Data(1, [0, 0, 1, 0, 0]),
            ],
            Http2Frames.Data(1, JustEnough)
        ),
        new(
            "empty pieces of a message",
            [.. Http2Frames.Hello, .. Http2Frames.Headers(1, Http2Frames.EndHeaders, Http2Frames.Call())],
            Http2Frames.Data(1, [])
        ),
        new(
            "a window of nothing for the answer",
            [
                .. Http2Frames.Preface,
                .. Http2Frames.Settings((4, 0)),
                .. Http2Frames.Headers(1, Http2Frames.EndHeaders, Http2Frames.Call()),
                .. Http2Frames.Data(1, new byte[5], Http2Frames.EndStream),
            ],
            []
        ),
    ];

    /// <summary>Asks again and again and takes no answer.</summary>
    public static Slowness TakesNothing(string path) =>
        new(
            "takes no answer",
            [.. Enumerable.Repeat(Text($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"), 1000).SelectMany(static bytes => bytes)],
            [],
            Reads: false
        );

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);
}

/// <summary>One connection of such a client.</summary>
internal sealed class SlowClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Stopwatch _open = new();
    private Task _end = Task.CompletedTask;

    private SlowClient(Slowness slowness) => Slowness = slowness;

    public Slowness Slowness { get; }

    /// <summary>When the server closed the connection, from when it was opened; null while it is open.</summary>
    public TimeSpan? ClosedAfter { get; private set; }

    public static async Task<SlowClient> OpenAsync(int port, Slowness slowness)
    {
        var client = new SlowClient(slowness);
        if (!slowness.Reads)
        {
            client._socket.ReceiveBufferSize = 4096;
        }

        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        client._open.Start();
        await client.SendAsync(slowness.First);
        client._end = slowness.Reads ? client.ReadToEndAsync() : Task.CompletedTask;
        return client;
    }

    public Task DripAsync() => ClosedAfter is null ? SendAsync(Slowness.Drip) : Task.CompletedTask;

    public void Dispose() => _socket.Dispose();

    /// <summary>Sends what the system takes at once.</summary>
    private async Task SendAsync(byte[] bytes)
    {
        try
        {
            if (bytes.Length > 0 && _socket.Poll(0, SelectMode.SelectWrite))
            {
                await _socket.SendAsync(bytes, SocketFlags.None);
            }
        }
        catch (SocketException)
        {
            ClosedAfter ??= _open.Elapsed;
        }
    }

    private async Task ReadToEndAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (await _socket.ReceiveAsync(buffer, SocketFlags.None) > 0) { }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // Reset.
        }

        ClosedAfter ??= _open.Elapsed;
    }
}
