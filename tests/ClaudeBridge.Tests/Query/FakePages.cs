using System.Globalization;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Query;

/// <summary>A store of a few made-up sessions of two tenants that remembers what it was asked, and breaks when it is told to.</summary>
internal sealed class FakePages : IStorePages, IStoreChanges
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 7;

    /// <summary>Thrown by every question.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Questions after so many fail.</summary>
    public int FailAfter { get; set; } = int.MaxValue;

    /// <summary>Every question waits for it.</summary>
    public ManualResetEventSlim Open { get; } = new(initialState: true);

    public ViewFilter? Filter { get; private set; }

    public PageRequest? Page { get; private set; }

    public OverviewRequest? Asked { get; private set; }

    public int Questions { get; private set; }

    public long Version => Interlocked.Read(ref _version);

    public IReadOnlyList<SessionRow> AllSessions { get; set; } =
    [.. Enumerable.Range(0, 25).Select(static n => Session($"s{n:00}", n % 2 == 0 ? "red" : "blue", n))];

    public void Change()
    {
        Interlocked.Increment(ref _version);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async Task<long> WaitAsync(long known, CancellationToken cancel)
    {
        while (Version == known)
        {
            await _changed.Task.WaitAsync(cancel);
        }

        return Version;
    }

    public Page<SessionRow> Sessions(ViewFilter filter, PageRequest page)
    {
        Ask(filter, page);
        return Cut(AllSessions.Where(row => IsOf(filter.Tenant, row.Tenant)), page);
    }

    public Page<TurnRow> Turns(ViewFilter filter, PageRequest page)
    {
        Ask(filter, page);
        return Cut(
            AllSessions
                .Where(row => IsOf(filter.Tenant, row.Tenant) && (filter.SessionId is null || filter.SessionId == row.SessionId))
                .SelectMany(static row => new[] { Turn(row, 2), Turn(row, 1) }),
            page
        );
    }

    public SessionRow? Session(string? tenant, string sessionId, string? service = null)
    {
        Ask(null, null);
        return AllSessions.FirstOrDefault(row => row.SessionId == sessionId && IsOf(tenant, row.Tenant));
    }

    public TracePage? Trace(string? tenant, string traceId, string? sessionId, int maxContent, int maxObservations)
    {
        Ask(null, null);
        return
            AllSessions
                .Where(row => IsOf(tenant, row.Tenant))
                .SelectMany(static row => new[] { Turn(row, 1), Turn(row, 2) })
                .FirstOrDefault(turn => turn.TraceId == traceId)
                is { } turn
            ? new TracePage(turn, Detail(turn), ContentsCut: maxContent < 100, ObservationsLeftOut: 0)
            : null;
    }

    public ObservationDetail? Observation(string? tenant, string traceId, string observationId) =>
        Trace(tenant, traceId, null, int.MaxValue, int.MaxValue)?.Trace.Observations.FirstOrDefault(one => one.Id == observationId);

    public OverviewReport Overview(OverviewRequest request)
    {
        Asked = request;
        Ask(request.Filter, null);
        return new OverviewReport
        {
            Total = new OverviewRow
            {
                Key = "",
                Sessions = 0,
                Traces = 0,
                Generations = 0,
                FailedGenerations = 0,
                RefusedGenerations = 0,
                Usage = new(0, 0, 0, 0),
                Cost = "0",
                CostMicros = 0,
            },
            Steps = [],
            Models = [],
            Tools = [],
            Users = [],
            Teams = [],
            Repositories = [],
            Metrics = MetricSums.None,
        };
    }

    public FilterValues Values(string? tenant)
    {
        Ask(new ViewFilter { Tenant = tenant }, null);
        return new([], [], [], new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal), []);
    }

    public Page<MemberRow> Members(string? tenant, PageRequest page)
    {
        Ask(new ViewFilter { Tenant = tenant }, page);
        return new([], null);
    }

    public Page<EventRow> Events(ViewFilter filter, PageRequest page)
    {
        Ask(filter, page);
        return Cut(
            Enumerable
                .Range(1, 12)
                .Select(static n => new EventRow(
                    n,
                    "event",
                    Start.AddSeconds(n),
                    "api_request",
                    "s00",
                    "red",
                    null,
                    new Dictionary<string, string>(StringComparer.Ordinal) { ["model"] = "opus", ["quote"] = "a,\"b\"\r\nc" }
                )),
            page
        );
    }

    public (IReadOnlyList<EventRow> Items, long Next) EventsAfter(ViewFilter filter, long? after, int limit) => ([], after ?? 0);

    public static SessionRow Session(string id, string tenant, int n) =>
        new()
        {
            SessionId = id,
            Tenant = tenant,
            UserId = "user-" + n,
            Title = n == 3 ? "=cmd|' /C calc'!A0" : $"do \"{n}\", please\nnow",
            StartTime = Start.AddMinutes(-n),
            EndTime = Start.AddMinutes(-n).AddSeconds(30.5),
            Traces = 2,
            Generations = n,
            Tools = 1,
            Errors = n % 3,
            Usage = new(n, 2 * n, 3 * n, 4 * n),
            Cost = $"0.0{n}1",
            CostMicros = (n * 1000) + 1,
            ClientVersion = "2.1.329",
            Completeness = "partial",
            CompletenessReasons = ["there are gaps, \"many\""],
            Models = ["opus", "haiku"],
            Team = "team",
        };

    private static TurnRow Turn(SessionRow row, int n) =>
        new()
        {
            TraceId = $"{row.SessionId[1..]}{n}".PadLeft(32, '0'),
            SessionId = row.SessionId,
            Tenant = row.Tenant,
            Name = "claude-code",
            StartTime = row.StartTime.AddSeconds(n),
            EndTime = row.EndTime,
            Level = "DEFAULT",
            IsSettled = true,
            Generations = 1,
            Tools = 0,
            Errors = 0,
            Usage = new(1, 1, 0, 0),
            Cost = "0.01",
            CostMicros = 10_000,
        };

    private static TraceDetail Detail(TurnRow turn) =>
        new()
        {
            TraceId = turn.TraceId,
            Name = turn.Name,
            StartTime = turn.StartTime,
            EndTime = turn.EndTime,
            Level = turn.Level,
            Observations =
            [
                new()
                {
                    Id = "00000000000000a1",
                    Type = "GENERATION",
                    Name = "opus",
                    StartTime = turn.StartTime,
                    EndTime = turn.EndTime,
                    Level = "DEFAULT",
                    Usage = new(1, 1, 0, 0),
                    Cost = "0.01",
                    CostMicros = 10_000,
                    Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "v" },
                },
            ],
        };

    private static bool IsOf(string? asked, string tenant) => asked is null || asked == tenant;

    private static Page<T> Cut<T>(IEnumerable<T> all, PageRequest page)
    {
        var begin =
            page.Cursor is null ? 0
            : int.TryParse(page.Cursor, CultureInfo.InvariantCulture, out var at) ? at
            : throw new BadCursorException();
        var rest = all.Skip(begin).ToList();
        return new(
            [.. rest.Take(page.Limit)],
            rest.Count > page.Limit ? (begin + page.Limit).ToString(CultureInfo.InvariantCulture) : null
        );
    }

    private void Ask(ViewFilter? filter, PageRequest? page)
    {
        Questions++;
        (Filter, Page) = (filter ?? Filter, page ?? Page);
        Open.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
        if (Failure is { } failure)
        {
            throw failure;
        }

        if (Questions > FailAfter)
        {
            throw new InvalidOperationException("That is enough.");
        }
    }
}
