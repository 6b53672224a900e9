using System.Net;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Tests.Receivers;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>Who gets in, at every port.</summary>
public sealed class AccessTests
{
    private static readonly (string, string?)[] WithKeys = [("ApiKey", "first key"), ("ApiKeys:0", "second")];

    [Theory]
    [Trait("row", "D12")]
    [InlineData(null, null)]
    [InlineData("Authorization", "Bearer wrong")]
    [InlineData("Authorization", "Basic first key")]
    [InlineData("Authorization", "first key")]
    [InlineData("Authorization", "Bearer")]
    [InlineData("x-api-key", "")]
    [InlineData("x-api-key", "first")]
    [InlineData("x-api-key", "first key,second")]
    public async Task D12_without_a_right_key_every_port_answers_401_or_UNAUTHENTICATED(string? header, string? value)
    {
        await using var doors = await RunningDoors.StartAsync(WithKeys);
        (string, string)[] metadata = header is null ? [] : [(header.ToLowerInvariant(), value!)];

        using var http = await SendAsync(doors.Http, "/v1/logs", header, value);
        using var unknownPath = await SendAsync(doors.Http, "/nowhere", header, value);
        using var page = await SendAsync(doors.Dashboard, "/page", header, value, HttpMethod.Get);
        var grpc = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), metadata);

        http.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        http.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Bearer");
        http.Type().ShouldBe(HttpSending.Protobuf);
        unknownPath.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        page.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        grpc.Code.ShouldBe((int)RpcCode.Unauthenticated);
        doors.Journal.Entries.ShouldBeEmpty();
        doors.Log.Lines.ShouldNotContain(line => line.Text.Contains("first key"));
    }

    [Theory]
    [Trait("row", "D12")]
    [InlineData("Authorization", "Bearer first key")]
    [InlineData("Authorization", "bearer second")]
    [InlineData("x-api-key", "first key")]
    [InlineData("X-Api-Key", "second")]
    public async Task D12_any_of_the_keys_opens_every_port(string header, string value)
    {
        await using var doors = await RunningDoors.StartAsync(WithKeys);

        using var http = await SendAsync(doors.Http, "/v1/logs", header, value);
        using var page = await SendAsync(doors.Dashboard, "/page", header, value, HttpMethod.Get);
        var grpc = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), (header.ToLowerInvariant(), value));

        http.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        grpc.Code.ShouldBe(0);
        doors.Journal.Entries.Count.ShouldBe(2);
    }

    [Theory]
    [Trait("row", "D12")]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example:4318")]
    [InlineData("192.168.1.5")]
    [InlineData("bridge.internal.evil")]
    public async Task D12_on_loopback_a_host_of_another_name_is_403_at_every_port(string host)
    {
        await using var doors = await RunningDoors.StartAsync([("AllowedHosts:0", "bridge.internal")]);

        using var http = await SendAsync(doors.Http, "/v1/logs", "Host", host);
        using var probe = await SendAsync(doors.Http, "/health", "Host", host, HttpMethod.Get);
        using var page = await SendAsync(doors.Dashboard, "/page", "Host", host, HttpMethod.Get);
        var grpc = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("Host", host));

        http.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        probe.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        page.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        grpc.Code.ShouldBe((int)RpcCode.PermissionDenied);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LocalHost:4318")]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]:4318")]
    [InlineData("host.docker.internal:4318")]
    [InlineData("bridge.internal")]
    [InlineData("BRIDGE.internal:80")]
    public async Task On_loopback_the_names_of_this_machine_and_the_configured_ones_are_served(string host)
    {
        await using var doors = await RunningDoors.StartAsync([("AllowedHosts:0", "bridge.internal")]);

        using var http = await SendAsync(doors.Http, "/v1/logs", "Host", host);
        var grpc = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("Host", host));

        http.StatusCode.ShouldBe(HttpStatusCode.OK);
        grpc.Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("https://evil.example", 403)]
    [InlineData("http://localhost:3000", 403)]
    [InlineData("null", 403)]
    [InlineData("", 403)]
    [InlineData("same", 200)]
    public async Task On_loopback_a_web_page_of_another_origin_is_sent_away(string origin, int expected)
    {
        await using var doors = await RunningDoors.StartAsync();
        var sent = origin == "same" ? $"http://127.0.0.1:{doors.Ports.Http}" : origin;

        using var response = await SendAsync(doors.Http, "/v1/logs", "Origin", sent);

        ((int)response.StatusCode).ShouldBe(expected);
        response.Headers.ShouldNotContain(header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Beyond_loopback_any_host_is_served_unless_names_are_configured()
    {
        await using var open = await RunningDoors.StartAsync([("Host", "0.0.0.0"), ("ApiKey", "k")]);
        await using var named = await RunningDoors.StartAsync([("Host", "0.0.0.0"), ("ApiKey", "k"), ("AllowedHosts:0", "bridge.example")]);

        (await StatusAsync(open, "anything.example")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(named, "bridge.example:4318")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(named, "anything.example")).ShouldBe(HttpStatusCode.Forbidden);
        using var probe = await SendAsync(named.Http, "/health", "Host", "10.0.0.7", HttpMethod.Get);
        probe.StatusCode.ShouldBe(HttpStatusCode.OK, "whoever runs the container asks by its address");

        static async Task<HttpStatusCode> StatusAsync(RunningDoors doors, string host)
        {
            using var response = await doors.Http.PostAsync(
                "/v1/logs",
                Some.Logs(),
                HttpSending.Protobuf,
                also: request =>
                {
                    request.Headers.Host = host;
                    request.Headers.Add("x-api-key", "k");
                }
            );
            return response.StatusCode;
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client,
        string path,
        string? header,
        string? value,
        HttpMethod? method = null
    )
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, path);
        if (request.Method == HttpMethod.Post)
        {
            request.Content = new ByteArrayContent(Some.Logs());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", HttpSending.Protobuf);
        }

        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        return await client.SendAsync(request);
    }
}
