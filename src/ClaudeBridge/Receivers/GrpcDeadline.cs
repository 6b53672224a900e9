using ClaudeBridge.Otlp.Rpc;

namespace ClaudeBridge.Receivers;

/// <summary>How long the caller of a gRPC call waits. A header that cannot be read, or names more than a day, means no deadline.</summary>
internal sealed class GrpcDeadline(CancellationTokenSource? source) : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public CancellationToken Token => source?.Token ?? CancellationToken.None;

    public bool HasPassed => source?.IsCancellationRequested ?? false;

    public static GrpcDeadline Of(IHeaderDictionary headers, TimeProvider clock) =>
        new(
            GrpcFraming.TryParseTimeout(headers["grpc-timeout"].ToString(), out var timeout) && timeout <= Longest
                ? new CancellationTokenSource(timeout, clock)
                : null
        );

    public void Dispose() => source?.Dispose();
}
