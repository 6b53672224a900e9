using System.Net;
using ClaudeBridge.Access;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Access;

/// <summary>People in browsers: a key once, then a cookie.</summary>
public sealed class LoginTests
{
    private const string Html = "text/html,application/xhtml+xml";

    [Fact]
    public async Task The_cookie_holds_no_key_and_has_the_attributes_that_keep_it_from_scripts_and_other_sites()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        var (cookie, header) = await SignInAsync(doors, Keys.North);

        header.ShouldContain("httponly", Case.Insensitive);
        header.ShouldContain("samesite=strict", Case.Insensitive);
        header.ShouldContain("path=/;", Case.Insensitive);
        header.ShouldContain("max-age=43200", Case.Insensitive);
        header.ShouldNotContain("secure", Case.Insensitive, "it would never come back over plain http");
        header.ShouldNotContain(Keys.North);
        (await WhoAsync(doors, cookie)).ShouldBe((HttpStatusCode.OK, "north"));
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_TLS_the_cookie_is_for_https_only()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        var (_, header) = await SignInAsync(doors, Keys.North, ("X-Forwarded-Proto", "https"));

        header.ShouldContain("secure", Case.Insensitive);
    }

    [Fact]
    public async Task A_login_opens_the_dashboard_port_alone()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);
        var (cookie, _) = await SignInAsync(doors, Keys.North);

        using var otlp = await doors.Http.PostAsync(
            "/v1/logs",
            Some.Logs(),
            HttpSending.Protobuf,
            also: request => request.Headers.TryAddWithoutValidation("Cookie", cookie)
        );

        otlp.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "browsers send it to every port of a host");
    }

    [Fact]
    public async Task A_login_ends_by_its_time()
    {
        var clock = new SettableClock();
        await using var doors = await RunningDoors.StartAsync(
            [.. Keys.TwoTenants, ("ClaudeBridge:Access:LoginFor", "1h")],
            services => services.AddSingleton<TimeProvider>(clock)
        );
        var (cookie, _) = await SignInAsync(doors, Keys.North);

        clock.Now += TimeSpan.FromMinutes(59);
        var before = await WhoAsync(doors, cookie);
        clock.Now += TimeSpan.FromMinutes(2);
        var after = await WhoAsync(doors, cookie);

        before.Status.ShouldBe(HttpStatusCode.OK);
        after.Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_changed_token_is_none()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);
        var (cookie, _) = await SignInAsync(doors, Keys.North);
        var value = cookie.IndexOf('=') + 1;

        for (var at = value; at < cookie.Length - 1; at += 7)
        {
            var changed = cookie[..at] + (cookie[at] == 'A' ? 'B' : 'A') + cookie[(at + 1)..];
            (await WhoAsync(doors, changed)).Status.ShouldBe(HttpStatusCode.Unauthorized, $"letter {at - value}");
        }

        foreach (var noLetter in (string[])["=", "+", "%00", "."])
        {
            var changed = cookie[..^noLetter.Length] + noLetter;
            (await WhoAsync(doors, changed)).Status.ShouldBe(HttpStatusCode.Unauthorized, noLetter);
        }

        (await WhoAsync(doors, cookie[..value])).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await WhoAsync(doors, cookie + "AAAA")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Logging_out_ends_the_login_also_for_who_kept_the_cookie()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);
        var (cookie, _) = await SignInAsync(doors, Keys.North);
        var (other, _) = await SignInAsync(doors, Keys.North);

        using var logout = await PostAsync(doors, "/logout", cookie, ("Origin", Origin(doors)));

        logout.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldContain("expires=Thu, 01 Jan 1970", Case.Insensitive);
        (await WhoAsync(doors, cookie)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await WhoAsync(doors, other)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_login_outlives_a_restart_but_not_its_key()
    {
        var folder = Directory.CreateTempSubdirectory("logins");
        try
        {
            var token = LoginToken.Make(Secret(folder).Value, KeyHash.Of(Keys.North), DateTimeOffset.MaxValue);

            LoginToken.TryRead(Secret(folder).Value, token, out var read).ShouldBeTrue();
            read.IsOf(Secret(folder).Value, KeyHash.Of(Keys.North)).ShouldBeTrue();
            read.IsOf(Secret(folder).Value, KeyHash.Of(Keys.NorthNext)).ShouldBeFalse();
            var file = Path.Combine(folder.FullName, LoginSecret.FileName);
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            File.Delete(file);
            LoginToken.TryRead(Secret(folder).Value, token, out _).ShouldBeFalse("who deletes the file ends all logins");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("/who?x=1&y=2", "/login?to=%2Fwho%3Fx%3D1%26y%3D2")]
    [InlineData("/sessions/a%20b", "/login?to=%2Fsessions%2Fa%2520b")]
    [InlineData("//evil.example/", "/login?to=%2F")]
    public async Task A_browser_without_a_login_is_led_to_the_form_and_back(string path, string expected)
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(doors.Dashboard.BaseAddress!.AbsoluteUri.TrimEnd('/') + path));
        request.Headers.TryAddWithoutValidation("Accept", Html);
        using var answer = await doors.Dashboard.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        answer.Headers.Location!.OriginalString.ShouldBe(expected);
    }

    [Theory]
    [InlineData("GET", "/api/who", Html)]
    [InlineData("GET", "/who", "application/json")]
    [InlineData("POST", "/who", Html)]
    public async Task Programs_get_a_status_and_no_form(string method, string path, string accept)
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        using var answer = await doors.Dashboard.SendAsync(Keys.Request(new HttpMethod(method), path, key: null, ("Accept", accept)));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("Origin", "own", 200)]
    [InlineData("X-Nothing", "x", 403)]
    public async Task What_changes_something_needs_a_page_of_the_bridge_besides_the_cookie(string header, string value, int expected)
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);
        var (cookie, _) = await SignInAsync(doors, Keys.North);

        using var answer = await PostAsync(doors, "/who", cookie, (header, value == "own" ? Origin(doors) : value));

        ((int)answer.StatusCode).ShouldBe(expected);
    }

    [Fact]
    public async Task Another_site_can_log_nobody_in_or_out()
    {
        await using var doors = await RunningDoors.StartAsync([.. Keys.TwoTenants, ("Host", "0.0.0.0")]);

        using var login = await doors.Dashboard.SendAsync(
            Keys.Request(HttpMethod.Post, "/login?key=" + Keys.North, key: null, ("Origin", "https://evil.example"))
        );

        login.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        login.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_TLS_one_logs_in_and_out_on_loopback_too()
    {
        await using var doors = await RunningDoors.StartAsync([.. Keys.TwoTenants, ("AllowedHosts:0", "bridge.example")]);
        (string, string)[] proxied = [("Host", "bridge.example"), ("Origin", "https://bridge.example"), ("X-Forwarded-Proto", "https")];

        using var login = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Post, "/login?key=" + Keys.North, key: null, proxied));
        login.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var cookie = login.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem();
        cookie = cookie[..cookie.IndexOf(';')];
        using var logout = await doors.Dashboard.SendAsync(
            Keys.Request(HttpMethod.Post, "/logout", key: null, [.. proxied, ("Cookie", cookie)])
        );

        logout.Headers.Contains("Set-Cookie").ShouldBeTrue();
        (await WhoAsync(doors, cookie)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Wrong_keys_in_the_form_are_counted_as_at_every_door()
    {
        await using var doors = await RunningDoors.StartAsync([.. Keys.TwoTenants, ("ClaudeBridge:Access:WrongKeysPerMinute", "2")]);
        List<int> statuses = [];
        foreach (var key in (string[])["a", "", "c", Keys.North])
        {
            using var answer = await doors.Dashboard.PostAsync(new Uri("/login?key=" + key, UriKind.Relative), null);
            statuses.Add((int)answer.StatusCode);
        }

        statuses.ShouldBe([401, 401, 429, 429]);
    }

    [Theory]
    [InlineData("/sessions?q=a%20b", "/sessions?q=a%20b")]
    [InlineData("/", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("/sessions/\u00e9", "/")]
    [InlineData("/a b", "/")]
    [InlineData("/a\r\nSet-Cookie: b", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("sessions", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public void A_login_leads_to_this_site_only(string? to, string expected) => LocalPath.Of(to).ShouldBe(expected);

    private static LoginSecret Secret(DirectoryInfo folder) =>
        new(new AnyEnvironment(folder.FullName), Microsoft.Extensions.Logging.Abstractions.NullLogger<LoginSecret>.Instance);

    private static string Origin(RunningDoors doors) => $"http://127.0.0.1:{doors.Ports.Dashboard}";

    private static async Task<(string Cookie, string Header)> SignInAsync(
        RunningDoors doors,
        string key,
        params (string Name, string Value)[] headers
    )
    {
        using var answer = await doors.Dashboard.SendAsync(
            Keys.Request(HttpMethod.Post, "/login?key=" + key, key: null, [("Origin", Origin(doors)), .. headers])
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var header = answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem();
        return (header[..header.IndexOf(';')], header);
    }

    private static async Task<(HttpStatusCode Status, string Text)> WhoAsync(RunningDoors doors, string cookie)
    {
        using var answer = await doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Get, "/who", key: null, ("Cookie", cookie)));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> PostAsync(
        RunningDoors doors,
        string path,
        string cookie,
        (string Name, string Value) header
    ) => doors.Dashboard.SendAsync(Keys.Request(HttpMethod.Post, path, key: null, ("Cookie", cookie), header));

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class AnyEnvironment(string folder) : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = "";

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = folder;

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } =
            new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
