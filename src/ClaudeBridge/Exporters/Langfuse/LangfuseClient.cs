using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Diagnostics;
using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Speaks with Langfuse: one request, one verdict. Knows nothing of repetition.</summary>
public sealed class LangfuseClient
{
    private const string ProgramName = "claudebridge";

    private readonly HttpClient _http;
    private readonly LangfuseOptions _options;
    private readonly TimeProvider _clock;
    private readonly AuthenticationHeaderValue _credentials;
    private readonly OtlpSpanBody _body;

    public LangfuseClient(HttpClient http, IOptions<LangfuseOptions> options, TimeProvider clock)
    {
        (_http, _options, _clock) = (http, options.Value, clock);
        _http.Timeout = Timeout.InfiniteTimeSpan;
        Address = _options.BaseAddress;
        _credentials = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.PublicKey}:{_options.SecretKey}"))
        );

        // Small on purpose: Langfuse shows the resource with every observation. No service.version: it would pass for the client's.
        var resource = new Resource();
        resource.Attributes.Add(
            new KeyValue
            {
                Key = "service.name",
                Value = new AnyValue { StringValue = ProgramName },
            }
        );
        _body = new OtlpSpanBody(resource, new InstrumentationScope { Name = ProgramName, Version = BridgeVersion.Text });
    }

    /// <summary>Langfuse's base address, ending in a slash.</summary>
    public Uri Address { get; }

    /// <summary>Redirects are answers, not instructions: the keys go to the configured address only.</summary>
    internal static SocketsHttpHandler CreateHandler(LangfuseOptions options) =>
        new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = options.InFlight + 1,
        };

    /// <summary>Sends encoded spans in one request; none at all asks whether exports are taken, and writes nothing.</summary>
    internal async Task<DeliveryVerdict> ExportAsync(IReadOnlyList<byte[]> spans, CancellationToken cancel)
    {
        using var request = Request(HttpMethod.Post, LangfuseNames.TracesPath);
        request.Content = new ByteArrayContent(_body.Compress(spans));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        request.Content.Headers.ContentEncoding.Add("gzip");
        request.Headers.Add(LangfuseNames.IngestionVersionHeader, LangfuseNames.IngestionVersion);
        request.Headers.Add(LangfuseNames.SdkNameHeader, ProgramName);
        request.Headers.Add(LangfuseNames.SdkVersionHeader, BridgeVersion.Text);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            var body = await ReadAsync(answer, cancel);
            return LangfuseVerdicts.Judge(answer, body.Span, Address, _clock.GetUtcNow());
        }
        catch (HttpRequestException e)
        {
            return DeliveryVerdict.NoAnswer(
                e.HttpRequestError == HttpRequestError.Unknown ? "the connection failed" : Describe(e.HttpRequestError)
            );
        }
        catch (IOException)
        {
            return DeliveryVerdict.NoAnswer("the connection broke");
        }
    }

    /// <summary>The project that the keys belong to; null when Langfuse does not tell.</summary>
    internal async Task<string?> ProjectIdAsync(CancellationToken cancel)
    {
        using var request = Request(HttpMethod.Get, LangfuseNames.ProjectsPath);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (!answer.IsSuccessStatusCode)
            {
                return null;
            }

            using var json = JsonDocument.Parse(await ReadAsync(answer, cancel));
            return json.RootElement.GetProperty("data") is { ValueKind: JsonValueKind.Array } projects && projects.GetArrayLength() > 0
                ? projects[0].GetProperty("id").GetString()
                : null;
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Headers.Authorization = _credentials;
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(ProgramName, BridgeVersion.Text));
        return request;
    }

    /// <summary>An answer is read up to a limit; what it says beyond is nothing to us.</summary>
    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        var buffer = new byte[_options.MaxResponseBytes];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
        return buffer.AsMemory(0, length);
    }

    private static string Describe(HttpRequestError error) =>
        error switch
        {
            HttpRequestError.NameResolutionError => "its name cannot be resolved",
            HttpRequestError.ConnectionError => "no connection can be made",
            HttpRequestError.SecureConnectionError => "no secure connection can be made",
            HttpRequestError.ProxyTunnelError => "the proxy does not let it through",
            _ => "the connection failed",
        };
}
