using System.Globalization;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary>Prints one line for each turn that is settled from now on, and again when a turn changed so that its line did.</summary>
internal sealed class TurnPrinter(IFeed feed, IStoreQueries store, LangfuseLinks? links, TextWriter output)
{
    private const int ReadAtOnce = 32;

    /// <summary>Lines remembered so that a turn whose line did not change is not printed again.</summary>
    private const int Remembered = 1000;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private static readonly TurnFigures s_nothing = new(0, 0, 0, new UsageSummary(0, 0, 0, 0), 0);

    private readonly Dictionary<(TraceId, ObservationId), string> _printed = [];
    private readonly Queue<(TraceId, ObservationId)> _order = new();
    private long _seen;
    private string _epoch = "";

    /// <summary>Returns when cancelled; what goes wrong with printing never ends the bridge.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        _seen = feed.LatestRevision;
        _epoch = feed.Epoch;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await PrintNewsAsync(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // The end of the bridge.
            }
            // A full disk behind stdout, or a store that is being built anew: lines are not worth the bridge, so those are left out.
            catch (Exception)
            {
                (_seen, _epoch) = (feed.LatestRevision, feed.Epoch);
                await Task.Delay(AfterFailure, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Apart from the loop, which would hold on to what it has read while it waits for more.</summary>
    private async Task PrintNewsAsync(CancellationToken cancel)
    {
        await feed.WaitAsync(_seen, cancel);
        var printed = await PrintAfterAsync(_seen, cancel);
        // A rebuilt store counts anew; its old turns are not news.
        (_seen, _epoch) = feed.Epoch == _epoch ? (printed, _epoch) : (feed.LatestRevision, feed.Epoch);
    }

    /// <returns>The revision up to which all is printed.</returns>
    private async Task<long> PrintAfterAsync(long revision, CancellationToken cancel)
    {
        var items = feed.Read(revision, ReadAtOnce);
        foreach (var item in items.OfType<ObservationItem>().Where(static item => item.Observation.IsRoot))
        {
            await PrintAsync(item, cancel);
        }

        return items.Count > 0 ? items[^1].Revision : revision;
    }

    private async Task PrintAsync(ObservationItem item, CancellationToken cancel)
    {
        var line = LineOf(item);
        var key = (item.TraceId, item.Observation.Id);
        if (_printed.GetValueOrDefault(key) == line)
        {
            return;
        }

        if (_printed.TryAdd(key, line))
        {
            _order.Enqueue(key);
            if (_order.Count > Remembered)
            {
                _printed.Remove(_order.Dequeue());
            }
        }

        _printed[key] = line;
        var link = links is null
            ? $"  trace {Texts.ShortId(item.TraceId.ToString())}"
            : $"  {await links.TraceAsync(item.TraceId, cancel)}";
        await output.WriteLineAsync(line + link);
        await output.FlushAsync(cancel);
    }

    private string LineOf(ObservationItem item)
    {
        var turn = item.Observation;
        var time = DateTimeOffset.UnixEpoch.AddTicks((long)(turn.StartUnixNano / 100));
        var sum = SumOf(item);
        var errors =
            sum.Errors > 0 || turn.Level == ObservationLevel.Error ? $"  {Texts.Number(Math.Max(1, sum.Errors), "error", "errors")}" : "";
        return $"{Texts.Time(time)}  {Texts.OneLine(item.Context.Name, 60)}  "
            + $"{Texts.Number(sum.Generations, "request", "requests")}  {Texts.Number(sum.Tools, "tool", "tools")}{errors}  "
            + $"{Texts.Count(sum.Usage.Input + sum.Usage.CacheRead + sum.Usage.CacheCreation)} → {Texts.Count(sum.Usage.Output)} tokens  "
            + Texts.Cost(sum.Cost.ToString(CultureInfo.InvariantCulture));
    }

    private TurnFigures SumOf(ObservationItem item)
    {
        try
        {
            return store.Turn(item.TraceId, item.Context.SessionId, item.Observation.Id, item.Context.Tenant) ?? s_nothing;
        }
        catch (StoreUnavailableException)
        {
            return s_nothing;
        }
    }
}
