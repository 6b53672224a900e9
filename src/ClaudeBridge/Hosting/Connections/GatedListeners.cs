using System.Net;
using Microsoft.AspNetCore.Connections;

namespace ClaudeBridge.Hosting.Connections;

/// <summary>Listening sockets that take a connection only when there is room for it: the server's own would take it and close it, or run out of file descriptors.</summary>
/// <remarks>Both are asked for when the ports are opened: the server is made before the settings are judged, and these need settings.</remarks>
internal sealed class GatedListeners(Func<IConnectionListenerFactory> sockets, Func<ConnectionTable> table) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await sockets().BindAsync(endpoint, cancellationToken), table());

    private sealed class Listener(IConnectionListener inner, ConnectionTable table) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbound = new();

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                await table.RoomAsync(_unbound.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }

            var connection = await inner.AcceptAsync(cancellationToken);
            if (connection is not null)
            {
                table.Take();
            }

            return connection;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbound.CancelAsync();
            await inner.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await _unbound.CancelAsync();
            await inner.DisposeAsync();
            _unbound.Dispose();
        }
    }
}
