using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Lists;

/// <summary>Two tenants whose clients send the same ids never see anything of one another.</summary>
public sealed class TenantListTests : IDisposable
{
    private const string Name = "2.1.329-parallel-tools-http-json";

    private readonly RecordedStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void The_same_records_of_two_tenants_are_two_sessions_with_whole_figures()
    {
        using var alone = new RecordedStore();
        alone.Take(Name);
        alone.SettleAll();
        foreach (var tenant in new[] { "a", "b", "" })
        {
            _store.Take(Name, tenant);
        }

        _store.SettleAll();

        var expected = alone.Sessions().Single();
        _store.Sessions().Count.ShouldBe(3);
        foreach (var tenant in new[] { "a", "b", "" })
        {
            var filter = new ViewFilter { Tenant = tenant };
            var row = _store.Sessions(filter).Single();
            (row with { Tenant = "" }).ShouldBeEquivalentTo(expected);
            _store.Pages.Session(tenant, row.SessionId)!.Tenant.ShouldBe(tenant);
            _store.Turns(filter).ShouldAllBe(turn => turn.Tenant == tenant);
            _store.Turns(filter with { Text = row.SessionId }).Count.ShouldBe(row.Traces);
            _store.Pages.Values(tenant).Tenants.ShouldBe(tenant.Length == 0 ? [] : [tenant]);
            _store.Pages.Members(tenant, new PageRequest(10)).Items.Single().Cost.ShouldBe(expected.Cost);
            _store.Pages.Events(filter, new PageRequest(1000)).Items.ShouldAllBe(one => one.Tenant == tenant);
            var trace = _store.Pages.Trace(tenant, _store.Turns(filter)[0].TraceId, null, 1000, 1000)!;
            trace.Turn.Tenant.ShouldBe(tenant);
            _store.Pages.Observation(tenant, trace.Turn.TraceId, trace.Trace.Observations[0].Id).ShouldNotBeNull();
        }
    }

    [Fact]
    public void Nothing_of_another_tenant_is_found()
    {
        _store.Take(Name, "a");
        _store.SettleAll();
        var other = new ViewFilter { Tenant = "b", Service = ViewFilter.AnyService };
        var turn = _store.Turns()[0];

        _store.Sessions(other).ShouldBeEmpty();
        _store.Turns(other).ShouldBeEmpty();
        _store.Pages.Session("b", turn.SessionId).ShouldBeNull();
        _store.Pages.Trace("b", turn.TraceId, null, 10, 10).ShouldBeNull();
        _store.Pages.Trace("", turn.TraceId, null, 10, 10).ShouldBeNull();
        var id = _store.Pages.Trace("a", turn.TraceId, null, 10, 10)!.Trace.Observations[0].Id;
        _store.Pages.Observation("b", turn.TraceId, id).ShouldBeNull();
        _store.Pages.Members("b", new PageRequest(10)).Items.ShouldBeEmpty();
        _store.Pages.Events(other, new PageRequest(10)).Items.ShouldBeEmpty();
        _store.Pages.EventsAfter(other, 0, 10).Items.ShouldBeEmpty();
        var values = _store.Pages.Values("b");
        values
            .Users.Concat(values.Models)
            .Concat(values.Tools)
            .Concat(values.Tenants)
            .Concat(values.Labels.SelectMany(static pair => pair.Value))
            .ShouldBeEmpty();
    }

    [Fact]
    public void What_one_tenant_lost_is_not_found_with_another()
    {
        _store.Take("2.1.329-session-killed-http-json", "a");
        _store.Take("2.1.329-plain-answer-http-json", "b");
        _store.SettleAll();

        _store.Sessions(new ViewFilter { Completeness = "partial" }).Select(static row => row.Tenant).ShouldBe(["a"]);
    }
}
