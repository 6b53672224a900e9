using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Cli;

/// <summary>Pages that know nothing but the events they are given.</summary>
internal sealed class FakeEvents : IStorePages
{
    private readonly Lock _lock = new();
    private readonly List<EventRow> _rows = [];
    private string? _trouble;

    /// <summary>How often it was asked for anything.</summary>
    public int Questions { get; private set; }

    /// <summary>Whose a session is.</summary>
    public Dictionary<string, string> Users { get; } = [];

    /// <summary>Why the store cannot be read; null when it can.</summary>
    public string? Trouble
    {
        set
        {
            lock (_lock)
            {
                _trouble = value;
            }
        }
    }

    public void Add(string name, string? session = "ba7d0de2-a043", string kind = "event", params (string Key, string Value)[] attributes)
    {
        lock (_lock)
        {
            _rows.Add(
                new EventRow(
                    _rows.Count + 1,
                    kind,
                    Some.Time.AddMilliseconds(_rows.Count),
                    name,
                    session,
                    "",
                    null,
                    attributes.ToDictionary(static one => one.Key, static one => one.Value)
                )
            );
        }
    }

    /// <summary>A store that is built anew.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rows.Clear();
        }
    }

    public (IReadOnlyList<EventRow> Items, long Next) EventsAfter(ViewFilter filter, long? after, int limit)
    {
        lock (_lock)
        {
            Ask();
            if (after is not { } from)
            {
                return ([], _rows.Count);
            }

            var items = _rows.Where(row => row.Cursor > from && Fits(row, filter)).Take(limit).ToList();
            return (items, items.Count == limit ? items[^1].Cursor : Math.Max(from, _rows.Count));
        }
    }

    public Page<EventRow> Events(ViewFilter filter, PageRequest page)
    {
        lock (_lock)
        {
            Ask();
            var skip = page.Cursor is null ? 0 : int.Parse(page.Cursor);
            // Fewer a page than asked for, as a real one may.
            var found = _rows.AsEnumerable().Reverse().Skip(skip).Take(3).ToList();
            return new([.. found.Where(row => Fits(row, filter))], skip + 3 < _rows.Count ? $"{skip + 3}" : null);
        }
    }

    public SessionRow? Session(string? tenant, string sessionId, string? service = null)
    {
        lock (_lock)
        {
            Ask();
            return Users.GetValueOrDefault(sessionId) is not { } user
                ? null
                : new SessionRow
                {
                    SessionId = sessionId,
                    UserId = user,
                    StartTime = Some.Time,
                    EndTime = Some.Time,
                    Traces = 1,
                    Generations = 1,
                    Tools = 0,
                    Errors = 0,
                    Usage = new UsageSummary(0, 0, 0, 0),
                    Cost = "0",
                    CostMicros = 0,
                    Completeness = "complete",
                    CompletenessReasons = [],
                };
        }
    }

    public Page<SessionRow> Sessions(ViewFilter filter, PageRequest page) => throw new NotSupportedException();

    public Page<TurnRow> Turns(ViewFilter filter, PageRequest page) => throw new NotSupportedException();

    public TracePage? Trace(string? tenant, string traceId, string? sessionId, int maxContent, int maxObservations) =>
        throw new NotSupportedException();

    public ObservationDetail? Observation(string? tenant, string traceId, string observationId) => throw new NotSupportedException();

    public OverviewReport Overview(OverviewRequest request) => throw new NotSupportedException();

    public FilterValues Values(string? tenant) => throw new NotSupportedException();

    public Page<MemberRow> Members(string? tenant, PageRequest page) => throw new NotSupportedException();

    private static bool Fits(EventRow row, ViewFilter filter) => filter.Text is null || row.Name == filter.Text;

    private void Ask()
    {
        Questions++;
        if (_trouble is not null)
        {
            throw new StoreUnavailableException(_trouble);
        }
    }
}
