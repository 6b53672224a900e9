using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Cli.Replay;

/// <summary>Hands requests to the receivers' handler, several under way at once so that they are synced to disk together; at most one in order after the other.</summary>
internal sealed class ReplaySender(ExportHandler handler, Action<UnreadableInput> report)
{
    private const int MaxUnderWay = 256;
    private const long MaxBytesUnderWay = 32 * 1024 * 1024;

    private readonly Queue<(RecordedRequest Request, Task<ExportVerdict> Verdict)> _underWay = new();
    private long _bytesUnderWay;

    public int Requests { get; private set; }

    /// <summary>Log records, spans and metric points that were taken.</summary>
    public long Accepted { get; private set; }

    /// <exception cref="CommandFailure">The data folder takes nothing more.</exception>
    public async Task SendAsync(IEnumerable<RecordedRequest> requests, CancellationToken cancel)
    {
        foreach (var request in requests)
        {
            cancel.ThrowIfCancellationRequested();
            while (_underWay.Count >= MaxUnderWay || (_underWay.Count > 0 && _bytesUnderWay + request.Body.Length > MaxBytesUnderWay))
            {
                await TakeOldestAsync();
            }

            _bytesUnderWay += request.Body.Length;
            _underWay.Enqueue(
                (request, handler.HandleAsync(request.Signal, request.Encoding, request.Body, ExportSource.OfNobody, cancel).AsTask())
            );
        }

        while (_underWay.Count > 0)
        {
            await TakeOldestAsync();
        }
    }

    private async Task TakeOldestAsync()
    {
        var (request, task) = _underWay.Dequeue();
        _bytesUnderWay -= request.Body.Length;
        var verdict = await task;
        Requests++;
        if (verdict.Error is { Code: RpcCode.InvalidArgument or RpcCode.Internal } refused)
        {
            var place = string.IsNullOrEmpty(refused.Field) ? "" : $" ({refused.Field})";
            report(new UnreadableInput(request.Source, refused.Message + place));
            return;
        }

        if (verdict.Error is { } error)
        {
            throw new CommandFailure(
                $"{request.Source} could not be stored: {error.Message} Free some space or name another folder with --data DIR."
            );
        }

        Accepted += verdict.Export!.Accepted;
        if (verdict.Export.Rejected > 0)
        {
            report(
                new UnreadableInput(
                    request.Source,
                    $"{verdict.Export.Rejected} of its records were left out: {verdict.Export.RejectedReason}"
                )
            );
        }
    }
}
