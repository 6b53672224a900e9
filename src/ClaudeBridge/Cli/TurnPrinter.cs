using System.Globalization;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary>Prints one line for each turn that is settled from now on, and again when a turn changed so that its line did.</summary>
internal sealed class TurnPrinter(IFeed feed, IStoreQueries store, LangfuseLinks? links, TextWriter output)
{
    private const int ReadAtOnce = 256;

    /// <summary>Lines remembered so that a turn whose line did not change is not printed again.</summary>
    private const int Remembered = 1000;

    private readonly Dictionary<(TraceId, ObservationId), string> _printed = [];
    private readonly Queue<(TraceId, ObservationId)> _order = new();

    /// <summary>Returns when cancelled; what goes wrong with printing never ends the bridge.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var seen = feed.LatestRevision;
        var epoch = feed.Epoch;
        try
        {
            while (true)
            {
                await feed.WaitAsync(seen, cancel);
                var items = feed.Read(seen, ReadAtOnce);
                foreach (var item in items.Where(static item => item.Observation.IsRoot))
                {
                    await PrintAsync(item, cancel);
                }

                // A rebuilt store counts anew; its old turns are not news.
                (seen, epoch) =
                    feed.Epoch == epoch ? (items.Count > 0 ? items[^1].Revision : seen, epoch) : (feed.LatestRevision, feed.Epoch);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The end of the bridge.
        }
    }

    private async Task PrintAsync(FeedItem item, CancellationToken cancel)
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
        var link = links is null ? "" : $"  {await links.TraceAsync(item.TraceId, cancel)}";
        await output.WriteLineAsync(line + link);
        await output.FlushAsync(cancel);
    }

    private string LineOf(FeedItem item)
    {
        var turn = item.Observation;
        var time = DateTimeOffset.UnixEpoch.AddTicks((long)(turn.StartUnixNano / 100)).ToLocalTime();
        var sum = SumOf(item);
        var errors =
            sum.Errors > 0 || turn.Level == ObservationLevel.Error ? $"  {Texts.Number(Math.Max(1, sum.Errors), "error", "errors")}" : "";
        return $"{time.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {Texts.OneLine(item.Context.Name, 60)}  "
            + $"{Texts.Number(sum.Requests, "request", "requests")}  {Texts.Number(sum.Tools, "tool", "tools")}{errors}  "
            + $"{Texts.Count(sum.Input)} → {Texts.Count(sum.Output)} tokens  {Texts.Cost(sum.Cost.ToString(CultureInfo.InvariantCulture))}";
    }

    /// <summary>The observations below the turn, which in a shared trace are not all of the trace.</summary>
    private TurnSum SumOf(FeedItem item)
    {
        var trace = Find(item);
        var sum = new TurnSum();
        if (trace is null)
        {
            return sum;
        }

        var below = new HashSet<string>(StringComparer.Ordinal) { item.Observation.Id.ToString() };
        var rest = trace.Observations.ToList();
        // Observations stand by start, and a parent may start after its child: walk until nothing more joins.
        while (
            rest.RemoveAll(observation => observation.ParentId is { } parent && below.Contains(parent) && sum.Add(observation, below)) > 0
        ) { }
        return sum;
    }

    private TraceDetail? Find(FeedItem item)
    {
        var id = item.TraceId.ToString();
        try
        {
            return store.SessionOfTrace(id)?.TraceList.FirstOrDefault(trace => trace.TraceId == id);
        }
        catch (AmbiguousIdException)
        {
            // A trace that several sessions took part in.
            return store.Session(item.Context.SessionId)?.TraceList.FirstOrDefault(trace => trace.TraceId == id);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private sealed class TurnSum
    {
        public int Requests { get; private set; }

        public int Tools { get; private set; }

        public int Errors { get; private set; }

        public long Input { get; private set; }

        public long Output { get; private set; }

        public decimal Cost { get; private set; }

        public bool Add(ObservationDetail observation, HashSet<string> below)
        {
            below.Add(observation.Id);
            Requests += observation is { Type: "GENERATION", Usage: not null } ? 1 : 0;
            Tools += observation.Type == "TOOL" ? 1 : 0;
            Errors += observation.Level == "ERROR" ? 1 : 0;
            if (observation.Usage is { } usage)
            {
                Input += usage.Input + usage.CacheRead + usage.CacheCreation;
                Output += usage.Output;
            }

            Cost += decimal.TryParse(observation.Cost, NumberStyles.Float, CultureInfo.InvariantCulture, out var cost) ? cost : 0;
            return true;
        }
    }
}
