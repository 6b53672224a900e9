using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Ledger;

namespace ClaudeBridge.Exporters;

/// <summary>Sends a batch and settles every span of it: acknowledged, or, when the destination will never take it, set aside alone.</summary>
internal sealed class BatchSender(
    IDestination destination,
    DestinationLedger ledger,
    DeliveryAttempts attempts,
    DeliveryTally tally,
    Action settled,
    TimeProvider clock,
    ILogger logger
)
{
    private readonly RepeatedTrouble _refusals = new(clock);
    private readonly RepeatedTrouble _rejections = new(clock);
    private volatile bool _isTrusted;

    /// <summary>After trouble, a refusal is believed again only once something was taken or an empty export was.</summary>
    public void Distrust() => _isTrusted = false;

    /// <summary>Sends with quick repetitions. A refused batch is halved until the guilty spans are alone; the others are delivered.</summary>
    /// <returns>Null when every span is settled; otherwise what stands in the way, with the rest still owed.</returns>
    public Task<DeliveryVerdict?> SendAsync(
        IReadOnlyList<PendingItem> batch,
        DeliveryWindow window,
        CancellationToken stop,
        CancellationToken abort
    ) => SendAsync(batch, window, attempts.SendAsync, stop, abort);

    /// <summary>The same with one attempt for each request.</summary>
    public Task<DeliveryVerdict?> SendOnceAsync(
        IReadOnlyList<PendingItem> batch,
        DeliveryWindow window,
        CancellationToken stop,
        CancellationToken abort
    ) => SendAsync(batch, window, attempts.OnceAsync, stop, abort);

    /// <summary>Makes a dead letter of a span.</summary>
    public void SetAside(PendingItem span, DeliveryVerdict verdict, DeliveryWindow window)
    {
        var reason = verdict.Reason ?? verdict.Advice ?? "no reason given";
        using (var change = ledger.Begin())
        {
            change.Refuse(span, reason, verdict.Status);
            window.Settle(span);
            change.MoveCursor(window.Cursor);
            change.Commit();
        }

        tally.SetAside();
        settled();
        tally.Move();
        if (_refusals.Meet(out var count))
        {
            logger.SetAside(
                destination.Name,
                span.What,
                verdict.Status,
                count > 1 ? $" {count - 1} more were, since this was last said." : ""
            );
        }
    }

    private async Task<DeliveryVerdict?> SendAsync(
        IReadOnlyList<PendingItem> batch,
        DeliveryWindow window,
        Func<IReadOnlyList<Parcel>, CancellationToken, CancellationToken, Task<DeliveryVerdict>> send,
        CancellationToken stop,
        CancellationToken abort
    )
    {
        var parts = new Stack<PendingItem[]>([.. Halves([.. batch], batch.Count)]);
        while (parts.TryPop(out var part))
        {
            var verdict = await send([.. part.Select(static span => span.Parcel)], stop, abort);
            switch (verdict.Outcome)
            {
                case DeliveryOutcome.Delivered:
                    NoteRejected(verdict, part.Length);
                    Acknowledge(part, window);
                    break;
                case DeliveryOutcome.Itemized:
                    if (SettleEach(part, verdict.Items!, window) is { Length: > 0 } left)
                    {
                        parts.Push(left);
                    }

                    break;
                case DeliveryOutcome.Refused or DeliveryOutcome.TooLarge when part.Length > 1:
                    foreach (var half in Halves(part, (part.Length + 1) / 2))
                    {
                        parts.Push(half);
                    }

                    break;
                case DeliveryOutcome.Refused or DeliveryOutcome.TooLarge when _isTrusted:
                    SetAside(part[0], verdict, window);
                    break;
                case DeliveryOutcome.Refused or DeliveryOutcome.TooLarge:
                    if (await DoubtAsync(stop, abort) is { } doubt)
                    {
                        return doubt;
                    }

                    // Whatever answered before may be gone by now: only a second refusal counts.
                    parts.Push(part);
                    break;
                default:
                    return verdict;
            }
        }

        return null;
    }

    /// <summary>The parts of an array, the last one first, as a stack takes them: order within a session is kept.</summary>
    private static IEnumerable<PendingItem[]> Halves(PendingItem[] spans, int length) => spans.Chunk(length).Reverse();

    /// <summary>Settles what was judged one by one: what was taken is never sent again, what was refused is set aside.</summary>
    /// <returns>What is to be sent again.</returns>
    private PendingItem[] SettleEach(PendingItem[] part, IReadOnlyList<DeliveryVerdict> verdicts, DeliveryWindow window)
    {
        var judged = part.Zip(verdicts).ToList();
        if (judged.Where(static one => one.Second.Outcome == DeliveryOutcome.Delivered).ToList() is { Count: > 0 } taken)
        {
            Acknowledge([.. taken.Select(static one => one.First)], window);
        }

        foreach (var (span, verdict) in judged.Where(static one => one.Second.Outcome == DeliveryOutcome.Refused))
        {
            SetAside(span, verdict, window);
        }

        return [.. judged.Where(static one => one.Second.Outcome == DeliveryOutcome.Retry).Select(static one => one.First)];
    }

    private void NoteRejected(DeliveryVerdict verdict, int sent)
    {
        var rejected = Math.Min(verdict.Rejected, sent);
        if (rejected <= 0)
        {
            return;
        }

        tally.Rejected(rejected, verdict.Reason);
        if (_rejections.Meet(out var count))
        {
            logger.Rejected(
                destination.Name,
                rejected,
                destination.Things,
                count > 1 ? $" {count - 1} more requests were answered so, since this was last said." : ""
            );
        }
    }

    private void Acknowledge(PendingItem[] spans, DeliveryWindow window)
    {
        // Counted before the cursor tells of it: who waits for the cursor reads the count next.
        _isTrusted = true;
        tally.Delivered(spans.Length);
        using (var change = ledger.Begin())
        {
            foreach (var span in spans)
            {
                change.Acknowledge(span.TraceId, span.TraceKey, span.ObservationId, span.Parcel.Hash);
                window.Settle(span);
            }

            change.MoveCursor(window.Cursor);
            change.Commit();
        }

        settled();
        tally.Move();
    }

    /// <summary>A destination that would refuse anything (a proxy, a wrong port) must not turn the whole queue into dead letters.</summary>
    /// <returns>Null when the destination takes an empty export, so that its refusal is about the span.</returns>
    private async Task<DeliveryVerdict?> DoubtAsync(CancellationToken stop, CancellationToken abort)
    {
        var probe = await attempts.ProbeAsync(stop, abort);
        switch (probe.Outcome)
        {
            case DeliveryOutcome.Delivered:
                _isTrusted = true;
                return null;
            case DeliveryOutcome.Refused or DeliveryOutcome.TooLarge:
                return probe with
                {
                    Outcome = DeliveryOutcome.Paused,
                    Advice =
                        $"it answers {probe.Status} even to an empty export, so it cannot be the backend that is meant: check the address",
                };
            default:
                return probe;
        }
    }
}
