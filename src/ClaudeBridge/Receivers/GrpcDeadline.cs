using ClaudeBridge.Otlp.Rpc;

namespace ClaudeBridge.Receivers;

/// <summary>How long the caller of a gRPC call waits. A header that cannot be read, or names more than a day, means no deadline.</summary>
internal sealed class GrpcDeadline : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly TimeProvider _clock;
    private readonly long _began;
    private readonly TimeSpan? _timeout;
    private readonly CancellationTokenSource? _source;

    private GrpcDeadline(TimeSpan? timeout, TimeProvider clock)
    {
        (_timeout, _clock, _began) = (timeout, clock, clock.GetTimestamp());
        _source = timeout is { } length ? new CancellationTokenSource(length, clock) : null;
    }

    public CancellationToken Token => _source?.Token ?? CancellationToken.None;

    public bool HasPassed => _source?.IsCancellationRequested ?? false;

    /// <summary>How long it still is; null without a deadline.</summary>
    public TimeSpan? Remaining => _timeout - _clock.GetElapsedTime(_began);

    public static GrpcDeadline Of(IHeaderDictionary headers, TimeProvider clock) =>
        new(GrpcFraming.TryParseTimeout(headers["grpc-timeout"].ToString(), out var timeout) && timeout <= Longest ? timeout : null, clock);

    public void Dispose() => _source?.Dispose();
}
