using ClaudeBridge.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace ClaudeBridge.Hosting.Connections;

/// <summary>Watches every connection from its first byte to its end, whatever is spoken on it.</summary>
internal sealed class ConnectionWatch(ConnectionTable table, TimeSpan patience, TimeProvider clock)
{
    public async Task RunAsync(ConnectionContext connection, Door door, ConnectionDelegate next)
    {
        var use = new ConnectionUse(connection, door, patience, clock);
        connection.Features.Set(use);
        connection.Transport = new WatchedPipe(connection.Transport, use);
        connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static use => ((ConnectionUse)use).Check(), use);
        table.Add(use);
        try
        {
            await next(connection);
        }
        finally
        {
            table.Remove(use);
        }
    }
}
