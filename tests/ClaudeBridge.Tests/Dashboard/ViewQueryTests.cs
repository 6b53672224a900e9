using System.Globalization;
using ClaudeBridge.Access;
using ClaudeBridge.Dashboard;
using ClaudeBridge.Dashboard.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace ClaudeBridge.Tests.Dashboard;

public sealed class ViewQueryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 34, 56, TimeSpan.Zero);

    [Fact]
    public void Links_keep_the_filters_and_change_what_they_are_for()
    {
        var view = Of("?user=mia&model=a%26b&cursor=x&order=cost");

        view.Link("/turns", ("tool", "Bash")).ShouldBe("/turns?model=a%26b&order=cost&tool=Bash&user=mia");
        view.Link("/turns", ("user", null)).ShouldBe("/turns?model=a%26b&order=cost");
        view.Link("/turns", ("cursor", "y")).ShouldBe("/turns?cursor=y&model=a%26b&order=cost&user=mia");
    }

    [Fact]
    public void A_range_and_two_days_take_each_other_back()
    {
        Of("?from=2026-11-01&to=2026-11-02").Link("/", ("range", "30d")).ShouldBe("/?range=30d");
        Of("?range=30d").Link("/", ("from", "2026-11-01")).ShouldBe("/?from=2026-11-01");
    }

    [Fact]
    public void The_last_day_counts_whole_and_a_moment_does_not()
    {
        Of("?from=2026-11-01&to=2026-11-02")
            .Span(Now, null)
            .ShouldBe((new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 11, 3, 0, 0, 0, TimeSpan.Zero)));
        Of("?to=2026-11-02T10:00:00Z").Span(Now, null).ShouldBe((null, new DateTimeOffset(2026, 11, 2, 10, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void Lists_show_all_time_unless_told_otherwise()
    {
        Of("").Filter(Caller.Operator, Now).From.ShouldBeNull();
        Of("?range=24h").Filter(Caller.Operator, Now).From.ShouldBe(new DateTimeOffset(2026, 11, 19, 12, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("24h", "2026-11-19T12:00:00Z")]
    [InlineData("7d", "2026-11-13T00:00:00Z")]
    [InlineData("30d", "2026-10-21T00:00:00Z")]
    public void A_list_shows_the_range_that_the_overview_adds_up(string range, string from)
    {
        var first = DateTimeOffset.Parse(from, CultureInfo.InvariantCulture);
        var view = Of("?range=" + range);
        var page = new PageContext(Caller.Operator, view, "/", Now, null, HasLogin: false, new DashboardOptions(), CancellationToken.None);

        view.Filter(Caller.Operator, Now).From.ShouldBe(first);
        OverviewPage.Period.Of(page).From.ShouldBe(first);
    }

    [Fact]
    public void A_tenant_sees_its_own_and_is_told_when_the_address_says_another()
    {
        var north = new Caller("north");
        Of("").Filter(north, Now).Tenant.ShouldBe("north");
        Of("?tenant=north", north).Filter(north, Now).Tenant.ShouldBe("north");
        Should.Throw<BadQueryException>(() => Of("?tenant=south", north));
        Of("?tenant=south").Filter(Caller.Operator, Now).Tenant.ShouldBe("south");
    }

    [Theory]
    [InlineData("?from=yesterday")]
    [InlineData("?from=2026-11-02&to=2026-11-01")]
    [InlineData("?range=3w")]
    [InlineData("?completeness=perhaps")]
    [InlineData("?to=0000-00-00")]
    public void What_cannot_be_meant_is_refused(string query) =>
        Should.Throw<BadQueryException>(() => Of(query).Filter(Caller.Operator, Now));

    [Fact]
    public void Nothing_longer_than_could_be_meant_is_read() => Should.Throw<BadQueryException>(() => Of("?user=" + new string('x', 513)));

    private static ViewQuery Of(string query, Caller? caller = null) =>
        ViewQuery.Of(new QueryCollection(QueryHelpers.ParseQuery(query)), caller ?? Caller.Operator);
}
