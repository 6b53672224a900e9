using ClaudeBridge.Diagnostics;
using ClaudeBridge.Receivers;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>Gives the server its listening sockets and its protocols. Its own time limits stay as they are: they close stalled clients.</summary>
internal sealed class KestrelSetup(BridgePorts ports, IOptions<ReceiverOptions> options)
    : IConfigureOptions<KestrelServerOptions>,
        IConfigureOptions<SocketTransportOptions>
{
    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.Value.MaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = options.Value.MaxConnections;
        foreach (var (door, endPoint) in ports.EndPoints)
        {
            kestrel.Listen(endPoint, listen => Configure(listen, door));
        }
    }

    public void Configure(SocketTransportOptions sockets) => sockets.CreateBoundListenSocket = ports.SocketOf;

    private static void Configure(ListenOptions listen, Door door)
    {
        // In cleartext a port speaks one of the two: gRPC clients begin with HTTP/2 at once ("prior knowledge").
        listen.Protocols = door == Door.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1;
        var feature = new DoorFeature(door);
        listen.Use(next =>
            connection =>
            {
                connection.Features.Set(feature);
                return next(connection);
            }
        );
    }
}
