using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Lists;

public sealed class SessionListTests(AllRecordings recordings) : IClassFixture<AllRecordings>
{
    private readonly RecordedStore _all = recordings.Store;

    [Fact]
    public void Every_row_says_what_its_session_adds_up_to()
    {
        var rows = _all.Sessions();

        rows.Count.ShouldBeGreaterThan(30);
        foreach (var row in rows)
        {
            var session = _all.Store.Queries.Session(row.SessionId)!;
            new SessionDetail(row, session.TraceList).ShouldBeEquivalentTo(session);
            var turns = _all.Turns(new ViewFilter { SessionId = row.SessionId });
            turns.Count.ShouldBe(row.Traces);
            turns.Sum(turn => turn.Generations).ShouldBe(row.Generations);
            turns.Sum(turn => turn.Tools).ShouldBe(row.Tools);
            turns.Sum(turn => turn.Errors).ShouldBe(row.Errors);
            turns.Sum(turn => decimal.Parse(turn.Cost)).ToString("0.############################").ShouldBe(row.Cost);
            turns.Sum(turn => turn.Usage.CacheRead).ShouldBe(row.Usage.CacheRead);
            row.Title.ShouldBe(turns.MinBy(turn => turn.StartTime)!.Input);
            row.Models.Order().ShouldBe(turns.SelectMany(turn => turn.Models).Distinct().Order());
        }
    }

    [Fact]
    public void The_command_and_the_list_show_the_same_sessions_in_the_same_order() =>
        _all.Sessions(new ViewFilter { Service = ViewFilter.AnyService })
            .Select(static row => (row.SessionId, row.Cost, row.Completeness))
            .ShouldBe(_all.Store.Queries.Sessions().Select(static row => (row.SessionId, row.Cost, row.Completeness)));

    [Theory]
    [InlineData(PageOrder.Latest)]
    [InlineData(PageOrder.Cost)]
    [InlineData(PageOrder.Tokens)]
    [InlineData(PageOrder.Errors)]
    [InlineData(PageOrder.Duration)]
    public void Pages_of_every_size_together_are_the_whole_list(PageOrder order)
    {
        var sessions = _all.Sessions(order: order).ConvertAll(static row => row.SessionId);
        var turns = _all.Turns(order: order).ConvertAll(static row => (row.TraceId, row.SessionId));

        foreach (var limit in new[] { 1, 7, 50 })
        {
            _all.Sessions(order: order, limit: limit).Select(static row => row.SessionId).ShouldBe(sessions);
            _all.Turns(order: order, limit: limit).Select(static row => (row.TraceId, row.SessionId)).ShouldBe(turns);
        }

        sessions.Distinct().Count().ShouldBe(sessions.Count);
        turns.Distinct().Count().ShouldBe(turns.Count);
        Values(_all.Sessions(order: order), order).ShouldBe(Values(_all.Sessions(order: order), order).OrderDescending());
    }

    [Fact]
    public void Filters_find_the_sessions_with_such_a_turn()
    {
        foreach (var turn in _all.Turns())
        {
            foreach (var model in turn.Models)
            {
                Ids(new ViewFilter { Model = model }).ShouldContain(turn.SessionId);
            }
        }

        var rows = _all.Sessions();
        Ids(new ViewFilter { User = rows[0].UserId })
            .ShouldBe(rows.Where(row => row.UserId == rows[0].UserId).Select(static row => row.SessionId));
        Ids(new ViewFilter { Model = "no such model" }).ShouldBeEmpty();
        Ids(new ViewFilter { OnlyFailed = true })
            .Order()
            .ShouldBe(_all.Turns().Where(static turn => turn.Level == "ERROR").Select(static turn => turn.SessionId).Distinct().Order());
        Ids(new ViewFilter { Completeness = "conflict" })
            .ShouldBe(rows.Where(static row => row.Completeness == "conflict").Select(static row => row.SessionId));
        Ids(new ViewFilter { Completeness = "complete" })
            .ShouldBe(rows.Where(static row => row.Completeness == "complete").Select(static row => row.SessionId));
        Ids(new ViewFilter { From = rows[3].EndTime }).ShouldBe(rows.Take(4).Select(static row => row.SessionId));
        Ids(new ViewFilter { To = rows[^1].StartTime }).ShouldNotContain(rows[^1].SessionId);
        Ids(new ViewFilter { SessionId = rows[5].SessionId }).ShouldBe([rows[5].SessionId]);
        Should.Throw<ArgumentException>(() => Ids(new ViewFilter { Completeness = "1" }));
        Should.Throw<ArgumentException>(() => Ids(new ViewFilter { Labels = [new("no name'; --", "x")] }));
    }

    [Fact]
    public void A_label_is_found_by_its_value_and_by_having_none()
    {
        var rows = _all.Sessions();
        foreach (var name in new[] { "team", "repository", "terminal", "organisation", "environment", "version" })
        {
            var ids = rows.SelectMany(row =>
                    _all.Store.Queries.Session(row.SessionId)!.TraceList.Select(trace => (row.SessionId, Value: ValueOf(row, trace, name)))
                )
                .ToList();
            foreach (var group in ids.GroupBy(static pair => pair.Value))
            {
                Ids(new ViewFilter { Labels = [new(name, group.Key)] })
                    .Order()
                    .ShouldBe(group.Select(static pair => pair.SessionId).Distinct().Order(), $"{name}={group.Key}");
            }
        }
    }

    [Fact]
    public void Tools_are_found_and_with_failures_only_where_they_failed()
    {
        var traces = _all.Sessions().SelectMany(row => _all.Store.Queries.Session(row.SessionId)!.TraceList).ToList();
        foreach (var tool in traces.SelectMany(Tools).Select(static one => one.Name).Distinct())
        {
            _all.Turns(new ViewFilter { Tool = tool })
                .Select(static turn => turn.TraceId)
                .Order()
                .ShouldBe(traces.Where(trace => Tools(trace).Any(one => one.Name == tool)).Select(static trace => trace.TraceId).Order());
            _all.Turns(new ViewFilter { Tool = tool, OnlyFailed = true })
                .Select(static turn => turn.TraceId)
                .Order()
                .ShouldBe(
                    traces
                        .Where(trace => Tools(trace).Any(one => one.Name == tool && one.Level == "ERROR"))
                        .Select(static trace => trace.TraceId)
                        .Order(),
                    tool
                );
        }
    }

    [Fact]
    public void Turns_without_a_tool_are_narrowed_to_failed_ones_too()
    {
        var without = _all.Turns(new ViewFilter { Tool = Dimension.None });
        var failed = without.Where(static turn => turn.Level == "ERROR").Select(static turn => turn.TraceId).ToList();
        failed.Count.ShouldBeInRange(1, without.Count - 1);

        _all.Turns(new ViewFilter { Tool = Dimension.None, OnlyFailed = true })
            .Select(static turn => turn.TraceId)
            .ShouldBe(failed, ignoreOrder: true);
    }

    private static IEnumerable<ObservationDetail> Tools(TraceDetail trace) => trace.Observations.Where(static one => one.Type == "TOOL");

    private static string ValueOf(SessionSummary session, TraceDetail trace, string name)
    {
        var value = name switch
        {
            "environment" => trace.Environment,
            "version" => session.ClientVersion,
            _ => trace.Metadata.GetValueOrDefault(name)
                ?? trace.Tags.FirstOrDefault(tag => tag.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..],
        };
        return string.IsNullOrEmpty(value) ? "(none)" : value;
    }

    private static IEnumerable<long> Values(IEnumerable<SessionRow> rows, PageOrder order) =>
        rows.Select(row =>
            order switch
            {
                PageOrder.Cost => row.CostMicros,
                PageOrder.Tokens => row.Usage.Input + row.Usage.Output + row.Usage.CacheRead + row.Usage.CacheCreation,
                PageOrder.Errors => row.Errors,
                PageOrder.Duration => (row.EndTime - row.StartTime).Ticks,
                _ => row.EndTime.Ticks,
            }
        );

    private List<string> Ids(ViewFilter filter) => _all.Sessions(filter).ConvertAll(static row => row.SessionId);
}
