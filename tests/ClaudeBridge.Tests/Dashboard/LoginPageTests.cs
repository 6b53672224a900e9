using System.Net;
using ClaudeBridge.Tests.Access;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>The form before the dashboard of a bridge with keys.</summary>
public sealed class LoginPageTests
{
    private static readonly (string, string?)[] Key = [("Receivers:ApiKey", "right-key-of-the-bridge-0123456789")];

    [Fact]
    public async Task One_who_has_not_come_in_is_led_to_the_form_and_from_it_to_where_one_wanted()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(TimeProvider.System.GetUtcNow()), Key);

        using var led = await bridge.GetAsync("/turns?order=cost");
        led.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var form = await bridge.PageAsync(led.Headers.Location!.ToString());
        form.ShouldContain("name=\"to\" value=\"/turns?order=cost\"");
        form.ShouldContain("<label for=\"key\">");
        form.ShouldNotContain("<nav", customMessage: "there is nowhere to go yet");

        using var entered = await PostAsync(bridge, "/login", ("key", Key[0].Item2!), ("to", "/turns?order=cost"));
        entered.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        entered.Headers.Location!.ToString().ShouldBe("/turns?order=cost");
        var cookie = entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var page = await bridge.PageAsync("/turns", also: request => request.Headers.Add("Cookie", cookie));
        page.ShouldContain("action=\"/logout\"");

        using var left = await PostAsync(bridge, "/logout", cookie);
        left.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        using var again = await bridge.GetAsync("/turns", request => request.Headers.Add("Cookie", cookie));
        again.StatusCode.ShouldBe(HttpStatusCode.SeeOther, "the cookie is no login any more");
    }

    [Fact]
    public async Task A_wrong_key_is_said_and_leads_nowhere_else()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(TimeProvider.System.GetUtcNow()), Key);

        using var answer = await PostAsync(bridge, "/login", ("key", "some-other-key"), ("to", "https://elsewhere.example/"));
        var page = await answer.Content.ReadAsStringAsync();

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        page.ShouldContain("That is not a key of this bridge.");
        page.ShouldContain("name=\"to\" value=\"/\"");
        page.ShouldNotContain("some-other-key");
    }

    [Fact]
    public async Task The_form_looks_like_the_rest_to_who_is_not_in_yet()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(TimeProvider.System.GetUtcNow()), Key);
        var form = await bridge.PageAsync("/login");

        var style = form.Split("rel=\"stylesheet\" href=\"")[1].Split('"')[0];

        (await bridge.PageAsync(style)).ShouldContain("--page");
    }

    [Fact]
    public async Task A_tenant_sees_its_own_on_every_page()
    {
        var store = new FakePages(TimeProvider.System.GetUtcNow());
        await using var bridge = await DashboardBridge.StartAsync(
            store,
            [.. Keys.TwoTenants.Select(static setting => (setting.Item1.Replace("ClaudeBridge:", ""), setting.Item2))]
        );

        foreach (var path in new[] { "/", "/turns", "/sessions", "/members", "/status", "/sessions/x", $"/traces/{FakePages.TraceId}" })
        {
            var page = await bridge.PageAsync(path, also: request => request.Headers.Add("x-api-key", Keys.North));
            store.LastTenant.ShouldBe("north", path);
            page.ShouldNotContain("<select name=\"tenant\"");
            var other = await bridge.PageAsync(path + "?tenant=south", 400, request => request.Headers.Add("x-api-key", Keys.North));
            other.ShouldContain("This key sees its own tenant alone.");
        }
    }

    [Fact]
    public async Task Where_no_key_is_asked_for_there_is_nothing_to_log_in_to()
    {
        await using var bridge = await DashboardBridge.StartAsync(new FakePages(TimeProvider.System.GetUtcNow()));

        using var answer = await bridge.GetAsync("/login?to=//elsewhere.example");

        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        answer.Headers.Location!.ToString().ShouldBe("/");
    }

    private static Task<HttpResponseMessage> PostAsync(DashboardBridge bridge, string path, params (string Name, string Value)[] fields) =>
        bridge.Bridge.Dashboard.PostAsync(
            path,
            new FormUrlEncodedContent(fields.Select(static field => KeyValuePair.Create(field.Name, field.Value)))
        );

    private static async Task<HttpResponseMessage> PostAsync(DashboardBridge bridge, string path, string cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("Cookie", cookie);
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        return await bridge.Bridge.Dashboard.SendAsync(request);
    }
}
