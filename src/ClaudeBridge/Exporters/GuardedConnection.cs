using System.Net;
using System.Net.Sockets;

namespace ClaudeBridge.Exporters;

/// <summary>Makes the connections to a backend: looks at the address that its name has at that moment before a byte goes there.</summary>
/// <remarks>A proxy is what is connected to where one is set; what it connects to in turn is its own affair.</remarks>
/// <param name="resolve">Gives the addresses that a name has now.</param>
internal sealed class GuardedConnection(Func<string, CancellationToken, Task<IPAddress[]>> resolve)
{
    public static GuardedConnection Default { get; } = new(Dns.GetHostAddressesAsync);

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="ForbiddenAddressException">The name has no other addresses than such as no backend has.</exception>
    public async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        // A number is not asked for: some are refused there with an error of another kind.
        var all = IPAddress.TryParse(host, out var number) ? [number] : await resolve(host, cancel);
        var allowed = all.Where(static address => BackendAddresses.Problem(address) is null).ToArray();
        if (allowed.Length == 0 && all.Length > 0)
        {
            throw new ForbiddenAddressException(host, all[0], BackendAddresses.Problem(all[0])!);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A backend's name leads where no backend is, and nothing was sent there.</summary>
internal sealed class ForbiddenAddressException(string host, IPAddress address, string kind)
    : IOException(IPAddress.TryParse(host, out _) ? $"{address} is {kind}" : $"{host} leads to {address}, which is {kind}");
