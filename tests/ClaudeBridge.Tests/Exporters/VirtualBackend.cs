using System.Buffers.Binary;
using System.Collections;
using ClaudeBridge.Exporters;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>A feed that is made up as it is read and holds nothing: revision after revision, an observation each, one trace after another, dealt out to some sessions in turn.</summary>
internal sealed class EndlessFeed(int sessions) : IFeed
{
    private const int TraceLength = 8;

    private readonly Lock _gate = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _latest;

    public string Epoch => "epoch-1";

    public long LatestRevision => Volatile.Read(ref _latest);

    public void GrowTo(long revision)
    {
        TaskCompletionSource grown;
        lock (_gate)
        {
            Volatile.Write(ref _latest, revision);
            (grown, _grown) = (_grown, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        grown.SetResult();
    }

    public IReadOnlyList<FeedItem> Read(long afterRevision, int max)
    {
        var count = (int)Math.Clamp(LatestRevision - afterRevision, 0, max);
        return [.. Enumerable.Range(1, count).Select(i => Item(afterRevision + i))];
    }

    public Task WaitAsync(long afterRevision, CancellationToken cancel)
    {
        lock (_gate)
        {
            return _latest > afterRevision ? Task.CompletedTask : _grown.Task.WaitAsync(cancel);
        }
    }

    public IReadOnlyList<ObservationItem> FindObservations(TraceId trace, ObservationId observation) => [];

    public IReadOnlyList<ScoresItem> FindScores(string sessionId) => [];

    /// <summary>The number of the session that an observation belongs to.</summary>
    public static long SessionOf(long revision, int sessions) => revision / TraceLength % sessions;

    private ObservationItem Item(long revision) =>
        new(
            revision,
            Some.Trace((int)(revision / TraceLength) + 1),
            Some.Context($"session-{SessionOf(revision, sessions)}"),
            Some.Generation() with
            {
                Id = new ObservationId((ulong)revision),
            },
            false
        );
}

/// <summary>A destination in memory and virtual time that behaves as it is told to, and notes what reached it and when it was asked.</summary>
internal sealed class VirtualBackend(ManualTimeProvider clock, int sessions) : IDestination
{
    private readonly Lock _gate = new();

    /// <summary>As large as it will ever be: what grows in a test of memory shall not be the test.</summary>
    private readonly BitArray _taken = new(20_000_000);
    private readonly long[] _last = new long[sessions];
    private readonly Dictionary<long, int> _askedInHour = [];

    public string Name => "Backend";

    public string LedgerName => Name;

    /// <summary>What it does with a request now.</summary>
    public Func<CancellationToken, Task<DeliveryVerdict>> Behave { get; set; } = static _ => Task.FromResult(Well);

    public static DeliveryVerdict Well { get; } = new(DeliveryOutcome.Delivered, 200);

    public int Taken { get; private set; }

    /// <summary>How often something reached it that it had already.</summary>
    public int Again { get; private set; }

    /// <summary>How often something of a session reached it after something later of the same session.</summary>
    public int OutOfOrder { get; private set; }

    public int Requests { get; private set; }

    /// <summary>The most requests in one virtual hour after the first.</summary>
    public int MostInAnHour
    {
        get
        {
            lock (_gate)
            {
                return _askedInHour.Values.Max();
            }
        }
    }

    public bool Takes(FeedItem item) => true;

    public TraceContext Complete(TraceContext context) => context;

    public byte[] Encode(TraceId traceId, Observation observation, TraceContext context)
    {
        var bytes = new byte[200];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (long)observation.Id.Value);
        return bytes;
    }

    public byte[] Encode(SessionScores scores, SessionScore score, TraceContext context) => throw new NotSupportedException();

    public Task<DeliveryVerdict> ProbeAsync(CancellationToken cancel) => SendAsync([], cancel);

    public async Task<DeliveryVerdict> SendAsync(IReadOnlyList<Parcel> parcels, CancellationToken cancel)
    {
        lock (_gate)
        {
            Requests++;
            var hour = clock.GetUtcNow().Ticks / TimeSpan.TicksPerHour;
            _askedInHour[hour] = _askedInHour.GetValueOrDefault(hour) + 1;
        }

        var verdict = await Behave(cancel);
        if (verdict.Outcome == DeliveryOutcome.Delivered)
        {
            Take(parcels);
        }

        return verdict;
    }

    private void Take(IReadOnlyList<Parcel> parcels)
    {
        lock (_gate)
        {
            foreach (var id in parcels.Select(static parcel => BinaryPrimitives.ReadInt64BigEndian(parcel.Content)))
            {
                var session = EndlessFeed.SessionOf(id, _last.Length);
                (Again, Taken) = _taken[(int)id] ? (Again + 1, Taken) : (Again, Taken + 1);
                _taken[(int)id] = true;
                OutOfOrder += id < _last[session] ? 1 : 0;
                _last[session] = id;
            }
        }
    }
}
