using ClaudeBridge.Diagnostics;
using ClaudeBridge.Receivers;
using Microsoft.AspNetCore.Connections;

namespace ClaudeBridge.Hosting.Connections;

/// <summary>What a connection has been good for, and for how long its client keeps the bridge waiting.</summary>
/// <remarks>
/// Two waits are limited here, because the server does not limit them: for the first whole request of a connection, and for answers to be taken. The server itself limits
/// headers, the least speed of bodies, TLS handshakes, and idling after a request.
/// </remarks>
internal sealed class ConnectionUse(ConnectionContext connection, Door door, TimeSpan patience, TimeProvider clock)
{
    private const long Flowing = 0;

    private readonly long _openedAt = clock.GetTimestamp();

    private long _waitingSince = clock.GetTimestamp();
    private long _stalledSince;
    private int _working;
    private int _open;
    private long _begun;
    private volatile bool _isProven;

    /// <summary>The port it came in by.</summary>
    public Door Door => door;

    /// <summary>A whole request came by it.</summary>
    public bool IsProven => _isProven;

    /// <summary>How long the bridge has waited for the client: since the connection was opened, or since the last answer. Null while the bridge works for it.</summary>
    public TimeSpan? Waited => Volatile.Read(ref _working) > 0 ? null : clock.GetElapsedTime(Volatile.Read(ref _waitingSince));

    /// <summary>How many requests have come by it.</summary>
    public long Begun => Interlocked.Read(ref _begun);

    /// <summary>No request is open, and no answer is on its way to a client that may still take it.</summary>
    public bool IsIdle =>
        Volatile.Read(ref _open) == 0
        && (
            Volatile.Read(ref _stalledSince) is var since
            && (since == Flowing || clock.GetElapsedTime(since) > patience + RequestArrival.Grace)
        );

    /// <summary>A request has begun.</summary>
    public void Open()
    {
        Interlocked.Increment(ref _begun);
        Interlocked.Increment(ref _open);
    }

    /// <summary>It is over, whatever became of it.</summary>
    public void End() => Interlocked.Decrement(ref _open);

    /// <summary>A request is whole.</summary>
    public void BeginWork()
    {
        Interlocked.Increment(ref _working);
        _isProven = true;
    }

    /// <summary>It is answered.</summary>
    public void EndWork()
    {
        Volatile.Write(ref _waitingSince, clock.GetTimestamp());
        Interlocked.Decrement(ref _working);
    }

    /// <summary>An answer waits for the client to take what went before.</summary>
    public void BeginStall() => Volatile.Write(ref _stalledSince, Math.Max(Flowing + 1, clock.GetTimestamp()));

    public void EndStall() => Volatile.Write(ref _stalledSince, Flowing);

    /// <summary>Closes the connection of a client that keeps the bridge waiting for too long. To be called about once a second.</summary>
    public void Check()
    {
        if (!_isProven && clock.GetElapsedTime(_openedAt) > patience + RequestArrival.Grace)
        {
            Close("No whole request came in time.");
        }
        else if (Volatile.Read(ref _stalledSince) is var since and not Flowing && clock.GetElapsedTime(since) > patience)
        {
            Close("The client takes nothing of its answer.");
        }
    }

    public void Close(string reason) => connection.Abort(new ConnectionAbortedException(reason));
}
