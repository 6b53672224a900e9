using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ClaudeBridge.Cli;
using ClaudeBridge.Hosting;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Hosting.Tls;

/// <summary>TLS on the ports: which files are taken, what is spoken, and what is refused.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Keys_of_every_usual_form_are_taken_and_all_three_ports_speak_TLS_with_the_whole_chain(int form)
    {
        _authority.Issue((KeyForm)form);
        await using var doors = await RunningDoors.StartAsync(_authority.Settings);
        using var http = _authority.Client(doors.Ports.Http);
        using var http2 = _authority.Client(doors.Ports.Http, version: HttpVersion.Version20);
        using var dashboard = _authority.Client(doors.Ports.Dashboard);
        using var grpc = _authority.Client(doors.Ports.Grpc, version: HttpVersion.Version20);
        using var call = new HttpRequestMessage(HttpMethod.Post, GrpcCaller.Logs)
        {
            Content = new ByteArrayContent(GrpcCaller.Frame(Some.Logs())) { Headers = { { "Content-Type", "application/grpc" } } },
        };

        using var posted = await http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
        using var posted2 = await http2.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
        using var called = await grpc.SendAsync(call);
        await called.BytesAsync();

        posted.StatusCode.ShouldBe(HttpStatusCode.OK);
        posted2.StatusCode.ShouldBe(HttpStatusCode.OK);
        posted2.Version.ShouldBe(HttpVersion.Version20);
        called.TrailingHeaders.GetValues("grpc-status").ShouldBe(["0"]);
        (await dashboard.GetStringAsync("/page")).ShouldBe("the page");
        doors.Journal.Entries.Count.ShouldBe(3);
        doors.Ports.Scheme.ShouldBe("https");
    }

    [Theory]
    [InlineData("none", "CertificateFile cannot be read")]
    [InlineData("no key", "KeyFile cannot be read")]
    [InlineData("key of another", "do not go together")]
    [InlineData("swapped", "holds no certificate")]
    [InlineData("rubbish", "holds no certificate")]
    [InlineData("password", "holds a key with a password")]
    [InlineData("half", "go together")]
    [InlineData("relative", "must be a whole path")]
    [InlineData("old version", "Tls:MinimumVersion")]
    public async Task Files_that_cannot_be_used_stop_the_start_with_the_key_and_the_way_out(string fault, string expected)
    {
        _authority.Issue(fault == "password" ? KeyForm.WithPassword : KeyForm.Pkcs8);
        var settings = _authority.Settings.ToDictionary(static pair => pair.Item1, static pair => pair.Item2);
        switch (fault)
        {
            case "none":
                File.Delete(_authority.CertificateFile);
                break;
            case "no key":
                File.Delete(_authority.KeyFile);
                break;
            case "key of another":
                var kept = File.ReadAllText(_authority.CertificateFile);
                _authority.Issue();
                File.WriteAllText(_authority.CertificateFile, kept);
                break;
            case "swapped":
                File.Copy(_authority.KeyFile, _authority.CertificateFile, overwrite: true);
                break;
            case "rubbish":
                File.WriteAllBytes(_authority.CertificateFile, [0, 255, 1, 2]);
                break;
            case "half":
                settings.Remove("ClaudeBridge:Tls:KeyFile");
                break;
            case "relative":
                settings["ClaudeBridge:Tls:KeyFile"] = "bridge.key";
                break;
            case "old version":
                settings["ClaudeBridge:Tls:MinimumVersion"] = "Tls11";
                break;
        }

        var failure = await Should.ThrowAsync<StartupException>(() =>
            RunningDoors.StartAsync(settings.Select(static pair => (pair.Key, pair.Value)))
        );

        failure.ExitCode.ShouldBe(2);
        failure.Message.ShouldContain("ClaudeBridge:Tls:");
        failure.Message.ShouldContain(expected);
        failure.Message.ShouldNotContain("-----BEGIN PRIVATE");
    }

    [Fact]
    public async Task An_expired_certificate_starts_with_a_warning()
    {
        _authority.Issue(validFor: TimeSpan.FromDays(-1));

        await using var doors = await RunningDoors.StartAsync(_authority.Settings);

        doors.Log.Lines.ShouldContain(line => line.Level == LogLevel.Warning && line.Text.Contains("expired on"));
    }

    [Fact]
    public async Task A_renewed_certificate_is_taken_up_without_a_restart_and_a_broken_one_is_not()
    {
        var first = _authority.Issue();
        await using var doors = await RunningDoors.StartAsync(_authority.Settings);
        (await SerialAsync(doors.Ports.Http)).ShouldBe(first);

        File.WriteAllText(_authority.CertificateFile, "half written");
        // The files are looked at when somebody connects.
        await Until(async () =>
            await SerialAsync(doors.Ports.Http) == first && doors.Log.Lines.Any(static line => line.Text.Contains("is not taken up"))
        );
        (await SerialAsync(doors.Ports.Http)).ShouldBe(first);
        var second = _authority.Issue(KeyForm.Sec1);

        await Until(async () => await SerialAsync(doors.Ports.Http) == second);
        (await SerialAsync(doors.Ports.Grpc)).ShouldBe(second);

        async Task Until(Func<Task<bool>> holds)
        {
            for (var i = 0; i < 200 && !await holds(); i++)
            {
                await Task.Delay(100);
            }

            (await holds()).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, "Tls12", true)]
    [InlineData(SslProtocols.Tls13, "Tls12", true)]
    [InlineData(SslProtocols.Tls12, "Tls13", false)]
    [InlineData(SslProtocols.Tls13, "Tls13", true)]
    public async Task Nothing_older_than_configured_is_spoken(SslProtocols offered, string minimum, bool expected)
    {
        _authority.Issue();
        await using var doors = await RunningDoors.StartAsync([.. _authority.Settings, ("ClaudeBridge:Tls:MinimumVersion", minimum)]);

        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Grpc, doors.Ports.Dashboard])
        {
            (await ShakesHandsAsync(port, offered)).ShouldBe(expected);
        }
    }

    /// <summary>The hello is written by hand: what is installed here may not speak these versions at all.</summary>
    [Theory]
    [InlineData(0x0300)]
    [InlineData(0x0301)]
    [InlineData(0x0302)]
    public async Task SSL_3_and_TLS_1_0_and_1_1_are_refused_with_an_alert(int version)
    {
        const byte Alert = 21;
        _authority.Issue();
        await using var doors = await RunningDoors.StartAsync(_authority.Settings);

        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Grpc, doors.Ports.Dashboard])
        {
            var answer = await AnswerToAsync(port, HelloOf((byte)(version >> 8), (byte)version));
            (answer.Length == 0 || answer[0] == Alert).ShouldBeTrue("no server hello");
        }

        (await ShakesHandsAsync(doors.Ports.Http, SslProtocols.Tls13)).ShouldBeTrue();
    }

    [Fact]
    public async Task HTTP_without_TLS_is_told_so_at_every_port()
    {
        _authority.Issue();
        await using var doors = await RunningDoors.StartAsync(_authority.Settings);

        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Grpc, doors.Ports.Dashboard])
        {
            var answer = System.Text.Encoding.ASCII.GetString(
                await AnswerToAsync(port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray())
            );
            answer.ShouldStartWith("HTTP/1.1 400 ");
            answer.ShouldEndWith("This port speaks TLS: its address begins https://\n");
        }

        doors.Log.Lines.ShouldNotContain(line => line.Level > LogLevel.Information);
    }

    [Fact]
    public async Task With_authorities_for_clients_the_OTLP_ports_want_a_certificate_of_theirs_and_the_dashboard_none_but_takes_no_exports()
    {
        _authority.Issue();
        using var strangers = new TestAuthority();
        using var known = _authority.ForClient();
        using var unknown = strangers.ForClient();
        await using var doors = await RunningDoors.StartAsync([
            .. _authority.Settings,
            ("ClaudeBridge:Tls:ClientCaFile", _authority.RootFile),
        ]);

        (await StatusAsync(doors.Ports.Http, known)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(doors.Ports.Http, unknown)).ShouldBeNull();
        (await StatusAsync(doors.Ports.Http, null)).ShouldBeNull();
        (await StatusAsync(doors.Ports.Grpc, known, HttpVersion.Version20)).ShouldBe(
            HttpStatusCode.UnsupportedMediaType,
            "it is let in, and no gRPC"
        );
        (await StatusAsync(doors.Ports.Grpc, null, HttpVersion.Version20)).ShouldBeNull();
        (await StatusAsync(doors.Ports.Dashboard, null)).ShouldBe(HttpStatusCode.Forbidden);
        using var reader = _authority.Client(doors.Ports.Dashboard);
        (await reader.GetStringAsync("/page")).ShouldBe("the page");
        doors.Journal.Entries.ShouldHaveSingleItem("the one that came with a certificate");

        async Task<HttpStatusCode?> StatusAsync(int port, X509Certificate2? certificate, Version? version = null)
        {
            using var client = _authority.Client(port, certificate, version);
            try
            {
                using var answer = await client.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
                return answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Over_TLS_the_cookie_of_a_login_is_for_https_alone()
    {
        _authority.Issue();
        await using var doors = await RunningDoors.StartAsync([.. _authority.Settings, ("ApiKey", "the key")]);
        using var dashboard = _authority.Client(doors.Ports.Dashboard);

        using var answer = await dashboard.PostAsync("/login?key=the%20key", content: null);

        answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem().ShouldContain("; secure");
    }

    [Fact]
    public async Task The_status_page_names_https_addresses_and_what_a_client_sets_for_certificates()
    {
        _authority.Issue();
        using var folder = new Cli.TemporaryFolder();
        await using var bridge = await RunningBridge.StartAsync(
            folder.Path,
            [("Tls:CertificateFile", _authority.CertificateFile), ("Tls:KeyFile", _authority.KeyFile)]
        );
        using var dashboard = _authority.Client(bridge.Dashboard.BaseAddress!.Port);

        var page = await dashboard.GetStringAsync("/status");

        page.ShouldContain($"OTEL_EXPORTER_OTLP_ENDPOINT=https://127.0.0.1:{bridge.Http.BaseAddress!.Port}");
        page.ShouldContain("NODE_EXTRA_CA_CERTS");
        page.ShouldNotContain("=http://");
    }

    [Fact]
    public async Task A_health_check_by_address_takes_the_authority_that_it_is_given_and_says_what_to_do_without()
    {
        _authority.Issue();
        using var other = new TestAuthority();
        await using var doors = await RunningDoors.StartAsync(_authority.Settings);
        var url = $"https://127.0.0.1:{doors.Ports.Http}/health";

        (await CheckAsync("--url", url, "--ca", _authority.RootFile)).ShouldBe((0, ""));

        var (code, error) = await CheckAsync("--url", url);
        code.ShouldBe(1);
        error.ShouldContain("--ca FILE");
        (await CheckAsync("--url", url, "--ca", other.RootFile)).Code.ShouldBe(1);
        (await CheckAsync("--url", url, "--ca", _authority.KeyFile)).Code.ShouldBe(2);
        (await CheckAsync("--url", url, "--ca", "/nowhere.pem")).Code.ShouldBe(2);
        (await CheckAsync("--ca", _authority.RootFile)).Code.ShouldBe(2);
    }

    private static async Task<(int Code, string Error)> CheckAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandTree.InvokeAsync(
            ["healthcheck", .. arguments],
            new CommandServices(Terminal.Over(output, error), TimeProvider.System),
            TestContext.Current.CancellationToken
        );
        return (code, error.ToString());
    }

    private async Task<bool> ShakesHandsAsync(int port, SslProtocols protocols)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var tls = new SslStream(client.GetStream());
        var options = _authority.Trusting();
        options.EnabledSslProtocols = protocols;
        try
        {
            await tls.AuthenticateAsClientAsync(options);
            // A server may refuse a client only after the client has done its part.
            await tls.WriteAsync("no request\r\n\r\n"u8.ToArray());
            await tls.ReadExactlyAsync(new byte[1]);
            return true;
        }
        catch (EndOfStreamException)
        {
            return true;
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            return false;
        }
    }

    private async Task<string> SerialAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(_authority.Trusting());
        return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
    }

    private static async Task<byte[]> AnswerToAsync(int port, byte[] bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await client.GetStream().WriteAsync(bytes);
        using var answer = new MemoryStream();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await client.GetStream().CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return answer.ToArray();
    }

    /// <summary>A client hello with some usual cipher suites and no extensions (RFC 4346, section 7.4.1.2).</summary>
    private static byte[] HelloOf(byte major, byte minor)
    {
        byte[] suites = [0xC0, 0x13, 0xC0, 0x14, 0xC0, 0x09, 0xC0, 0x0A, 0x00, 0x2F, 0x00, 0x35];
        byte[] body = [major, minor, .. new byte[32], 0, 0, (byte)suites.Length, .. suites, 1, 0];
        byte[] hello = [1, 0, 0, (byte)body.Length, .. body];
        return [22, major, minor, 0, (byte)hello.Length, .. hello];
    }
}
