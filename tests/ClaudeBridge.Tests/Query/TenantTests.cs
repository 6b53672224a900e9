using System.Net;
using ClaudeBridge.Access;

namespace ClaudeBridge.Tests.Query;

/// <summary>A tenant's key sees its tenant alone, whatever it asks for.</summary>
public sealed class TenantTests : IAsyncLifetime
{
    private const string Operator = "the-key-of-the-whole-bridge";
    private const string Red = "the-key-of-red";

    /// <summary>Made-up traces: the session's number, then the turn's.</summary>
    private const string TraceOfRed = "00000000000000000000000000000021";
    private const string TraceOfBlue = "00000000000000000000000000000011";

    private readonly FakePages _pages = new();
    private QueryBridge _bridge = null!;

    public async ValueTask InitializeAsync() =>
        _bridge = await QueryBridge.StartAsync(
            _pages,
            ("Receivers:ApiKey", Operator),
            ("Access:Tenants:0:Name", "red"),
            ("Access:Tenants:0:KeyHashes:0", KeyHash.Of(Red).ToString())
        );

    public ValueTask DisposeAsync() => _bridge.DisposeAsync();

    [Fact]
    public async Task Without_a_key_nothing_is_said()
    {
        using var answer = await _bridge.SendAsync("/api/sessions");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        _pages.Questions.ShouldBe(0);
    }

    [Theory]
    [InlineData("/api/sessions")]
    [InlineData("/api/traces")]
    [InlineData("/api/events")]
    [InlineData("/api/values")]
    [InlineData("/api/members")]
    [InlineData("/api/overview")]
    [InlineData("/api/export/sessions")]
    [InlineData("/api/export/traces")]
    [InlineData("/api/export/observations")]
    [InlineData("/api/export/events")]
    public async Task Every_question_is_narrowed_to_the_tenant_of_the_key(string path)
    {
        await _bridge.TextAsync(path, Red);
        _pages.Filter!.Tenant.ShouldBe("red");
        await _bridge.TextAsync(path + "?tenant=red", Red);
        _pages.Filter.Tenant.ShouldBe("red");

        await _bridge.TextAsync(path, Operator);
        _pages.Filter.Tenant.ShouldBeNull();
        await _bridge.TextAsync(path + "?tenant=blue", Operator);
        _pages.Filter.Tenant.ShouldBe("blue");
        await _bridge.TextAsync(path + "?tenant=", Operator);
        _pages.Filter.Tenant.ShouldBe("");
        await _bridge.TextAsync(path + "?tenant=(none)", Operator);
        _pages.Filter.Tenant.ShouldBe("");
    }

    [Theory]
    [InlineData("blue")]
    [InlineData("nobody")]
    [InlineData("")]
    public async Task Asking_for_another_is_refused_alike_whether_it_exists_or_not(string tenant)
    {
        foreach (var path in new[] { "/api/sessions", "/api/totals", "/api/v1/messages/aggregate", "/api/sessions/s01", "/api/members" })
        {
            (await _bridge.ProblemAsync($"{path}?tenant={tenant}", Red)).ShouldBe(
                (400, "This key sees its own tenant alone; leave 'tenant' out.", "tenant")
            );
        }

        _pages.Questions.ShouldBe(0);
    }

    [Theory]
    [InlineData("/api/sessions/s02", "/api/sessions/s01")]
    [InlineData("/api/sessions/s02/events", "/api/sessions/s01/events")]
    [InlineData("/api/traces/" + TraceOfRed, "/api/traces/" + TraceOfBlue)]
    [InlineData(
        "/api/traces/" + TraceOfRed + "/observations/00000000000000a1",
        "/api/traces/" + TraceOfBlue + "/observations/00000000000000a1"
    )]
    public async Task What_belongs_to_others_is_not_there(string own, string other)
    {
        await _bridge.TextAsync(own, Red);
        (await _bridge.ProblemAsync(other, Red)).Status.ShouldBe(404);
        await _bridge.TextAsync(own, Operator);
        await _bridge.TextAsync(other, Operator);
    }

    [Fact]
    public async Task What_others_send_and_how_the_machine_is_is_told_to_the_operator_alone()
    {
        using (await _bridge.Bridge.Http.GetAsync("/v1/nothing")) { }

        var all = await _bridge.JsonAsync("/api/status", Operator);
        all.GetProperty("refusals").GetArrayLength().ShouldBeGreaterThan(0);
        all.GetProperty("refusedRequests").GetInt64().ShouldBeGreaterThan(0);
        all.GetProperty("storeVersion").GetInt64().ShouldBe(7);
        all.GetProperty("components").EnumerateArray().Select(static one => one.GetProperty("name").GetString()).ShouldContain("journal");

        var own = await _bridge.JsonAsync("/api/status", Red);
        own.GetProperty("refusals").GetArrayLength().ShouldBe(0);
        own.GetProperty("refusedRequests").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        own.GetProperty("senders").GetArrayLength().ShouldBe(0);
        own.GetProperty("components")
            .EnumerateArray()
            .ShouldAllBe(static one => one.GetProperty("detail").ValueKind == System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task The_tag_of_one_callers_answer_is_no_other_callers()
    {
        using var own = await _bridge.SendAsync("/api/sessions", Red);
        using var other = await _bridge.SendAsync("/api/sessions", Operator);

        own.Headers.ETag.ShouldNotBe(other.Headers.ETag);
        own.Headers.Vary.ShouldContain("X-Api-Key");
    }
}
