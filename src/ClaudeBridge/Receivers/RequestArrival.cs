namespace ClaudeBridge.Receivers;

/// <summary>How long a request with a body may take to arrive. Who reads the body says when it is whole; one that never says so is broken off in the end.</summary>
internal sealed class RequestArrival : IDisposable
{
    /// <summary>What a sender that was too slow has left to read why.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _late;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenRegistration _breakOff;
    private readonly Action _arrived;

    /// <param name="limit">How long it may take, from now on.</param>
    /// <param name="breakOff">Ends a request that is neither whole nor answered <see cref="Grace"/> after that.</param>
    /// <param name="arrived">Told once it is whole.</param>
    public RequestArrival(TimeSpan limit, TimeProvider clock, Action breakOff, Action arrived)
    {
        _late = new(limit, clock);
        _over = new(limit + Grace, clock);
        _breakOff = _over.Token.Register(breakOff);
        _arrived = arrived;
    }

    /// <summary>Cancelled when it took too long.</summary>
    public CancellationToken Late => _late.Token;

    public bool IsLate => _late.IsCancellationRequested;

    /// <summary>The whole body is there: from now on it is the bridge that takes its time.</summary>
    public void Complete()
    {
        _late.CancelAfter(Timeout.InfiniteTimeSpan);
        _over.CancelAfter(Timeout.InfiniteTimeSpan);
        _arrived();
    }

    public void Dispose()
    {
        _breakOff.Dispose();
        _over.Dispose();
        _late.Dispose();
    }

    /// <summary>Null where nobody counts.</summary>
    public static RequestArrival? Of(HttpContext context) => context.Features.Get<RequestArrival>();
}
