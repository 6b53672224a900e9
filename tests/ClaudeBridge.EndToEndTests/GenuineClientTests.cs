using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using ClaudeBridge.Access;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.Hosting.Tls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ClaudeBridge.EndToEndTests;

/// <summary>A client that others have written: the OpenTelemetry SDK for .NET with its OTLP exporter.</summary>
public sealed class GenuineClientTests
{
    private const int FlushMilliseconds = 30_000;

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task Events_spans_and_metrics_of_the_SDK_are_taken_and_make_a_tree(OtlpExportProtocol protocol)
    {
        using var complaints = new ExporterComplaints();
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        using var client = new SdkClient(protocol, bridge.HttpPort, bridge.GrpcPort);

        var traceId = client.WriteTurn();

        client.Flush().ShouldBeTrue();
        complaints.All.ShouldBeEmpty();
        await Wait.UntilAsync(
            "the tree is whole",
            async () => IsWhole(await ObservationsAsync(bridge, client)),
            state: () => bridge.Errors
        );
        using var shown = JsonDocument.Parse((await Shown.OfAsync(bridge.Folder)).Trees[client.Session]);
        var trace = shown.RootElement.GetProperty("traceList").EnumerateArray().ShouldHaveSingleItem();
        trace.GetProperty("traceId").GetString().ShouldBe(traceId);
        trace.GetProperty("input").GetString().ShouldBe("How many files?");
        shown.RootElement.GetProperty("cost").GetString().ShouldBe("0.0125");
        shown.RootElement.GetProperty("usage").GetProperty("input").GetInt64().ShouldBe(12);
        var observations = trace
            .GetProperty("observations")
            .EnumerateArray()
            .ToDictionary(static one => one.GetProperty("type").GetString()!);
        observations["AGENT"].GetProperty("parentId").ValueKind.ShouldBe(JsonValueKind.Null);
        observations["GENERATION"].GetProperty("parentId").GetString().ShouldBe(observations["AGENT"].GetProperty("id").GetString());
        observations["TOOL"].GetProperty("parentId").GetString().ShouldBe(observations["GENERATION"].GetProperty("id").GetString());
        observations["TOOL"].GetProperty("name").GetString().ShouldBe("Bash");
        observations["GENERATION"].GetProperty("metadata").TryGetProperty("native_span_id", out _).ShouldBeTrue("its span was joined");

        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        bridge.Errors.Trim().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public void Without_a_bridge_the_SDK_complains(OtlpExportProtocol protocol)
    {
        using var complaints = new ExporterComplaints();
        using var client = new SdkClient(protocol, FreePorts.Take(), FreePorts.Take());

        client.WriteTurn();
        client.Flush();

        complaints.All.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    [InlineData(OtlpExportProtocol.Grpc)]
    public async Task Over_TLS_the_SDK_needs_its_authority_alone_and_what_the_bridge_prints_and_asks_follows_the_scheme(
        OtlpExportProtocol protocol
    )
    {
        using var complaints = new ExporterComplaints();
        using var authority = new TestAuthority();
        authority.Issue();
        var settings = BridgeProcess.Settings();
        settings["ClaudeBridge__Tls__CertificateFile"] = authority.CertificateFile;
        settings["ClaudeBridge__Tls__KeyFile"] = authority.KeyFile;
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using var client = new SdkClient(protocol, bridge.HttpPort, bridge.GrpcPort, authority: authority);

        client.WriteTurn();

        client.Flush().ShouldBeTrue();
        complaints.All.ShouldBeEmpty();
        await Wait.UntilAsync(
            "the tree is whole",
            async () => IsWhole(await ObservationsAsync(bridge, client)),
            state: () => bridge.Errors
        );
        bridge.Output.ShouldContain($"OTEL_EXPORTER_OTLP_ENDPOINT=https://127.0.0.1:{bridge.HttpPort}");
        bridge.Output.ShouldContain($"Dashboard   https://127.0.0.1:{bridge.DashboardPort}/");
        settings["ClaudeBridge__Receivers__HttpPort"] = $"{bridge.HttpPort}";
        (await BridgeCommand.RunAsync(["healthcheck", "--data", bridge.Folder], settings)).MustBeDone();
        settings["ClaudeBridge__Tls__ClientCaFile"] = authority.RootFile;
        settings["ClaudeBridge__Receivers__DashboardPort"] = $"{bridge.DashboardPort}";
        (await BridgeCommand.RunAsync(["healthcheck", "--data", bridge.Folder], settings)).MustBeDone();
        bridge.Errors.Trim().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_SDK_pointed_at_the_integration_posts_every_signal_there_with_its_tenants_key()
    {
        const string Key = "cb_a-key-of-north";
        using var complaints = new ExporterComplaints();
        var settings = BridgeProcess.Settings();
        settings["ClaudeBridge__Access__Tenants__0__Name"] = "north";
        settings["ClaudeBridge__Access__Tenants__0__KeyHashes__0"] = KeyHash.Of(Key).ToString();
        await using var bridge = await BridgeProcess.StartAsync(settings);
        var at = new Uri($"http://127.0.0.1:{bridge.DashboardPort}/api/v1/integrations/claude?user=dropped-by-some-clients");
        using var client = new SdkClient(OtlpExportProtocol.HttpProtobuf, 0, 0, at, $"x-api-key={Key},x-user-id=grace");

        var traceId = client.WriteTurn();

        client.Flush().ShouldBeTrue();
        complaints.All.ShouldBeEmpty();
        await Wait.UntilAsync(
            "the tree is whole",
            async () => IsWhole(await ObservationsAsync(bridge, client)),
            state: () => bridge.Errors
        );
        using var trace = await TraceAsync(traceId);
        var text = trace.RootElement.GetRawText();
        text.ShouldContain("tenant:north");
        text.ShouldContain("dropped-by-some-clients");

        async Task<JsonDocument> TraceAsync(string id)
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Add("x-api-key", Key);
            return JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{bridge.DashboardPort}/api/traces/{id}")));
        }
    }

    /// <summary>Events and spans go out in requests of their own: each observation has its span, and the request what only its event tells.</summary>
    private static bool IsWhole(List<JsonElement> observations) =>
        observations.Count == 3
        && observations.TrueForAll(static one => one.GetProperty("metadata").TryGetProperty("native_span_id", out _))
        && observations.Exists(static one => one.GetProperty("cost").ValueKind == JsonValueKind.String);

    private static async Task<List<JsonElement>> ObservationsAsync(BridgeProcess bridge, SdkClient client)
    {
        var shown = await Shown.OfAsync(bridge.Folder);
        return shown.Trees.TryGetValue(client.Session, out var tree)
            ?
            [
                .. JsonDocument
                    .Parse(tree)
                    .RootElement.GetProperty("traceList")
                    .EnumerateArray()
                    .SelectMany(static trace => trace.GetProperty("observations").EnumerateArray()),
            ]
            : [];
    }

    /// <summary>Writes what Claude Code would write, with the SDK's own means.</summary>
    private sealed class SdkClient : IDisposable
    {
        private readonly OtlpExportProtocol _protocol;
        private readonly int _httpPort;
        private readonly int _grpcPort;
        private readonly Uri? _at;
        private readonly string? _headers;
        private readonly TestAuthority? _authority;
        private readonly ActivitySource _source = new("com.anthropic.claude_code.tracing", "1.0.0");
        private readonly Meter _meter = new("com.anthropic.claude_code", "2.1.329");
        private readonly ServiceProvider _services;
        private readonly TracerProvider _tracer;
        private readonly MeterProvider _metrics;
        private int _sequence;

        /// <param name="at">One address for every signal; null for the usual ones.</param>
        /// <param name="authority">Speaks TLS and trusts whom this one vouches for; null for cleartext.</param>
        public SdkClient(
            OtlpExportProtocol protocol,
            int httpPort,
            int grpcPort,
            Uri? at = null,
            string? headers = null,
            TestAuthority? authority = null
        )
        {
            (_protocol, _httpPort, _grpcPort, _at, _headers, _authority) = (protocol, httpPort, grpcPort, at, headers, authority);
            var resource = ResourceBuilder
                .CreateEmpty()
                .AddService("claude-code", serviceVersion: "2.1.329", autoGenerateServiceInstanceId: false);
            _services = new ServiceCollection()
                .AddLogging(logging =>
                    logging.AddOpenTelemetry(options =>
                    {
                        options.IncludeFormattedMessage = true;
                        options.SetResourceBuilder(resource).AddOtlpExporter(exporter => Configure(exporter, "/v1/logs"));
                    })
                )
                .BuildServiceProvider();
            _tracer = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(_source.Name)
                .AddOtlpExporter(exporter => Configure(exporter, "/v1/traces"))
                .Build();
            _metrics = Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter(_meter.Name)
                .AddOtlpExporter(exporter => Configure(exporter, "/v1/metrics"))
                .Build();
        }

        public string Session { get; } = Guid.NewGuid().ToString();

        /// <returns>The trace id.</returns>
        public string WriteTurn()
        {
            var prompt = Guid.NewGuid().ToString();
            var cost = _meter.CreateCounter<double>("claude_code.cost.usage", "USD");
            using var interaction = Span("claude_code.interaction", ("span.type", "interaction"))!;
            Event("user_prompt", prompt, ("prompt", "How many files?"), ("prompt_length", "15"));
            using (Span("claude_code.llm_request", ("span.type", "llm_request"), ("request_id", "req_sdk_1"), ("success", true)))
            {
                Event(
                    "api_request",
                    prompt,
                    ("model", "claude-opus-5-5"),
                    ("input_tokens", 12),
                    ("output_tokens", 7),
                    ("cost_usd", 0.0125),
                    ("duration_ms", 1),
                    ("request_id", "req_sdk_1")
                );
            }

            using (Span("claude_code.tool", ("span.type", "tool"), ("tool_name", "Bash"), ("tool_use_id", "toolu_sdk_1")))
            {
                Event(
                    "tool_result",
                    prompt,
                    ("tool_name", "Bash"),
                    ("tool_use_id", "toolu_sdk_1"),
                    ("request_id", "req_sdk_1"),
                    ("success", "true"),
                    ("duration_ms", "1")
                );
            }

            cost.Add(0.0125, new("session.id", Session), new("model", "claude-opus-5-5"));
            return interaction.TraceId.ToHexString();
        }

        /// <summary>True when the SDK got rid of everything in time.</summary>
        public bool Flush() =>
            _services.GetRequiredService<LoggerProvider>().ForceFlush(FlushMilliseconds)
            & _tracer.ForceFlush(FlushMilliseconds)
            & _metrics.ForceFlush(FlushMilliseconds);

        public void Dispose()
        {
            _tracer.Dispose();
            _metrics.Dispose();
            _services.Dispose();
            _source.Dispose();
            _meter.Dispose();
        }

        private Activity? Span(string name, params (string Key, object Value)[] attributes)
        {
            var activity = _source.StartActivity(name);
            activity?.SetTag("session.id", Session);
            foreach (var (key, value) in attributes)
            {
                activity?.SetTag(key, value);
            }

            return activity;
        }

        private void Event(string kind, string prompt, params (string Key, object Value)[] attributes)
        {
            List<KeyValuePair<string, object?>> all =
            [
                new("session.id", Session),
                new("prompt.id", prompt),
                new("event.name", kind),
                new("event.sequence", _sequence++),
                .. attributes.Select(static pair => new KeyValuePair<string, object?>(pair.Key, pair.Value)),
            ];
            _services
                .GetRequiredService<ILoggerFactory>()
                .CreateLogger("com.anthropic.claude_code.events")
                .Log(LogLevel.Information, default, all, null, (_, _) => "claude_code." + kind);
        }

        private void Configure(OtlpExporterOptions exporter, string path)
        {
            exporter.Protocol = _protocol;
            exporter.Headers = _headers;
            var scheme = "http";
            if (_authority is not null)
            {
                scheme = "https";
                exporter.HttpClientFactory = () => new HttpClient(new SocketsHttpHandler { SslOptions = _authority.Trusting() });
            }

            exporter.Endpoint =
                _at
                ?? (
                    _protocol == OtlpExportProtocol.Grpc
                        ? new Uri($"{scheme}://127.0.0.1:{_grpcPort}")
                        : new Uri($"{scheme}://127.0.0.1:{_httpPort}{path}")
                );
        }
    }
}
