using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store.Pages;

/// <summary>Reads one trace with its observations, or one observation, on one snapshot.</summary>
internal sealed class TraceReader(QueryReader reader) : IDisposable
{
    private readonly Statements _statements = reader.NewStatements();

    /// <param name="sessionId">Null for the first session that took part.</param>
    public TracePage? Page(string? tenant, string traceId, string? sessionId, int maxContent, int maxObservations)
    {
        if (!TraceId.TryParse(traceId, out var id) || Rows(tenant, id, sessionId) is not [var row, ..])
        {
            return null;
        }

        var places = Places(row);
        using var turns = new TurnList(reader);
        var contents = new ContentLimit(Math.Max(0, maxContent));
        var shown = places.Take(Math.Max(0, maxObservations)).Select(place => contents.Cut(Observation(place))).ToList();
        var detail = contents.Cut(reader.Detail(row)) with { Observations = shown };
        return new TracePage(turns.Row(row), detail, contents.HasCut, places.Count - shown.Count);
    }

    public ObservationDetail? Observation(string? tenant, string traceId, string observationId)
    {
        if (
            !TraceId.TryParse(traceId, out var id)
            || observationId.Length != 16
            || !ulong.TryParse(
                observationId,
                System.Globalization.NumberStyles.AllowHexSpecifier,
                System.Globalization.CultureInfo.InvariantCulture,
                out var wanted
            )
        )
        {
            return null;
        }

        foreach (var place in Rows(tenant, id, null).SelectMany(Places).Where(place => place.Id.Value == wanted))
        {
            return Observation(place);
        }

        return null;
    }

    public void Dispose() => _statements.Dispose();

    /// <summary>The rows of a trace: one for each session that took part; Claude Code's go first, then the earliest.</summary>
    private List<long> Rows(string? tenant, TraceId id, string? sessionId)
    {
        var where = new Conditions();
        where.And($"t.trace_id = {where.Value(id.ToBytes())}");
        if (tenant is not null)
        {
            where.And($"t.tenant = {where.Value(tenant)}");
        }

        if (sessionId is not null)
        {
            where.And($"t.session_id = {where.Value(sessionId)}");
        }

        var rows = new List<long>();
        var read = where.BindTo(
            _statements.Prepare($"SELECT t.id FROM traces t WHERE {where.Sql} ORDER BY t.service, t.tenant, t.started, t.session_id, t.id")
        );
        while (read.Step())
        {
            rows.Add(read.Long(0));
        }

        return rows;
    }

    private Statement? _places;
    private Statement? _content;

    /// <summary>The observations of a trace without their contents, by start.</summary>
    private List<Place> Places(long trace)
    {
        _places ??= _statements.Prepare("SELECT id, observation_id, readiness, start_nano FROM observations WHERE trace = ?1");
        var places = new List<Place>();
        _places.Bind(1, trace);
        while (_places.Step())
        {
            places.Add(
                new Place(_places.Long(0), new ObservationId((ulong)_places.Long(1)), (Readiness)_places.Int(2), (ulong)_places.Long(3))
            );
        }

        places.Sort(static (one, other) => (one.Start, one.Id.Value).CompareTo((other.Start, other.Id.Value)));
        return places;
    }

    private ObservationDetail Observation(Place place)
    {
        _content ??= _statements.Prepare("SELECT data FROM contents WHERE observation = ?1");
        if (!_content.Bind(1, place.Row).Step())
        {
            throw new StoreDamagedException("An observation in the store has no content.");
        }

        var detail = QueryReader.Detail(ObservationCodec.Read(place.Id, place.Readiness, _content.Blob(0)));
        _content.Reset();
        return detail;
    }

    private readonly record struct Place(long Row, ObservationId Id, Readiness Readiness, ulong Start);

    /// <summary>Cuts texts to a length and knows whether that was needed.</summary>
    private sealed class ContentLimit(int length)
    {
        private bool _hasCut;

        public bool HasCut => _hasCut;

        public ObservationDetail Cut(ObservationDetail observation) =>
            observation with
            {
                Input = Heads.Cut(observation.Input, length, ref _hasCut),
                Output = Heads.Cut(observation.Output, length, ref _hasCut),
            };

        public TraceDetail Cut(TraceDetail trace) =>
            trace with
            {
                Input = Heads.Cut(trace.Input, length, ref _hasCut),
                Output = Heads.Cut(trace.Output, length, ref _hasCut),
            };
    }
}
