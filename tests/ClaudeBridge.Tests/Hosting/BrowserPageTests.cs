using System.Text;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Tests.Receivers;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A page in the user's browser, which reaches loopback like any program: it changes nothing, reads nothing, and is lent nothing.</summary>
public sealed class BrowserPageTests
{
    private const string Logs = """{"resourceLogs":[]}""";

    /// <summary>What a browser sends along with the requests of a page elsewhere. Older ones know nothing of <c>Sec-Fetch</c>; a page without a referrer has the origin <c>null</c>.</summary>
    public static TheoryData<string> PageHeaders =>
        [
            "Origin: http://evil.example",
            "Origin: null",
            "Origin: http://localhost.evil.example",
            "Origin: http://localhost:3000\r\nSec-Fetch-Site: same-site",
            "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors",
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty",
            "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors",
        ];

    [Theory]
    [MemberData(nameof(PageHeaders))]
    public async Task A_simple_POST_of_a_page_elsewhere_changes_nothing_at_any_port(string page)
    {
        await using var doors = await RunningDoors.StartAsync();
        string[] types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""];
        foreach (var type in types)
        {
            foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
            {
                var header = type.Length > 0 ? $"Content-Type: {type}\r\n" : "";
                var (status, headers) = await AskAsync(
                    port,
                    $"POST /v1/logs HTTP/1.1\r\nHost: localhost:{port}\r\n{header}{page}\r\nContent-Length: {Logs.Length}\r\n\r\n{Logs}"
                );
                status.ShouldBe(403, $"{type} {headers}");
                headers.ShouldNotContain("Access-Control");
            }
        }

        (string, string)[] metadata =
        [
            .. page.Split("\r\n").Select(static line => line.Split(": ")).Select(static parts => (parts[0].ToLowerInvariant(), parts[1])),
        ];
        (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), metadata)).Code.ShouldBe((int)RpcCode.PermissionDenied);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    /// <summary>As a script, an image, a frame: these come without an <c>Origin</c>.</summary>
    [Theory]
    [InlineData("cross-site", "script", 403)]
    [InlineData("cross-site", "image", 403)]
    [InlineData("cross-site", "iframe", 403)]
    [InlineData("same-site", "script", 403)]
    [InlineData("same-origin", "script", 200)]
    [InlineData("none", "document", 200)]
    public async Task What_a_page_elsewhere_includes_is_refused(string site, string destination, int expected)
    {
        await using var doors = await RunningDoors.StartAsync();
        foreach (var path in (string[])["/api/who", "/page"])
        {
            var mode = destination is "document" or "iframe" ? "navigate" : "no-cors";
            var (status, headers) = await AskAsync(
                doors.Ports.Dashboard,
                $"GET {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: {site}\r\nSec-Fetch-Mode: {mode}\r\nSec-Fetch-Dest: {destination}\r\n\r\n"
            );

            status.ShouldBe(expected);
            headers.ShouldContain("Cross-Origin-Resource-Policy: same-origin");
            headers.ShouldContain("X-Frame-Options: DENY");
            headers.ShouldContain("X-Content-Type-Options: nosniff");
        }
    }

    [Fact]
    public async Task A_link_from_elsewhere_opens_a_page_and_changes_nothing()
    {
        const string Followed = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
        await using var doors = await RunningDoors.StartAsync();

        (await AskAsync(doors.Ports.Dashboard, $"GET /page HTTP/1.1\r\nHost: localhost\r\n{Followed}\r\n")).Status.ShouldBe(200);
        (
            await AskAsync(doors.Ports.Dashboard, $"POST /page HTTP/1.1\r\nHost: localhost\r\n{Followed}Content-Length: 0\r\n\r\n")
        ).Status.ShouldBe(403);
    }

    [Fact]
    public async Task A_preflight_is_lent_nothing_at_any_port()
    {
        await using var doors = await RunningDoors.StartAsync();
        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            foreach (var origin in (string[])["http://evil.example", $"http://localhost:{port}"])
            {
                var (status, headers) = await AskAsync(
                    port,
                    $"OPTIONS /v1/logs HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n"
                        + "Access-Control-Request-Headers: content-type\r\nAccess-Control-Request-Private-Network: true\r\n\r\n"
                );
                status.ShouldBeGreaterThanOrEqualTo(400);
                headers.ShouldNotContain("Access-Control");
            }
        }
    }

    /// <summary>A name that was bound to 127.0.0.1 after the page was loaded, and what people and tools write for loopback.</summary>
    [Theory]
    [InlineData("evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("evil.example:80", 403)]
    [InlineData("localhost@evil.example", 403)]
    [InlineData("evil.example#localhost", 403)]
    [InlineData("xn--lcalhost-5fb.example", 403)]
    [InlineData("0.0.0.0", 403)]
    [InlineData("[::]", 403)]
    [InlineData("0", 403)]
    [InlineData("10.0.0.1", 403)]
    [InlineData("[::ffff:10.0.0.1]", 403)]
    [InlineData("[localhost]", 403)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST.:4318", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.8.8.8:1", 200)]
    [InlineData("[::1]", 200)]
    public async Task The_host_must_be_a_name_of_this_machine_at_every_port(string host, int expected)
    {
        await using var doors = await RunningDoors.StartAsync();

        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            var (status, headers) = await AskAsync(port, $"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n");
            // The server itself refuses what is no name at all.
            (status == expected || expected == 403 && status == 400).ShouldBeTrue($"{status} {headers}");
        }
    }

    /// <summary>The system takes these for loopback, and so does a browser, which writes them out before it sends them.</summary>
    [Theory]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0177.0.0.1")]
    public async Task Other_spellings_of_loopback_let_no_other_origin_in(string host)
    {
        await using var doors = await RunningDoors.StartAsync();

        (
            await AskAsync(doors.Ports.Dashboard, $"GET /page HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\n\r\n")
        ).Status.ShouldBe(403);
    }

    [Fact]
    public async Task A_form_of_another_site_logs_nobody_in()
    {
        await using var doors = await RunningDoors.StartAsync([("ApiKey", "the key")]);

        var (status, headers) = await AskAsync(
            doors.Ports.Dashboard,
            "POST /login?key=the%20key HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"
        );

        status.ShouldBe(403);
        headers.ShouldNotContain("Set-Cookie");
    }

    private static async Task<(int Status, string Headers)> AskAsync(int port, string request)
    {
        using var connection = await RawConnection.OpenAsync(port);
        await connection.SendAsync(Encoding.Latin1.GetBytes(request));
        var (status, headers, _) = await connection.ReadAnswerAsync();
        return (status, headers);
    }
}
