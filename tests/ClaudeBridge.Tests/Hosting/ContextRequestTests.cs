using System.Net;
using System.Text;
using ClaudeBridge.Hosting;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.Cli;

namespace ClaudeBridge.Tests.Hosting;

public sealed class ContextRequestTests
{
    [Theory]
    [InlineData("2026-11-20T12:30:00Z", "2026-11-20T12:30:00.0000000Z")]
    [InlineData("2026-11-20T13:30+01:00", "2026-11-20T12:30:00.0000000Z")]
    [InlineData("2026-11-20T12:30:00.123Z", "2026-11-20T12:30:00.1230000Z")]
    [InlineData("2026-11-20T12:30:00.123456+00:00", "2026-11-20T12:30:00.1234560Z")]
    [InlineData("2026-11-20T12:30:00.123456711Z", "2026-11-20T12:30:00.1234567Z")]
    public void A_time_is_read_as_clocks_of_other_languages_write_it(string text, string expected) =>
        Clock.ToTime(At(text)).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ").ShouldBe(expected);

    [Theory]
    [InlineData("2560-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void A_time_beyond_what_nanoseconds_can_say_is_never_an_early_one(string text) => Clock.ToTime(At(text)).Year.ShouldBe(2554);

    [Fact]
    public async Task Requests_that_race_never_leave_more_keys_than_are_allowed()
    {
        using var folder = new TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(folder.Path, [("Context:MaxKeys", "2")]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(PutAsync));

        answers.Count(static status => status == HttpStatusCode.NoContent).ShouldBe(2);
        answers.Count(static status => status == HttpStatusCode.BadRequest).ShouldBe(10);

        async Task<HttpStatusCode> PutAsync(int i)
        {
            using var body = new StringContent($$"""{"k{{i}}":true}""", Encoding.UTF8, "application/json");
            using var answer = await bridge.Dashboard.PutAsync("/api/sessions/S/context", body);
            return answer.StatusCode;
        }
    }

    private static ulong At(string text) =>
        ContextRequest.Read(Encoding.UTF8.GetBytes($$"""{"ticket":"PAY-1","at":"{{text}}"}"""), maxKeys: 1).At!.Value;
}
