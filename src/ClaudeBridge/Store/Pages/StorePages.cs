namespace ClaudeBridge.Store.Pages;

/// <summary>Answers the questions of pages and API from the file alone: beside a running bridge, in any process.</summary>
internal sealed class StorePages(StoreQuestion store) : IStorePages
{
    /// <summary>The store of a data folder.</summary>
    /// <param name="options">A bridge's, which bound each question; null in a command, which may take its time.</param>
    /// <param name="writer">Told of damage that is met, so that it is mended; null where no writer is at work in this process.</param>
    public static StorePages In(string dataFolder, StoreOptions? options = null, StoreDatabase? writer = null) =>
        new(StoreQuestion.In(dataFolder, options, writer));

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

    private T Ask<T>(Func<QueryReader, T> question) => store.Ask(question);
}
