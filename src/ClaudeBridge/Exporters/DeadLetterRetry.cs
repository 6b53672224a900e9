using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>Sends dead letters again that a person asked for, while nothing else of this destination is under way.</summary>
/// <remarks>
/// What goes is what the store holds now; where it holds nothing, or only an incomplete history, what was kept. One that is refused again is one dead
/// letter with the new reason. One that provokes trouble although the destination answers an empty export is tried alone once more and then
/// set aside again: a dead letter never holds up the rest.
/// </remarks>
internal sealed class DeadLetterRetry(
    IFeed feed,
    DestinationLedger ledger,
    DepartureDesk desk,
    BatchSender sender,
    DeliveryAttempts attempts,
    DeliveryOptions options
)
{
    private const int TooManyRequests = 429;
    private const int MostAtOnce = 64;

    /// <param name="isCareful">After trouble: one letter, in one request.</param>
    /// <returns>What stands in the way of everything; null when the turn of the rest has come.</returns>
    public async Task<DeliveryVerdict?> RunAsync(bool isCareful, CancellationToken stop, CancellationToken abort)
    {
        var max = isCareful ? 1 : Math.Min(MostAtOnce, options.MaxBatchSpans);
        // A store that is being built again would seem to hold nothing newer than what was kept.
        while (feed.IsReady && ledger.AskedAgain(max, options.MaxBatchBytes) is { Count: > 0 } letters)
        {
            var window = new DeliveryWindow(ledger.Cursor);
            var items = desk.PrepareAgain([.. letters.Select(letter => (letter, Now(letter)))], window);
            if (items.Count > 0 && await SendAsync(items, window, stop, abort) is { } trouble)
            {
                if (!trouble.IsOwn)
                {
                    return trouble.Verdict;
                }

                if (items.Count > 1)
                {
                    max = 1;
                    continue;
                }

                sender.SetAside(items[0], trouble.Verdict, window);
                return null;
            }

            if (isCareful)
            {
                return null;
            }
        }

        return null;
    }

    private async Task<Trouble?> SendAsync(List<PendingItem> items, DeliveryWindow window, CancellationToken stop, CancellationToken abort)
    {
        var tries = items.Count > 1 ? 1 : 2;
        while (await sender.SendOnceAsync(items, window, stop, abort) is { } verdict)
        {
            if (verdict.Outcome == DeliveryOutcome.Paused || verdict.Status == TooManyRequests)
            {
                return new Trouble(verdict, IsOwn: false);
            }

            var probe = await attempts.ProbeAsync(stop, abort);
            if (!probe.IsJudgement)
            {
                return new Trouble(probe, IsOwn: false);
            }

            if (--tries == 0)
            {
                return new Trouble(verdict, IsOwn: true);
            }
        }

        return null;
    }

    /// <summary>What the store holds of it now; null when it holds nothing.</summary>
    private FeedItem? Now(DeadLetter letter)
    {
        var trace = letter.Source ?? letter.TraceId;
        return feed.FindObservations(trace, letter.ObservationId)
                .FirstOrDefault(item => LedgerKey.Of(item.Context.Tenant, item.TraceId) == letter.TraceId)
            ?? (FeedItem?)
                feed.FindScores(letter.SessionId)
                    .Where(item => SessionScoresKey.Of(item.Scores) == letter.TraceId)
                    .Select(item =>
                        item with
                        {
                            Scores = item.Scores with
                            {
                                Scores = [.. item.Scores.Scores.Where(score => SessionScoresKey.Of(score) == letter.ObservationId)],
                            },
                        }
                    )
                    .FirstOrDefault(static item => item.Scores.Scores.Count > 0);
    }

    /// <param name="IsOwn">The destination is well; these alone provoke it.</param>
    private sealed record Trouble(DeliveryVerdict Verdict, bool IsOwn);
}
