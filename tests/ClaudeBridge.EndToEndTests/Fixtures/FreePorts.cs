using System.Net;
using System.Net.Sockets;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>Ports that nobody holds, below those that the system gives to outgoing connections, so that they stay free while a bridge restarts.</summary>
internal static class FreePorts
{
    private const int First = 12_000;
    private const int Last = 32_000;

    private static readonly Lock Gate = new();
    private static int _next = Random.Shared.Next(First, Last);

    public static int Take()
    {
        lock (Gate)
        {
            for (var tries = First; tries < Last; tries++)
            {
                _next = _next >= Last ? First : _next + 1;
                if (IsFree(IPAddress.Loopback, _next) && IsFree(IPAddress.IPv6Loopback, _next))
                {
                    return _next;
                }
            }
        }

        throw new InvalidOperationException("This machine has no free port.");
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException failure)
        {
            // A machine without IPv6 has nobody on its ports either.
            return failure.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable;
        }
    }
}
