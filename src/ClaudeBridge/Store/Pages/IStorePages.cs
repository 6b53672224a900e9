namespace ClaudeBridge.Store.Pages;

/// <summary>The questions of pages and API: filtered, bounded, in pages. Each is answered from one state of the store. Any thread.</summary>
/// <remarks>Ids are whole ids here. All throw <see cref="StoreUnavailableException"/> when the store cannot be read.</remarks>
public interface IStorePages
{
    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    Page<SessionRow> Sessions(ViewFilter filter, PageRequest page);

    /// <summary>Turns of all sessions, or of the one that the filter names.</summary>
    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    Page<TurnRow> Turns(ViewFilter filter, PageRequest page);

    /// <param name="tenant">Null for any.</param>
    /// <param name="service">The other program whose session it is; null for Claude Code's, or else the only one of this id.</param>
    SessionRow? Session(string? tenant, string sessionId, string? service = null);

    /// <param name="tenant">Null for any.</param>
    /// <param name="sessionId">Needed only where several sessions took part in one trace; null for the first.</param>
    /// <param name="maxContent">Characters of each input and output at most.</param>
    /// <param name="maxObservations">Observations at most, by start.</param>
    TracePage? Trace(string? tenant, string traceId, string? sessionId, int maxContent, int maxObservations);

    /// <summary>One observation with its whole contents.</summary>
    ObservationDetail? Observation(string? tenant, string traceId, string observationId);

    OverviewReport Overview(OverviewRequest request);

    /// <param name="tenant">Null for all.</param>
    FilterValues Values(string? tenant);

    /// <summary>The latest seen first.</summary>
    /// <param name="tenant">Null for all.</param>
    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    Page<MemberRow> Members(string? tenant, PageRequest page);

    /// <summary>Records, the latest taken in first. A page may hold fewer than asked for, and still have a next one: what is searched a time is bounded.</summary>
    /// <param name="filter">Tenant, session, times and <see cref="ViewFilter.Text"/>, here the name of the event.</param>
    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    Page<EventRow> Events(ViewFilter filter, PageRequest page);

    /// <summary>Records taken in after one of them, in the order of taking in.</summary>
    /// <param name="after"><see cref="EventRow.Cursor"/>; null for the end: then nothing is returned but the cursor to go on from.</param>
    (IReadOnlyList<EventRow> Items, long Next) EventsAfter(ViewFilter filter, long? after, int limit);
}

/// <summary>Tells that the store has something new. In the running bridge only.</summary>
public interface IStoreChanges
{
    /// <summary>Rises with every change that a reader could see.</summary>
    long Version { get; }

    /// <summary>Returns the version as soon as it is another than the one known.</summary>
    Task<long> WaitAsync(long known, CancellationToken cancel);
}
