using ClaudeBridge.Benchmarks.Workload;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>One connection to the target: one request at a time.</summary>
internal interface IExportConnection : IDisposable
{
    /// <summary>Sends one export and reads its answer. Never throws for what the target does; opens the connection again when it is gone.</summary>
    ValueTask<Answer> SendAsync(RequestBuffer request, CancellationToken cancel);
}

/// <summary>What came back.</summary>
/// <param name="Status">An HTTP status, or a gRPC status, or why there is none.</param>
/// <param name="HasMessage">The answer says more than "all taken": a partial success or a warning.</param>
internal readonly record struct Answer(AnswerKind Kind, int Status, bool HasMessage)
{
    public bool IsSuccess => Kind == AnswerKind.Http ? Status is >= 200 and < 300 : Kind == AnswerKind.Grpc && Status == 0;

    public override string ToString() =>
        Kind switch
        {
            AnswerKind.Http => $"HTTP {Status}",
            AnswerKind.Grpc => $"gRPC {Status}",
            AnswerKind.TimedOut => "no answer in time",
            AnswerKind.NotConnected => "no connection",
            AnswerKind.NotUnderstood => "not an answer",
            _ => "connection broken",
        } + (HasMessage && IsSuccess ? ", partial" : "");
}

internal enum AnswerKind : byte
{
    Http,
    Grpc,
    TimedOut,
    NotConnected,
    Broken,
    NotUnderstood,
}
