using System.Net;
using System.Text.Json;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Receivers;
using ClaudeBridge.Tests.Access;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>The addresses that other tools expect, on both ports: what is taken there, of whom, and what a GET says.</summary>
public sealed class EndpointTests
{
    private const string Integration = "/api/v1/integrations/claude";

    [Theory]
    [InlineData("/v1/logs")]
    [InlineData("/api/v1/otlp/v1/logs")]
    [InlineData("/api/v1/otlp/v1/logs/")]
    [InlineData(Integration + "/logs")]
    [InlineData(Integration + "/logs/")]
    [InlineData(Integration + "/logs/v1/logs")]
    [InlineData(Integration + "/metrics/v1/logs")]
    [InlineData(Integration + "/v1/logs")]
    [InlineData(Integration + "/v1/logs/")]
    [InlineData(Integration)]
    [InlineData(Integration + "/")]
    public async Task Logs_are_taken_on_both_ports_at_every_address_that_is_meant_for_them(string path)
    {
        await using var doors = await RunningDoors.StartAsync();

        foreach (var client in (HttpClient[])[doors.Http, doors.Dashboard])
        {
            using var protobuf = await client.PostAsync(path, Some.Logs(), HttpSending.Protobuf);
            using var json = await client.PostAsync(path, Some.Body(Signal.Logs, OtlpEncoding.Json), HttpSending.Json);
            protobuf.StatusCode.ShouldBe(HttpStatusCode.OK);
            protobuf.Type().ShouldBe(HttpSending.Protobuf);
            (await json.Content.ReadAsStringAsync()).ShouldBe("{}");
        }

        doors.Journal.Entries.Select(static entry => entry.Signal).ShouldBe(Enumerable.Repeat(Signal.Logs, 4));
    }

    [Theory]
    [InlineData(Signal.Logs)]
    [InlineData(Signal.Metrics)]
    [InlineData(Signal.Traces)]
    public async Task The_address_without_a_suffix_takes_every_signal_in_both_encodings_also_compressed(Signal signal)
    {
        await using var doors = await RunningDoors.StartAsync();
        var protobuf = OtlpDecoder.Decode(signal, OtlpEncoding.Json, Some.Body(signal, OtlpEncoding.Json)).ToProtobuf();

        using var one = await doors.Dashboard.PostAsync(Integration, protobuf, HttpSending.Protobuf);
        using var two = await doors.Dashboard.PostAsync(Integration, Some.Body(signal, OtlpEncoding.Json), HttpSending.Json);
        using var three = await doors.Http.PostAsync(Integration, Some.Gzip(protobuf), HttpSending.Protobuf, "gzip");

        doors.Journal.Entries.Select(static entry => entry.Signal).ShouldBe([signal, signal, signal]);
        one.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(HttpSending.Protobuf, "", 200)]
    [InlineData(HttpSending.Json, "{}", 200)]
    [InlineData(HttpSending.Json, "{\"resourceMetrics\":[]}", 200)]
    [InlineData(HttpSending.Json, "[1]", 400)]
    [InlineData(HttpSending.Json, "{\"resourceLogs\":[", 400)]
    [InlineData(HttpSending.Protobuf, "\u000a\u0050", 400)]
    [InlineData("text/plain", "x", 415)]
    public async Task A_body_that_says_nothing_costs_nothing_and_a_broken_one_is_refused(string type, string body, int expected)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var answer = await doors.Dashboard.PostAsync(Integration, System.Text.Encoding.UTF8.GetBytes(body), type);

        ((int)answer.StatusCode).ShouldBe(expected);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_too_large_is_refused_on_the_dashboard_port_too()
    {
        await using var doors = await RunningDoors.StartAsync([("MaxBodyBytes", "1024"), ("MaxInFlightBytes", "4096")]);

        using var answer = await doors.Dashboard.PostAsync(Integration + "/logs", Some.Logs(padding: 5_000), HttpSending.Protobuf);

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("?user=ada", null, "ada")]
    [InlineData("?user=ada", "grace", "ada")]
    [InlineData("", "grace", "grace")]
    [InlineData("?user=", "grace", "grace")]
    [InlineData("", null, null)]
    public async Task The_address_names_the_user_before_the_header_does(string query, string? header, string? expected)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var answer = await SendAsync(doors, Integration + "/logs" + query, Some.Logs(), header);

        SenderAttributes.UserOf(doors.Journal.Entries.ShouldHaveSingleItem()).ShouldBe(expected);
    }

    [Fact]
    public async Task Key_and_user_come_as_gRPC_metadata_as_well()
    {
        await using var doors = await RunningDoors.StartAsync(Keys.TwoTenants);

        (
            await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("authorization", "Bearer " + Keys.South), ("x-user-id", "ada"))
        ).Code.ShouldBe(0);
        (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("x-api-key", Keys.Operator))).Code.ShouldBe(0);

        doors.Journal.Entries.Select(SenderAttributes.TenantOf).ShouldBe(["south", ""]);
        doors.Journal.Entries.Select(SenderAttributes.UserOf).ShouldBe(["ada", null]);
    }

    [Theory]
    [InlineData("/v1/logs?user=mallory", null)]
    [InlineData(Integration + "?user=mallory", null)]
    [InlineData(Integration + "/logs", "mallory")]
    public async Task An_unknown_user_is_401_and_nothing_is_stored(string path, string? header)
    {
        await using var doors = await RunningDoors.StartAsync([("ClaudeBridge:Access:Users:0", "Ada@example.com")]);

        using var unknown = await SendAsync(doors, path, Some.Logs(), header);
        using var known = await SendAsync(doors, Integration + "/logs?user=ada@example.com", Some.Logs(), null);
        var grpc = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("x-user-id", "mallory"));

        unknown.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        known.StatusCode.ShouldBe(HttpStatusCode.OK);
        grpc.Code.ShouldBe((int)ClaudeBridge.Otlp.Rpc.RpcCode.Unauthenticated);
        doors.Journal.Entries.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_user_that_cannot_be_one_is_400()
    {
        await using var doors = await RunningDoors.StartAsync();

        using var answer = await SendAsync(doors, Integration + "/logs?user=" + new string('x', 201), Some.Logs(), null);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Of_several_resources_those_of_unknown_users_are_left_out_and_the_others_are_kept()
    {
        await using var doors = await WithResourceUsersAsync("ada");

        using var mixed = await SendAsync(doors, Integration, LogsOf("ada", "mallory", null), null);
        using var unknown = await SendAsync(doors, Integration, LogsOf("mallory"), null);
        using var plain = await SendAsync(doors, "/v1/logs", LogsOf("mallory"), null);
        using var named = await SendAsync(doors, Integration + "?user=ada", LogsOf("mallory"), null);

        mixed.StatusCode.ShouldBe(HttpStatusCode.OK);
        ExportLogsServiceResponse.Parser.ParseFrom(await mixed.BytesAsync()).PartialSuccess.RejectedLogRecords.ShouldBe(1);
        unknown.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        plain.StatusCode.ShouldBe(HttpStatusCode.OK, "OTLP's own address does not judge what resources say");
        named.StatusCode.ShouldBe(HttpStatusCode.OK, "the address says who it is");
        var kept = ExportLogsServiceRequest.Parser.ParseFrom(doors.Journal.Entries[0].Body.Span);
        kept.ResourceLogs.Count.ShouldBe(2);
        kept.ToString().ShouldNotContain("mallory");
        doors.Journal.Entries.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("/v1/logs", "", "logs")]
    [InlineData("/v1/traces", "", "traces")]
    [InlineData(Integration + "/metrics", Integration, "metrics")]
    [InlineData("/api/v1/otlp/v1/metrics", "/api/v1/otlp", "metrics")]
    [InlineData(Integration, Integration, "logs,metrics,traces")]
    public async Task GET_tells_health_names_and_the_variables_with_the_address_that_was_asked(string path, string endpoint, string signals)
    {
        await using var doors = await RunningDoors.StartAsync(
            Keys.TwoTenants,
            services =>
                services.AddSingleton(
                    new ClientGuide(["claude_code.user_prompt"], ["m"], ["s"], ClaudeBridge.ClaudeCode.ClientSettings.For, [])
                )
        );

        foreach (var client in (HttpClient[])[doors.Http, doors.Dashboard])
        {
            using var request = Keys.Request(HttpMethod.Get, path, Keys.North, ("Host", "localhost:4242"));
            using var answer = await client.SendAsync(request);
            using var without = await client.GetAsync(new Uri(path, UriKind.Relative));

            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            without.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            using var json = JsonDocument.Parse(await answer.BytesAsync());
            var root = json.RootElement;
            root.GetProperty("status").GetString().ShouldBe("ok");
            string.Join(',', root.GetProperty("accepts").GetProperty("signals").EnumerateArray()).ShouldBe(signals);
            root.GetProperty("supported").GetProperty("events")[0].GetString().ShouldBe("claude_code.user_prompt");
            var environment = root.GetProperty("setup").GetProperty("environment");
            environment.GetProperty("OTEL_EXPORTER_OTLP_ENDPOINT").GetString().ShouldBe("http://localhost:4242" + endpoint);
            environment.GetProperty("OTEL_EXPORTER_OTLP_HEADERS").GetString().ShouldStartWith("x-api-key=YOUR_API_KEY");
            environment.ToString().ShouldNotContain(Keys.North);
        }
    }

    [Fact]
    public async Task A_prefix_is_a_setting()
    {
        await using var doors = await RunningDoors.StartAsync([("PathPrefixes", "/otlp, /team/a")]);
        await using var none = await RunningDoors.StartAsync([("PathPrefixes", "none")]);

        (await StatusAsync(doors, "/otlp/v1/traces")).ShouldBe(200);
        (await StatusAsync(doors, "/team/a/v1/traces")).ShouldBe(200);
        (await StatusAsync(doors, "/api/v1/otlp/v1/traces")).ShouldBe(404);
        (await StatusAsync(none, "/api/v1/otlp/v1/traces")).ShouldBe(404);
        (await StatusAsync(none, "/v1/traces")).ShouldBe(200);

        static async Task<int> StatusAsync(RunningDoors doors, string path)
        {
            using var answer = await doors.Http.PostAsync(path, Some.Spans(Some.Span()), HttpSending.Protobuf);
            return (int)answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("otlp")]
    [InlineData("/otlp/")]
    [InlineData("/a//b")]
    [InlineData("/a b")]
    [InlineData("/")]
    public async Task A_prefix_that_cannot_be_one_stops_the_start(string prefix)
    {
        var failure = await Should.ThrowAsync<ClaudeBridge.Hosting.StartupException>(() =>
            RunningDoors.StartAsync([("PathPrefixes", prefix)])
        );

        failure.ExitCode.ShouldBe(2);
        failure.Message.ShouldContain("PathPrefixes");
    }

    private static Task<RunningDoors> WithResourceUsersAsync(string known) =>
        RunningDoors.StartAsync(
            [("ClaudeBridge:Access:Users:0", known)],
            static services =>
                services.AddSingleton<UserOfResource>(
                    static (IServiceProvider _) =>
                        static resource => resource.Attributes.FirstOrDefault(static pair => pair.Key == "user.id")?.Value.StringValue
                )
        );

    private static byte[] LogsOf(params string?[] users)
    {
        var request = new ExportLogsServiceRequest();
        foreach (var user in users)
        {
            var resource = new Resource();
            if (user is not null)
            {
                resource.Attributes.Add(
                    new KeyValue
                    {
                        Key = "user.id",
                        Value = new AnyValue { StringValue = user },
                    }
                );
            }

            request.ResourceLogs.Add(
                new ResourceLogs
                {
                    Resource = resource,
                    ScopeLogs = { new ScopeLogs { LogRecords = { new LogRecord { TimeUnixNano = 1 } } } },
                }
            );
        }

        return request.ToByteArray();
    }

    private static Task<HttpResponseMessage> SendAsync(RunningDoors doors, string path, byte[] body, string? user) =>
        doors.Dashboard.PostAsync(
            path,
            body,
            HttpSending.Protobuf,
            also: request =>
            {
                if (user is not null)
                {
                    request.Headers.TryAddWithoutValidation("x-user-id", user);
                }
            }
        );
}
