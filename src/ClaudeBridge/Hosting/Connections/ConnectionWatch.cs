using ClaudeBridge.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace ClaudeBridge.Hosting.Connections;

/// <summary>Watches every connection from its first byte to its end, whatever is spoken on it.</summary>
/// <remarks>
/// The server (Kestrel 10.0) does not always end what it does for a connection: not when it closed an HTTP/2 connection for opening far too many streams. It counts on the collector of
/// garbage then; the table would keep such a connection, its memory and its place for good. So a connection that is closed and idle has ended.
/// </remarks>
internal sealed class ConnectionWatch(ConnectionTable table, TimeSpan patience, TimeProvider clock)
{
    /// <summary>How long the server has, twice, to end what it does for a closed connection.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMilliseconds(250);

    public async Task RunAsync(ConnectionContext connection, Door door, ConnectionDelegate next)
    {
        var use = new ConnectionUse(connection, door, patience, clock);
        connection.Features.Set(use);
        connection.Transport = new WatchedPipe(connection.Transport, use);
        connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static use => ((ConnectionUse)use).Check(), use);
        table.Add(use);
        try
        {
            var served = next(connection);
            try
            {
                await served.WaitAsync(connection.ConnectionClosed);
            }
            catch (OperationCanceledException) when (connection.ConnectionClosed.IsCancellationRequested)
            {
                await EndAsync(served, use);
            }
        }
        finally
        {
            table.Remove(use);
        }
    }

    /// <summary>Returns once the server is done with a connection that is closed, or does nothing for it any more.</summary>
    private async Task EndAsync(Task served, ConnectionUse use)
    {
        // Twice, as requests that came before the end of the stream begin one after the other.
        for (var quiet = 0; quiet < 2 && !served.IsCompleted; )
        {
            var begun = use.Begun;
            try
            {
                await served.WaitAsync(EndsWithin, clock);
            }
            catch (TimeoutException)
            {
                quiet = use.IsIdle && use.Begun == begun ? quiet + 1 : 0;
            }
        }

        if (served.IsCompleted)
        {
            await served;
        }
    }
}
