using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting.Connections;
using ClaudeBridge.Hosting.Tls;
using ClaudeBridge.Receivers;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClaudeBridge.Hosting;

/// <summary>Gives the server its listening sockets, its protocols and its limits. Those it has none for are watched by <see cref="ConnectionUse"/>.</summary>
internal static class KestrelSetup
{
    /// <summary>What HTTP/2 begins with, and the least the server can be set to.</summary>
    private const int LeastWindow = 65_535;

    /// <summary>
    /// Idling between requests. Claude Code exports metrics once a minute, and a connection that is closed while the next export is on its way costs that export: hence more
    /// than two of its intervals.
    /// </summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(130);

    /// <summary>To be called before the server starts; building the host must not touch the ports, as the configuration is not judged yet.</summary>
    public static void Apply(KestrelServerOptions kestrel, IServiceProvider services, BridgePorts ports, ReceiverOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.MaxRequestBufferSize = options.ConnectionBufferBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = Math.Max(LeastWindow, options.ConnectionBufferBytes);
        kestrel.Limits.Http2.InitialStreamWindowSize = Math.Max(LeastWindow, options.ConnectionBufferBytes / 4 * 3);
        // The table of connections counts them: the server would turn the next client away, whoever fills the places.
        kestrel.Limits.MaxConcurrentConnections = null;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        kestrel.Limits.RequestHeadersTimeout = options.ClientTimeout / 4;
        var connections = new ConnectionWatch(
            services.GetRequiredService<ConnectionTable>(),
            options.ClientTimeout,
            services.GetRequiredService<TimeProvider>()
        );
        var certificate = services.GetRequiredService<ServerCertificate>();
        foreach (var (door, endPoint) in ports.EndPoints)
        {
            kestrel.Listen(
                endPoint,
                listen =>
                {
                    Configure(listen, door, certificate.IsOn, connections);
                    if (certificate.IsOn)
                    {
                        listen.UseTls(certificate, door, options.ClientTimeout / 2);
                    }
                }
            );
        }
    }

    private static void Configure(ListenOptions listen, Door door, bool hasTls, ConnectionWatch connections)
    {
        // In cleartext a port speaks one of the two: gRPC clients begin with HTTP/2 at once ("prior knowledge"). With TLS they agree on one. The dashboard port has long
        // answers: only where each has its connection can be told that its client takes nothing.
        listen.Protocols = door switch
        {
            Door.Grpc => HttpProtocols.Http2,
            Door.Http when hasTls => HttpProtocols.Http1AndHttp2,
            _ => HttpProtocols.Http1,
        };
        var feature = new DoorFeature(door);
        listen.Use(next =>
            connection =>
            {
                connection.Features.Set(feature);
                return connections.RunAsync(connection, door, next);
            }
        );
    }
}
