using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Store;

/// <summary>Answers from the file alone, over a connection of its own for each question: beside a running bridge, in any process.</summary>
internal sealed class StoreQueries(StoreQuestion store) : IStoreQueries
{
    private const int ShownCandidates = 10;

    /// <summary>The store of a data folder.</summary>
    /// <param name="options">A bridge's, which bound each question; null in a command, which may take its time.</param>
    /// <param name="writer">Told of damage that is met, so that it is mended; null where no writer is at work in this process.</param>
    public static StoreQueries In(string dataFolder, StoreOptions? options = null, StoreDatabase? writer = null) =>
        new(StoreQuestion.In(dataFolder, options, writer));

    /// <inheritdoc/>
    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    public IReadOnlyList<SessionSummary> Sessions(int limit = int.MaxValue) =>
        Ask<IReadOnlyList<SessionSummary>>(reader =>
        {
            using var list = new SessionList(reader);
            return [.. list.Read(new ViewFilter { Service = ViewFilter.AnyService }, PageOrder.Latest, after: null, limit)];
        });

    /// <inheritdoc/>
    /// <exception cref="AmbiguousIdException">The beginning fits several sessions.</exception>
    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    public SessionDetail? Session(string sessionId) =>
        Ask(reader =>
            OnlyOne(sessionId, reader.SessionIdsFrom(sessionId, ShownCandidates)) is { } found ? Detail(reader, found, null) : null
        );

    /// <inheritdoc/>
    /// <remarks>The sums are the session's; the list of traces holds the one asked for.</remarks>
    /// <exception cref="AmbiguousIdException">The beginning fits several traces, or one that several sessions took part in: then the candidates are the sessions.</exception>
    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    public SessionDetail? SessionOfTrace(string traceId) =>
        Ask(reader =>
        {
            var found = reader.TracesFrom(traceId, ShownCandidates);
            if (OnlyOne(traceId, [.. found.Select(static trace => trace.Id.ToString()).Distinct()]) is null)
            {
                return null;
            }

            var session = OnlyOne(traceId, [.. found.Select(static trace => trace.SessionId).Distinct()])!;
            return Detail(reader, session, found[0].Id);
        });

    /// <inheritdoc/>
    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    public TurnFigures? Turn(TraceId traceId, string sessionId, ObservationId root, string tenant = "") =>
        Ask(reader => reader.Trace(traceId, tenant, sessionId) is { } trace ? TurnSum.Of(trace, root, reader) : null);

    /// <inheritdoc/>
    /// <exception cref="StoreUnavailableException">There is no store, or it cannot be read.</exception>
    public TotalsReport Totals(TotalsRequest request) => Ask(reader => reader.Totals(request));

    private static string? OnlyOne(string prefix, IReadOnlyList<string> candidates) =>
        candidates switch
        {
            [] => null,
            [var only] => only,
            _ when candidates.Contains(prefix) => prefix,
            _ => throw new AmbiguousIdException(prefix, candidates),
        };

    private static SessionDetail Detail(QueryReader reader, string sessionId, TraceId? onlyTrace)
    {
        var traces = reader.TracesOf(sessionId).ToList();
        // Programs and tenants that use the same id: Claude Code without a tenant goes first. The others' sessions are found by their traces.
        var session = traces
            .Where(trace => onlyTrace is null || trace.TraceId == onlyTrace)
            .OrderBy(static trace => trace.Service, StringComparer.Ordinal)
            .ThenBy(static trace => trace.Tenant, StringComparer.Ordinal)
            .First()
            .Listed;
        var sum = new SessionSum(session);
        var list = new List<TraceDetail>();
        foreach (var trace in traces.Where(trace => trace.Listed == session))
        {
            sum.Add(trace);
            if (onlyTrace is null || trace.TraceId == onlyTrace)
            {
                list.Add(reader.Detail(trace));
            }
        }

        var metrics = session.Service is null ? reader.MetricsOf(session.Tenant, session.SessionId) : MetricSums.None;
        return sum.Detail(list, reader.Verdict(session), metrics);
    }

    private T Ask<T>(Func<QueryReader, T> question) => store.Ask(question);
}
