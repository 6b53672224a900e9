using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;

namespace ClaudeBridge.Exporters;

/// <summary>Delivery after trouble: one request at a time, one observation at first, twice as many after each success.</summary>
/// <remarks>
/// So a destination that comes back is not run over, and an observation that alone provokes the trouble is found: it is passed over,
/// and set aside when another got through and it failed again. Trouble that is the destination's own never sets anything aside.
/// The other one is of another session where there is one: what is passed over may be well after all, and is then still in the order of its session.
/// </remarks>
internal sealed class CarefulDelivery(
    IFeed feed,
    DestinationLedger ledger,
    DepartureDesk desk,
    BatchSender sender,
    DeliveryAttempts attempts,
    DeliveryOptions options
)
{
    private readonly Suspects _suspects = new(options.SuspectAfter);
    private int _limit = 1;

    /// <summary>The last time that an observation failed alone, an empty export got an answer.</summary>
    private bool _isAnswering;

    /// <summary>Everything that was tried went well for long enough to go at full speed again.</summary>
    public bool IsOver => _limit >= options.MaxBatchSpans && _suspects.Count == 0;

    public void Restart() => (_limit, _isAnswering) = (1, false);

    /// <summary>Sends one batch from the cursor on.</summary>
    /// <returns>Null when it went well; otherwise what stands in the way.</returns>
    public async Task<DeliveryVerdict?> StepAsync(DeliveryWindow window, CancellationToken stop, CancellationToken abort)
    {
        var suspects = _suspects.Count;
        var max = suspects == 0 ? _limit : _limit + suspects + options.MaxBatchSpans;
        var items = feed.Read(ledger.Cursor, max);
        if (feed.Epoch != ledger.Epoch || !feed.IsReady)
        {
            return null;
        }

        if (items.Count == 0)
        {
            // Nothing is owed; what comes next may come at full speed.
            _limit = options.MaxBatchSpans;
            _suspects.Clear();
            return null;
        }

        var spans = desk.Prepare(items, window, items[^1].Revision);
        var passedOver = spans.Where(_suspects.Contains).ToList();
        var batch = Fitting(Beside(passedOver, spans));
        if (batch.Count == 0 && passedOver.Count == 0)
        {
            // Nothing here is for this destination, or it has it all: look further at a time.
            _limit = Math.Min(options.MaxBatchSpans, _limit * 2);
            return null;
        }

        if (batch.Count == 0)
        {
            return await OnlySuspectsAsync(passedOver, window, stop, abort);
        }

        if (await SendAsync(Take(batch, window), window, stop, abort) is { } trouble)
        {
            await SuspectAsync(batch, trouble, stop, abort);
            _limit = Math.Max(1, batch.Count / 2);
            return trouble;
        }

        _limit = Math.Min(options.MaxBatchSpans, _limit * 2);
        return await TrySuspectsAsync(passedOver, window, stop, abort);
    }

    /// <summary>Nothing was taken yet: few attempts. Afterwards a blip is a blip again: one that fails now and then shall not be kept at a crawl.</summary>
    private Task<DeliveryVerdict?> SendAsync(
        List<PendingItem> batch,
        DeliveryWindow window,
        CancellationToken stop,
        CancellationToken abort
    ) =>
        _limit > 1 && batch.Count > 1 ? sender.SendAsync(batch, window, stop, abort)
        : _isAnswering ? SendTwiceAsync(batch, window, stop, abort)
        : sender.SendOnceAsync(batch, window, stop, abort);

    /// <summary>For a balancer with one dead server of two: every other request fails there, and empty exports that are sent in between would get all the answers.</summary>
    private async Task<DeliveryVerdict?> SendTwiceAsync(
        List<PendingItem> batch,
        DeliveryWindow window,
        CancellationToken stop,
        CancellationToken abort
    )
    {
        var trouble = await sender.SendOnceAsync(batch, window, stop, abort);
        return trouble is { Status: not 429, RetryAfter: null } ? await sender.SendOnceAsync(batch, window, stop, abort) : trouble;
    }

    /// <summary>What can be tried while some are passed over.</summary>
    private IEnumerable<PendingItem> Beside(List<PendingItem> passedOver, List<PendingItem> spans)
    {
        var sessions = passedOver.Select(static span => span.SessionId).ToHashSet();
        var others = spans.Where(span => !sessions.Contains(span.SessionId)).ToList();
        return others.Count > 0 ? others : spans.Where(span => !_suspects.Contains(span));
    }

    private List<PendingItem> Fitting(IEnumerable<PendingItem> spans)
    {
        long bytes = 0;
        return [.. spans.Take(_limit).TakeWhile((span, i) => (bytes += span.Parcel.Size) <= options.MaxBatchBytes || i == 0)];
    }

    private static List<PendingItem> Take(List<PendingItem> spans, DeliveryWindow window) => [.. spans.Where(window.TryTake)];

    /// <summary>Only suspects are owed: without another that gets through they cannot be told from the destination's own trouble.</summary>
    private async Task<DeliveryVerdict?> OnlySuspectsAsync(
        List<PendingItem> passedOver,
        DeliveryWindow window,
        CancellationToken stop,
        CancellationToken abort
    )
    {
        var trouble = await SendTwiceAsync(Take([passedOver[0]], window), window, stop, abort);
        if (trouble is null)
        {
            _suspects.Clear();
        }

        return trouble;
    }

    /// <summary>One observation failed alone. If an empty export gets an answer at the same time, it may be the observation.</summary>
    private async Task SuspectAsync(List<PendingItem> batch, DeliveryVerdict trouble, CancellationToken stop, CancellationToken abort)
    {
        if (batch.Count == 1 && trouble.Status != 429)
        {
            _isAnswering = (await attempts.ProbeAsync(stop, abort)).IsJudgement;
            if (_isAnswering)
            {
                _suspects.Failed(batch[0]);
            }
        }
    }

    /// <summary>Another observation got through just now, so that those which fail still are guilty themselves.</summary>
    private async Task<DeliveryVerdict?> TrySuspectsAsync(
        List<PendingItem> suspects,
        DeliveryWindow window,
        CancellationToken stop,
        CancellationToken abort
    )
    {
        foreach (var suspect in suspects)
        {
            var trouble = await SendTwiceAsync(Take([suspect], window), window, stop, abort);
            if (trouble is null)
            {
                continue;
            }

            var probe = await attempts.ProbeAsync(stop, abort);
            if (trouble.Status == 429 || !probe.IsJudgement)
            {
                return trouble;
            }

            sender.SetAside(suspect, trouble, window);
        }

        _suspects.Clear();
        return null;
    }
}
