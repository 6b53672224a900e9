using System.Text.Json.Nodes;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>Langfuse's observations as a user would see them: one row for each trace, span and start, the last one wins. Safe for many threads.</summary>
public sealed class LangfuseTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Trace, string Span, ulong Start), LangfuseRow> _rows = [];
    private readonly IngestedThings _ingested = new();
    private readonly Dictionary<(string Trace, string Span, ulong Start), Span> _latest = [];
    private readonly Dictionary<(string Trace, string Span), int> _repeats = [];
    private int _requests;

    /// <summary>While set, it ticks off what comes, and nothing is kept: neither rows nor scores.</summary>
    public SpanTally? Tally { get; set; }

    /// <summary>All rows, by trace, start and id.</summary>
    public IReadOnlyList<LangfuseRow> Observations
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. AllNeedsLock()
                        .OrderBy(static row => row.TraceId, StringComparer.Ordinal)
                        .ThenBy(static row => row.Start)
                        .ThenBy(static row => row.Id, StringComparer.Ordinal),
                ];
            }
        }
    }

    /// <summary>How many rows came over OTLP; cheaper than all of them.</summary>
    public int SpanCount
    {
        get
        {
            lock (_gate)
            {
                return _rows.Count;
            }
        }
    }

    /// <summary>All scores, by session or trace and name.</summary>
    public IReadOnlyList<LangfuseScoreRow> Scores
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _ingested
                        .Scores()
                        .OrderBy(static score => score.SessionId ?? score.TraceId, StringComparer.Ordinal)
                        .ThenBy(static score => score.Name, StringComparer.Ordinal),
                ];
            }
        }
    }

    /// <summary>Observations that stand in more than one row because they came with different starts: wrong for good.</summary>
    public IReadOnlyList<LangfuseRow> DuplicateRows =>
        [
            .. Observations
                .GroupBy(static row => (row.TraceId, row.Id))
                .Where(static rows => rows.Count() > 1)
                .SelectMany(static rows => rows),
        ];

    /// <summary>Rows that were taken more than once.</summary>
    public IReadOnlyList<LangfuseRow> ResentRows => [.. Observations.Where(static row => row.Deliveries > 1)];

    /// <summary>How often spans were taken that said exactly what their row had said already, by trace and span.</summary>
    public IReadOnlyDictionary<(string Trace, string Span), int> Repeats
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<(string, string), int>(_repeats);
            }
        }
    }

    /// <summary>Observations whose parent never came.</summary>
    public IReadOnlyList<LangfuseRow> Orphans
    {
        get
        {
            var rows = Observations;
            var known = rows.Select(static row => (row.TraceId, (string?)row.Id)).ToHashSet();
            return [.. rows.Where(row => row.ParentId is not null && !known.Contains((row.TraceId, row.ParentId)))];
        }
    }

    /// <summary>How many requests with spans were taken.</summary>
    public int TakenRequests
    {
        get
        {
            lock (_gate)
            {
                return _requests;
            }
        }
    }

    public void Take(IReadOnlyList<Span> spans)
    {
        if (Tally is { } tally)
        {
            tally.Take(spans);
            return;
        }

        lock (_gate)
        {
            _requests += spans.Count > 0 ? 1 : 0;
            foreach (var span in spans)
            {
                var row = LangfuseRow.From(span, deliveries: 1, _requests);
                var key = (row.TraceId, row.Id, row.Start);
                if (_latest.TryGetValue(key, out var latest) && latest.Equals(span))
                {
                    _repeats[(row.TraceId, row.Id)] = _repeats.GetValueOrDefault((row.TraceId, row.Id)) + 1;
                }

                _latest[key] = span;
                _rows[key] = _rows.TryGetValue(key, out var earlier) ? row with { Deliveries = earlier.Deliveries + 1 } : row;
            }
        }
    }

    /// <summary>Takes an event of the ingestion API.</summary>
    public void Take(string type, string timestamp, JsonObject body, LangfuseEdition edition)
    {
        if (Tally is not null)
        {
            return;
        }

        lock (_gate)
        {
            _ingested.Take(type, timestamp, body, edition);
        }
    }

    public IReadOnlyList<LangfuseRow> RowsFor(string traceId) => [.. Observations.Where(row => row.TraceId == traceId)];

    public LangfuseSessionTotals Session(string sessionId)
    {
        var rows = Observations.Where(row => row.SessionId == sessionId).ToList();
        return new LangfuseSessionTotals(
            rows.Select(static row => row.TraceId).Distinct().Count(),
            rows.Count,
            rows.Sum(static row => row.Cost ?? 0),
            Tokens(rows, "input"),
            Tokens(rows, "output")
        );
    }

    /// <summary>A trace as indented lines <c>type name</c>, children by start.</summary>
    public string Tree(string traceId)
    {
        var rows = RowsFor(traceId);
        var lines = new List<string>();
        var known = rows.Select(static row => row.Id).ToHashSet();
        foreach (var root in rows.Where(row => row.ParentId is null || !known.Contains(row.ParentId)))
        {
            Draw(root, depth: 0);
        }

        return string.Join('\n', lines);

        void Draw(LangfuseRow row, int depth)
        {
            lines.Add($"{new string(' ', depth * 2)}{row.Type} {row.Name}");
            foreach (var child in rows.Where(child => child.ParentId == row.Id))
            {
                Draw(child, depth + 1);
            }
        }
    }

    /// <summary>What came both ways is one row when trace, id and start are the same, and two for good when they are not.</summary>
    private IEnumerable<LangfuseRow> AllNeedsLock() =>
        _rows.Values.Concat(
            _ingested
                .Rows(trace => _rows.Values.FirstOrDefault(row => row.TraceId == trace)?.SessionId)
                .Where(row => !_rows.ContainsKey((row.TraceId, row.Id, row.Start)))
        );

    /// <summary>Langfuse counts every bucket whose name holds the word.</summary>
    private static long Tokens(IEnumerable<LangfuseRow> rows, string word) =>
        rows.SelectMany(static row => row.Usage)
            .Where(bucket => bucket.Key.Contains(word, StringComparison.Ordinal))
            .Sum(static bucket => bucket.Value);
}
