using System.Net;
using System.Net.Sockets;

namespace ClaudeBridge.Benchmarks.Measure;

/// <summary>Ports on loopback below the range that systems give to outgoing connections, so that nothing takes them in between.</summary>
internal static class FreePort
{
    private const int Least = 20_000;
    private const int Most = 32_000;

    public static int Next()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(Least, Most);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; try another.
            }
        }

        throw new BenchmarkException($"No free port was found between {Least} and {Most}.");
    }
}
