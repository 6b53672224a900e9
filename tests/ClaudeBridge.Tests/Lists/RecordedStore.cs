using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.Store;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Lists;

/// <summary>A store that recordings were taken into, with the pages over it.</summary>
internal sealed class RecordedStore : IDisposable
{
    private readonly StepApplier _applier;
    private long _position;

    public RecordedStore()
    {
        _applier = new StepApplier(Store.Writer, Store.Options, static (_, failure) => throw failure);
        Pages = StorePages.In(Store.Folder);
    }

    public TestStore Store { get; } = new();

    public StorePages Pages { get; }

    public static RecordedStore OfAll()
    {
        var store = new RecordedStore();
        foreach (var recording in Recording.All)
        {
            store.Take(recording.Requests.Select(static request => request.Decode()));
        }

        store.SettleAll();
        return store;
    }

    /// <summary>One step a request.</summary>
    public void Take(IEnumerable<DecodedExport> exports, string tenant = "")
    {
        foreach (var export in exports)
        {
            var read = RecordReader.Read(export, Store.Now, sender: new Sender(tenant));
            Apply(read.Sessions, read.Points);
        }
    }

    public void Take(string recording, string tenant = "") =>
        Take(Recording.Open(recording).Requests.Select(static request => request.Decode()), tenant);

    public void Apply(
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts,
        IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>>? points = null
    ) => _applier.Apply(facts, new JournalPosition(++_position), Store.Now, points);

    public void SettleAll() => Store.Writer.SettleAll(Store.Now);

    public List<SessionRow> Sessions(ViewFilter? filter = null, PageOrder order = PageOrder.Latest, int limit = 1000) =>
        Walk(cursor => Pages.Sessions(filter ?? new ViewFilter(), new PageRequest(limit, cursor, order)));

    public List<TurnRow> Turns(ViewFilter? filter = null, PageOrder order = PageOrder.Latest, int limit = 1000) =>
        Walk(cursor => Pages.Turns(filter ?? new ViewFilter(), new PageRequest(limit, cursor, order)));

    public static List<T> Walk<T>(Func<string?, Page<T>> page)
    {
        var all = new List<T>();
        string? cursor = null;
        for (var pages = 0; pages < 10_000; pages++)
        {
            var next = page(cursor);
            all.AddRange(next.Items);
            if ((cursor = next.Next) is null)
            {
                return all;
            }
        }

        throw new InvalidOperationException("The list does not end.");
    }

    public void Dispose() => Store.Dispose();

    /// <summary>A change of one synthetic session.</summary>
    public static SessionChange Change(
        string session,
        ulong trace,
        string tenant = "",
        double atSecond = 0,
        string? input = "hello",
        decimal cost = 0.01m,
        string? service = null,
        params Observation[] more
    )
    {
        var context = Some.Context(session) with { Tenant = tenant, Service = service };
        var request = Some.Observation(1, cost: cost, usage: new Usage(10, 20, 30, 40), atSecond: atSecond) with
        {
            Model = "claude-sonnet-4-5",
        };
        var view = Some.Trace([request, .. more, Some.Root(atSecond: atSecond)], new TraceId(new UInt128(7, trace)), context, input: input);
        return Some.Change(view) with { SessionKey = SessionKey.Within(tenant, SessionKey.OfSession(session)) };
    }
}

/// <summary>All recordings, for tests that only read.</summary>
public sealed class AllRecordings : IDisposable
{
    internal RecordedStore Store { get; } = RecordedStore.OfAll();

    public void Dispose() => Store.Dispose();
}
