using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>A store of made-up sessions: ordinary ones, and some that are nasty in every text. Remembers what it was asked.</summary>
internal sealed class FakePages(DateTimeOffset now) : IStorePages
{
    public const string Nasty = "<script>alert('x')</script>\" onload=\"x\" & \u202eevil \0 "; // ends in a space on purpose
    public const string LongWord =
        "averyveryverylongwordwithoutanyplacetobreakitaveryveryverylongwordwithoutanyplacetobreakitaveryveryverylongwordwithoutanyplace";
    public const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    public const string LargeTrace = "1af7651916cd43dd8448eb211c80319c";
    public const string SessionId = "5f0c41d2-1111-4222-8333-444444444444";

    private static readonly string[] Models = ["claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5"];
    private static readonly string[] Prompts =
    [
        "Find all routes and all tables, each with its own agent.",
        "The build fails on main since this morning. Find out why and mend it; add a test that would have caught it.",
        "Write a migration that moves the orders to the new schema without downtime",
        Nasty,
        LongWord,
        "اكتب اختبارًا لهذا الملف",
    ];

    public bool IsEmpty { get; init; }

    public Exception? Failure { get; init; }

    public int LargeCount { get; init; } = 5_000;

    public ViewFilter? LastFilter { get; private set; }

    public PageRequest? LastPage { get; private set; }

    public string? LastTenant { get; private set; }

    public OverviewRequest? LastOverview { get; private set; }

    public Page<SessionRow> Sessions(ViewFilter filter, PageRequest page)
    {
        Ask(filter, page);
        return IsEmpty ? new([], null) : new([.. Enumerable.Range(0, 30).Select(SessionAt)], page.Cursor is null ? "next&page" : null);
    }

    public Page<TurnRow> Turns(ViewFilter filter, PageRequest page)
    {
        Ask(filter, page);
        return IsEmpty
            ? new([], null)
            : new([.. Enumerable.Range(0, Math.Min(30, page.Limit)).Select(TurnAt)], page.Cursor is null ? "next&page" : null);
    }

    public SessionRow? Session(string? tenant, string sessionId, string? service = null)
    {
        LastTenant = tenant;
        return IsEmpty || sessionId == "none" ? null : SessionAt(1) with { SessionId = sessionId };
    }

    public TracePage? Trace(string? tenant, string traceId, string? sessionId, int maxContent, int maxObservations)
    {
        LastTenant = tenant;
        if (IsEmpty || traceId is not (TraceId or LargeTrace))
        {
            return null;
        }

        var turn = TurnAt(1) with { TraceId = traceId };
        var observations = traceId == LargeTrace ? [.. Large(turn.StartTime)] : FakeTrace.Observations(turn.StartTime);
        var trace = new TraceDetail
        {
            TraceId = traceId,
            PromptId = "prompt-1",
            Name = turn.Name,
            StartTime = turn.StartTime,
            EndTime = observations.Max(static one => one.EndTime),
            Input = turn.Input,
            Output = turn.Output,
            Level = turn.Level,
            UserId = turn.UserId,
            Tags = turn.Tags,
            Environment = "prod",
            Metadata = new SortedDictionary<string, string> { ["team"] = "payments", ["host"] = Nasty },
            Observations = [.. observations.Take(maxObservations)],
        };
        return new(turn with { EndTime = trace.EndTime }, trace, ContentsCut: true, Math.Max(0, observations.Count - maxObservations));
    }

    public ObservationDetail? Observation(string? tenant, string traceId, string observationId) =>
        IsEmpty ? null : FakeTrace.Observations(now).FirstOrDefault(one => one.Id == observationId);

    public OverviewReport Overview(OverviewRequest request)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        LastOverview = request;
        var steps = (int)((request.To - request.From) / request.Step);
        var usage = new UsageSummary(812_345, 234_567, 45_678_901, 3_456_789);
        OverviewRow Row(string key, int part) =>
            new()
            {
                Key = key,
                Sessions = IsEmpty ? 0 : 90 / part,
                Traces = IsEmpty ? 0 : 640 / part,
                Generations = IsEmpty ? 0 : 4_210 / part,
                FailedGenerations = IsEmpty ? 0 : 12 / part,
                RefusedGenerations = 2 / part,
                Usage = usage,
                Cost = "184.0312",
                CostMicros = 184_031_200 / part,
                CacheHitRate = 0.914,
                Latency = new(4_000, 2_310, 9_870, 31_200, 61_000),
            };
        return new()
        {
            Total = Row("", 1),
            Steps =
            [
                .. Enumerable
                    .Range(0, steps)
                    .Select(step => new OverviewStep(
                        request.From + step * request.Step,
                        [
                            .. Models.Select(
                                (model, index) => new StepShare(model, Wave(step, index) * 1_000_000, Wave(step, index) * 90_000)
                            ),
                        ],
                        new(Wave(step, 0) * 9_000, Wave(step, 1) * 4_000, Wave(step, 2) * 400_000, Wave(step, 3) * 50_000),
                        Wave(step, 0) * 3_000_000,
                        21,
                        20
                    )),
            ],
            Models = [.. Models.Select((model, index) => Row(model, index + 1))],
            Tools =
            [
                .. new[] { "Bash", "Read", "Edit", "mcp__" + LongWord, Nasty, "(none)" }.Select(
                    (tool, index) =>
                        new ToolRow
                        {
                            Key = tool,
                            Calls = 2_000 / (index + 1),
                            Failed = index * 3,
                            Refused = index,
                            Latency = new(10, 120, 1_300, 9_000, 20_000),
                            EstimatedCost = "1.25",
                            EstimatedCostMicros = 1_250_000 / (index + 1),
                        }
                ),
            ],
            Users = [.. Enumerable.Range(1, 14).Select(index => Row(index == 3 ? Nasty : $"user{index}@example.com", index))],
            Teams = [Row("payments", 1), Row("(none)", 4)],
            Repositories = [Row("shop/" + LongWord, 2), Row("bridge", 3)],
            Metrics = Sums,
        };
    }

    public FilterValues Values(string? tenant) =>
        new(
            ["mia@example.com", Nasty],
            Models,
            ["Bash", "Read", "Edit"],
            new Dictionary<string, IReadOnlyList<string>> { ["team"] = ["payments", "search"], ["repository"] = ["bridge"] },
            ["north", "south"]
        );

    public Page<MemberRow> Members(string? tenant, PageRequest page)
    {
        LastTenant = tenant;
        return IsEmpty
            ? new([], null)
            : new(
                [
                    new()
                    {
                        UserId = "mia@example.com",
                        Tenant = "north",
                        LastSeen = now.AddSeconds(-40),
                        LastLogs = now.AddSeconds(-40),
                        LastMetrics = now.AddMinutes(-1),
                        LastTraces = now.AddHours(-3),
                        ClientVersion = "2.1.329",
                        Sessions = 41,
                        Traces = 310,
                        Cost = "91.20",
                        CostMicros = 91_200_000,
                        HasPrompts = true,
                        HasToolDetails = true,
                        Metrics = Sums,
                    },
                    new()
                    {
                        UserId = Nasty,
                        LastSeen = now.AddDays(-4),
                        LastLogs = now.AddDays(-4),
                        Sessions = 1,
                        Traces = 3,
                        Cost = "0.00003",
                        CostMicros = 30,
                    },
                ],
                null
            );
    }

    public Page<EventRow> Events(ViewFilter filter, PageRequest page) =>
        IsEmpty
            ? new([], null)
            : new(
                [
                    .. Enumerable
                        .Range(0, 60)
                        .Select(index => new EventRow(
                            1000 - index,
                            index % 4 == 0 ? "span" : "event",
                            now.AddSeconds(-index),
                            index % 7 == 0 ? Nasty
                                : index % 2 == 0 ? "tool_result"
                                : "api_request",
                            SessionId,
                            "",
                            null,
                            new Dictionary<string, string>()
                        )),
                ],
                null
            );

    public (IReadOnlyList<EventRow> Items, long Next) EventsAfter(ViewFilter filter, long? after, int limit) => ([], after ?? 0);

    private static MetricSums Sums { get; } =
        new()
        {
            LinesAdded = 12_840,
            LinesRemoved = 3_120,
            Commits = 61,
            PullRequests = 14,
            ActiveSecondsUser = 5_400,
            ActiveSecondsCli = 9_000,
            EditsAccepted = 90,
            EditsRejected = 10,
        };

    private static int Wave(int step, int index) => (step % 7 == 5 ? 0 : 3) + (step * (index + 3) + index * 5) % 9;

    private void Ask(ViewFilter filter, PageRequest page)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        LastFilter = filter;
        LastPage = page;
        LastTenant = filter.Tenant;
    }

    private SessionRow SessionAt(int index) =>
        new()
        {
            SessionId = index == 0 ? SessionId : $"{index:x8}-1111-4222-8333-444444444444",
            UserId =
                index % 5 == 3 ? Nasty
                : index % 4 == 2 ? null
                : "mia@example.com",
            StartTime = now.AddHours(-index).AddMinutes(-42),
            EndTime = now.AddHours(-index).AddSeconds(-20),
            Traces = index + 1,
            Generations = 12 * index,
            Tools = 31 * index,
            Errors = index % 3,
            Usage = new(12_000, 3_400, 812_000, 44_000),
            Cost = "1.23456",
            CostMicros = 1_234_560,
            ClientVersion = "2.1.329",
            Completeness =
                index % 4 == 1 ? "partial"
                : index % 9 == 8 ? "conflict"
                : "complete",
            CompletenessReasons = index % 4 == 1 ? ["metrics counted 3 requests more than the events tell of", Nasty] : [],
            Metrics = Sums,
            Tenant = "north",
            Title = Prompts[index % Prompts.Length],
            Models = [Models[index % 3]],
            Team = "payments",
            Repository = "bridge",
        };

    private TurnRow TurnAt(int index) =>
        new()
        {
            TraceId = index == 0 ? LargeTrace : TraceId,
            SessionId = SessionId,
            UserId = index % 5 == 3 ? Nasty : "mia@example.com",
            Name = index % 6 == 2 ? "claude-code /review" : "claude-code",
            PromptId = $"p{index}",
            ClientVersion = "2.1.329",
            Input = index == 7 ? null : Prompts[index % Prompts.Length],
            Output = index % 2 == 0 ? "There are 14 routes in three files, and 9 tables; the list follows. " + Prompts[^2] : null,
            StartTime = now.AddMinutes(-7 * index).AddSeconds(-31),
            EndTime = now.AddMinutes(-7 * index).AddSeconds(-3),
            Level =
                index % 4 == 1 ? "ERROR"
                : index % 7 == 3 ? "WARNING"
                : "DEFAULT",
            IsSettled = index > 0,
            Generations = 4 + index,
            Tools = 9 * index,
            Errors = index % 4 == 1 ? 2 : 0,
            Usage = new(1_200, 340, 81_200, 4_400),
            Cost = "0.0688",
            CostMicros = 68_800 + index * 90_000,
            Models = index % 2 == 0 ? [Models[0]] : [Models[0], Models[2]],
            Tags = ["terminal:vscode", "team:payments", "note:" + Nasty],
        };

    private IEnumerable<ObservationDetail> Large(DateTimeOffset start)
    {
        for (var index = 0; index < LargeCount; index++)
        {
            var type =
                index == 0 ? "AGENT"
                : index % 3 == 0 ? "GENERATION"
                : "TOOL";
            yield return FakeTrace.One(
                $"{index:x16}",
                index == 0 ? null : $"{(index % 50 == 0 ? 0 : index % 3 == 0 ? index / 50 * 50 : index - index % 3):x16}",
                type,
                type == "TOOL" ? "Bash"
                    : type == "AGENT" ? "claude-code"
                    : Models[0],
                start,
                index * 90,
                index == 0 ? LargeCount * 90 : 60 + index % 800,
                input: $"{{\"command\":\"ls -la /srv/shop/{index}\"}}",
                output: string.Concat(Enumerable.Repeat("a line of output that a tool wrote\n", 8))
            );
        }
    }
}
