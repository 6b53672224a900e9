using System.Text.Json;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Store;

public sealed class StoreQueriesTests : IDisposable
{
    private readonly TestStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Costs_are_summed_exactly_and_rounded_once()
    {
        const decimal Cost = 0.045377999999999995m;
        var observations = Enumerable.Range(1, 1_000).Select(i => Some.Observation((ulong)i, cost: Cost, usage: new Usage(1, 2, 3, 4)));
        _store.Apply(Some.Change(Some.Trace([.. observations])));

        var session = _store.Queries.Sessions().ShouldHaveSingleItem();
        session.Cost.ShouldBe("45.377999999999995");
        session.CostMicros.ShouldBe(45_378_000);
        session.Usage.ShouldBe(new UsageSummary(1_000, 2_000, 3_000, 4_000));
        session.Generations.ShouldBe(1_000);
    }

    [Fact]
    public void Half_a_micro_goes_to_the_even_neighbour()
    {
        ExactCost.Micros(0.0000005m).ShouldBe(0);
        ExactCost.Micros(0.0000015m).ShouldBe(2);
        ExactCost.Micros(decimal.MaxValue).ShouldBe(9_000_000_000_000_000_000);
        ExactCost.Text(0.1000m).ShouldBe("0.1");
        ExactCost.Text(100m).ShouldBe("100");
        ExactCost.Text(0m).ShouldBe("0");
    }

    [Fact]
    public void What_counts_as_generation_tool_and_error()
    {
        _store.Apply(
            Some.Change(
                Some.Trace([
                    Some.Root() with
                    {
                        Level = ObservationLevel.Error,
                    },
                    Some.Observation(1, usage: new Usage(0, 0, 0, 0)),
                    Some.Observation(2, level: ObservationLevel.Error),
                    Some.Observation(3, ObservationType.Tool, level: ObservationLevel.Error),
                    Some.Observation(4, ObservationType.Tool, Readiness.AwaitsEnd, level: ObservationLevel.Warning),
                    Some.Observation(5, ObservationType.Tool, Readiness.AwaitsCounterpart),
                    Some.Observation(6, ObservationType.Agent),
                ])
            )
        );

        var session = _store.Queries.Sessions().ShouldHaveSingleItem();
        session.Traces.ShouldBe(1);
        session.Generations.ShouldBe(1);
        session.Tools.ShouldBe(2);
        session.Errors.ShouldBe(2);
        session.Cost.ShouldBe("0");
    }

    [Fact]
    public void A_trace_has_the_user_tags_environment_and_metadata_that_it_is_sent_with()
    {
        var context = Some.Context() with { Environment = "production", Release = "7" };
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)], context: context)));

        var trace = _store.Queries.Session("session-1")!.TraceList.ShouldHaveSingleItem();

        trace.UserId.ShouldBe("user-1");
        trace.Tags.ShouldBe(["terminal:vscode"]);
        trace.Environment.ShouldBe("production");
        trace.Release.ShouldBe("7");
        trace.Metadata.ShouldBe(context.Metadata);
        var json = JsonDocument.Parse(JsonSerializer.Serialize(trace, StoreJson.Compact.TraceDetail)).RootElement;
        json.GetProperty("tags")[0].GetString().ShouldBe("terminal:vscode");
        json.GetProperty("metadata").GetProperty("team").GetString().ShouldBe("blue");
    }

    [Fact]
    public void Sessions_come_by_latest_activity_with_the_user_and_version_of_their_latest_trace()
    {
        _store.Apply(
            Some.Change(
                Some.Trace([Some.Observation(1, atSecond: 10)], id: new TraceId(1), context: Some.Context("a") with { Version = "2.0.0" }),
                Some.Trace([Some.Observation(2)], id: new TraceId(2), context: Some.Context("a") with { Version = "1.0.0" }),
                Some.Trace([Some.Observation(3, atSecond: 100)], id: new TraceId(3), context: Some.Context("b")),
                Some.Trace([Some.Observation(4, atSecond: 5)], id: new TraceId(4), context: Some.Context("c") with { UserId = null })
            )
        );

        var sessions = _store.Queries.Sessions();
        sessions.Select(session => session.SessionId).ShouldBe(["b", "a", "c"]);
        sessions[1].ClientVersion.ShouldBe("2.0.0");
        sessions[1].Traces.ShouldBe(2);
        sessions[1].StartTime.ShouldBe(Some.Time);
        sessions[1].EndTime.ShouldBe(Some.Time.AddSeconds(11));
        sessions[2].UserId.ShouldBeNull();
        _store.Queries.Sessions(1).ShouldHaveSingleItem().SessionId.ShouldBe("b");
    }

    [Fact]
    public void A_session_is_found_by_its_id_or_a_unique_beginning()
    {
        foreach (var (id, i) in new[] { "abc", "abcd", "xyz" }.Select((id, i) => (id, i)))
        {
            _store.Apply(Some.Change(Some.Trace([Some.Observation()], id: new TraceId((UInt128)i), context: Some.Context(id))));
        }

        _store.Queries.Session("x")!.SessionId.ShouldBe("xyz");
        _store.Queries.Session("abc")!.SessionId.ShouldBe("abc");
        _store.Queries.Session("abd").ShouldBeNull();
        var failure = Should.Throw<AmbiguousIdException>(() => _store.Queries.Session("ab"));
        failure.Candidates.ShouldBe(["abc", "abcd"]);
        failure.Message.ShouldContain("abcd");
    }

    [Fact]
    public void A_trace_is_found_by_a_unique_beginning_of_either_case_in_its_session()
    {
        _ = TraceId.TryParse("ab100000000000000000000000000001", out var one);
        _ = TraceId.TryParse("ab200000000000000000000000000002", out var two);
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)], id: one), Some.Trace([Some.Observation(2)], id: two)));

        var found = _store.Queries.SessionOfTrace("AB2")!;
        found.SessionId.ShouldBe("session-1");
        found.Traces.ShouldBe(2);
        found.TraceList.ShouldHaveSingleItem().TraceId.ShouldBe("ab200000000000000000000000000002");
        _store.Queries.SessionOfTrace(one.ToString())!.TraceList.ShouldHaveSingleItem().Observations[0].Id.ShouldBe("0000000000000001");
        Should.Throw<AmbiguousIdException>(() => _store.Queries.SessionOfTrace("ab")).Candidates.Count.ShouldBe(2);
        _store.Queries.SessionOfTrace("ab3").ShouldBeNull();
        _store.Queries.SessionOfTrace("not hex").ShouldBeNull();
        _store.Queries.SessionOfTrace("").ShouldBeNull();
    }

    [Fact]
    public void The_json_has_the_promised_names_and_says_null_where_nothing_is_known()
    {
        _store.Apply(
            Some.Change(
                Some.Trace(
                    [Some.Observation(1, cost: 0.10m, usage: new Usage(1, 2, 3, 4)), Some.Root(atSecond: -1)],
                    context: Some.Context() with
                    {
                        UserId = null,
                    }
                )
            )
        );
        var json = JsonSerializer.Serialize(_store.Queries.Session("session-1")!, StoreJson.Compact.SessionDetail);

        using var document = JsonDocument.Parse(json);
        var session = document.RootElement;
        Names(session)
            .ShouldBe([
                "sessionId",
                "userId",
                "startTime",
                "endTime",
                "traces",
                "generations",
                "tools",
                "errors",
                "usage",
                "cost",
                "costMicros",
                "clientVersion",
                "completeness",
                "completenessReasons",
                "metrics",
                "traceList",
            ]);
        session.GetProperty("userId").ValueKind.ShouldBe(JsonValueKind.Null);
        session.GetProperty("startTime").GetString().ShouldBe("2026-11-20T11:59:59.000Z");
        session.GetProperty("cost").GetString().ShouldBe("0.1");
        session.GetProperty("costMicros").GetInt64().ShouldBe(100_000);
        Names(session.GetProperty("usage")).ShouldBe(["input", "output", "cacheRead", "cacheCreation"]);
        var trace = session.GetProperty("traceList")[0];
        Names(trace)
            .ShouldBe([
                "traceId",
                "promptId",
                "name",
                "startTime",
                "endTime",
                "input",
                "output",
                "level",
                "userId",
                "tags",
                "environment",
                "release",
                "metadata",
                "observations",
            ]);
        var root = trace.GetProperty("observations")[0];
        Names(root)
            .ShouldBe([
                "id",
                "parentId",
                "type",
                "name",
                "startTime",
                "endTime",
                "level",
                "statusMessage",
                "model",
                "usage",
                "cost",
                "costMicros",
                "input",
                "output",
                "metadata",
            ]);
        root.GetProperty("type").GetString().ShouldBe("AGENT");
        root.GetProperty("level").GetString().ShouldBe("DEFAULT");
        root.GetProperty("metadata").GetProperty("request_id").GetString().ShouldStartWith("req_");
        JsonSerializer.Serialize(_store.Queries.Sessions(), StoreJson.Indented.IReadOnlyListSessionSummary).ShouldContain("\n");
    }

    [Fact]
    public void Questions_are_answered_beside_a_writer_from_one_snapshot()
    {
        _store.Apply(Some.Change(Some.Trace([Some.Observation(1)])));
        Statement.Execute(_store.Database.Handle, "BEGIN IMMEDIATE");
        try
        {
            _store.Queries.Sessions().ShouldHaveSingleItem();
        }
        finally
        {
            Statement.Execute(_store.Database.Handle, "ROLLBACK");
        }
    }

    [Fact]
    public void A_question_that_takes_longer_than_it_may_is_stopped_and_says_what_to_do()
    {
        foreach (var number in Enumerable.Range(1, 1_000))
        {
            _store.Apply(Some.Change(Some.Trace([Some.Observation((ulong)number)], id: new TraceId((UInt128)number))));
        }

        var bounded = new StoreQuestion(_store.Database.Path, TimeSpan.FromSeconds(5), atMost: TimeSpan.Zero);

        Should
            .Throw<QuestionTooLongException>(() => bounded.Ask(static reader => reader.TracesOf("session-1").Count()))
            .Message.ShouldContain("ClaudeBridge:Store:AskAtMost");
        bounded.Ask(static reader => reader.SessionIdsFrom("", 1)).ShouldHaveSingleItem("what is quick is answered");
    }

    [Fact]
    public void Without_a_store_the_answer_says_what_to_do()
    {
        var empty = Path.Combine(_store.Folder, "none");
        Should.Throw<StoreUnavailableException>(() => StoreQueries.In(empty).Sessions()).Message.ShouldContain("start the bridge");
    }

    [Fact]
    public void The_figures_of_a_turn_are_those_below_its_root_when_turns_share_a_trace()
    {
        var root = Some.Root();
        var request = Some.Observation(1, cost: 0.5m, usage: new Usage(1, 2, 3, 4)) with { ParentId = root.Id };
        var tool = Some.Observation(2, ObservationType.Tool, level: ObservationLevel.Error) with { ParentId = request.Id };
        var other = Some.Root() with { Id = new ObservationId(77) };
        var others = Some.Observation(3, cost: 0.25m, usage: new Usage(10, 20, 30, 40)) with { ParentId = other.Id };
        var expected = new TurnFigures(1, 1, 1, new UsageSummary(1, 2, 3, 4), 0.5m);

        _store.Apply(Some.Change(Some.Trace([root, request, tool])));
        Turn(root).ShouldBe(expected);
        _store.Apply(Some.Change(Some.Trace([root, request, tool, other, others])));

        Turn(root).ShouldBe(expected);
        Turn(other).ShouldBe(new TurnFigures(1, 0, 0, new UsageSummary(10, 20, 30, 40), 0.25m));
        _store.Queries.Turn(Some.TraceId, "another session", root.Id).ShouldBeNull();

        TurnFigures? Turn(Observation of) => _store.Queries.Turn(Some.TraceId, "session-1", of.Id);
    }

    [Fact]
    public void What_is_no_readable_store_is_called_what_it_is_with_the_way_out()
    {
        var file = Path.Combine(_store.Folder, "a-file");
        File.WriteAllText(file, "x");
        var damaged = Directory.CreateDirectory(Path.Combine(_store.Folder, "damaged")).FullName;
        File.WriteAllText(Path.Combine(damaged, StoreDatabase.FileName), new string('x', 5000));
        var folder = Directory.CreateDirectory(Path.Combine(_store.Folder, "folder", StoreDatabase.FileName)).Parent!.FullName;

        Message(file).ShouldContain("is a file, not a data folder");
        Message(folder).ShouldContain("is a folder, not a store");
        Message(damaged).ShouldContain("is damaged: start the bridge on this folder");

        static string Message(string data) => Should.Throw<StoreUnavailableException>(() => StoreQueries.In(data).Sessions()).Message;
    }

    [Fact]
    public void A_store_that_this_user_may_not_read_is_not_called_missing()
    {
        // The superuser may read everything.
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            return;
        }

        var folder = Directory.CreateDirectory(Path.Combine(_store.Folder, "closed")).FullName;
        File.WriteAllText(Path.Combine(folder, StoreDatabase.FileName), "");
        File.SetUnixFileMode(folder, UnixFileMode.None);
        try
        {
            Should.Throw<StoreUnavailableException>(() => StoreQueries.In(folder).Sessions()).Message.ShouldContain("may not read");
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}
