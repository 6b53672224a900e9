using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Store.Pages;

/// <summary>Answers the questions of pages and API from the file alone: beside a running bridge, in any process.</summary>
/// <param name="path">The file <c>store.db</c>.</param>
/// <param name="busyTimeout">How long to wait for a lock.</param>
/// <param name="writer">Told of damage that is met, so that it is mended; null where no writer is at work in this process.</param>
internal sealed class StorePages(string path, TimeSpan busyTimeout, StoreDatabase? writer = null) : IStorePages
{
    /// <summary>The store of a data folder.</summary>
    public static StorePages In(string dataFolder, StoreOptions? options = null, StoreDatabase? writer = null) =>
        new(Path.Combine(dataFolder, StoreDatabase.FileName), (options ?? new StoreOptions()).BusyTimeout, writer);

    public Page<SessionRow> Sessions(ViewFilter filter, PageRequest page) =>
        Ask(reader =>
        {
            using var list = new SessionList(reader);
            return list.Page(filter, page);
        });

    public Page<TurnRow> Turns(ViewFilter filter, PageRequest page) =>
        Ask(reader =>
        {
            using var list = new TurnList(reader);
            return list.Page(filter, page);
        });

    public SessionRow? Session(string? tenant, string sessionId, string? service = null) =>
        Ask(reader =>
        {
            using var list = new SessionList(reader);
            return list.One(tenant, sessionId, service);
        });

    public TracePage? Trace(string? tenant, string traceId, string? sessionId, int maxContent, int maxObservations) =>
        Ask(reader =>
        {
            using var traces = new TraceReader(reader);
            return traces.Page(tenant, traceId, sessionId, maxContent, maxObservations);
        });

    public ObservationDetail? Observation(string? tenant, string traceId, string observationId) =>
        Ask(reader =>
        {
            using var traces = new TraceReader(reader);
            return traces.Observation(tenant, traceId, observationId);
        });

    public OverviewReport Overview(OverviewRequest request) => Ask(reader => reader.Overview(request));

    public FilterValues Values(string? tenant) =>
        Ask(reader =>
        {
            using var values = new ValueReader(reader);
            return values.Read(tenant);
        });

    public Page<MemberRow> Members(string? tenant, PageRequest page) =>
        Ask(reader =>
        {
            using var members = new MemberReader(reader);
            return members.Page(tenant, page);
        });

    public Page<EventRow> Events(ViewFilter filter, PageRequest page) =>
        Ask(reader =>
        {
            using var events = new EventReader(reader);
            return events.Page(filter, page);
        });

    public (IReadOnlyList<EventRow> Items, long Next) EventsAfter(ViewFilter filter, long? after, int limit) =>
        Ask(reader =>
        {
            using var events = new EventReader(reader);
            return events.After(filter, after, limit);
        });

    private T Ask<T>(Func<QueryReader, T> question)
    {
        var epoch = writer?.Epoch;
        using var connection = StoreDatabase.OpenReader(path, busyTimeout);
        try
        {
            // One snapshot for the whole answer, whatever is written meanwhile.
            Statement.Execute(connection.Handle!, "BEGIN");
            using var reader = new QueryReader(connection.Handle!);
            return question(reader);
        }
        catch (Exception failure) when (failure is SqliteException or StoreDamagedException)
        {
            if (epoch is not null && StoreDatabase.IsDamage(failure))
            {
                writer?.Suspect(failure, epoch);
            }

            throw StoreAccess.Unreadable(path, failure);
        }
    }
}
