using ClaudeBridge.Diagnostics;
using ClaudeBridge.Receivers;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClaudeBridge.Hosting;

/// <summary>Gives the server its listening sockets and its protocols. Its own time limits stay as they are: they close stalled clients.</summary>
internal static class KestrelSetup
{
    /// <summary>What HTTP/2 begins with, and the least the server can be set to.</summary>
    private const int LeastWindow = 65_535;

    /// <summary>To be called before the server starts; building the host must not touch the ports, as the configuration is not judged yet.</summary>
    public static void Apply(KestrelServerOptions kestrel, BridgePorts ports, ReceiverOptions options, OpenConnections open)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestBufferSize = options.ConnectionBufferBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = Math.Max(LeastWindow, options.ConnectionBufferBytes);
        kestrel.Limits.Http2.InitialStreamWindowSize = Math.Max(LeastWindow, options.ConnectionBufferBytes / 4 * 3);
        foreach (var (door, endPoint) in ports.EndPoints)
        {
            kestrel.Listen(endPoint, listen => Configure(listen, door, open));
        }
    }

    private static void Configure(ListenOptions listen, Door door, OpenConnections open)
    {
        // In cleartext a port speaks one of the two: gRPC clients begin with HTTP/2 at once ("prior knowledge").
        listen.Protocols = door == Door.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1;
        var feature = new DoorFeature(door);
        listen.Use(next =>
            async connection =>
            {
                connection.Features.Set(feature);
                open.Opened(door);
                try
                {
                    await next(connection);
                }
                finally
                {
                    open.Closed(door);
                }
            }
        );
    }
}
