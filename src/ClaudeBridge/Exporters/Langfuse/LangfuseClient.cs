using System.Net;
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
    private const string HiddenKey = "[key]";

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

    /// <summary>Redirects are answers, not instructions: the keys go to the configured server only. Another path of it is tried once, where the method stays.</summary>
    internal static SocketsHttpHandler CreateHandler(LangfuseOptions options, GuardedConnection? connection = null) =>
        new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // Not asked for by us, but an answer that comes compressed must not pass for one without complaints.
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = options.ConnectTimeout,
            ConnectCallback = options.AllowLinkLocal ? null : (connection ?? GuardedConnection.Default).OpenAsync,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // Traces and scores each have their senders; one more asks.
            MaxConnectionsPerServer = (options.InFlight * 2) + 1,
        };

    /// <summary>Sends encoded spans in one request; none at all asks whether exports are taken, and writes nothing.</summary>
    internal async Task<DeliveryVerdict> ExportAsync(IReadOnlyList<byte[]> spans, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(_body.Compress(spans));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("gzip");
        return await PostAsync(
            LangfuseNames.TracesPath,
            content,
            _options.MaxResponseBytes,
            (answer, body) => LangfuseVerdicts.Judge(answer, body.Span, Address, LangfuseDoor.Otlp, _clock.GetUtcNow()),
            cancel
        );
    }

    /// <summary>Sends events to the ingestion API in one request; a batch of none asks whether it takes any, and writes nothing.</summary>
    internal async Task<DeliveryVerdict> IngestAsync(IngestionBatch batch, LangfuseDoor door, CancellationToken cancel)
    {
        // Plain: the ingestion API reads no compressed bodies.
        using var content = new ByteArrayContent(batch.ToJson());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var maxBytes = Math.Max(_options.MaxResponseBytes, batch.MaxAnswerBytes);
        return await PostAsync(
            LangfuseNames.IngestionPath,
            content,
            maxBytes,
            (answer, body) =>
                LangfuseVerdicts.Judge(answer, body.Span, Address, door, _clock.GetUtcNow()) is var verdict
                && verdict.Outcome == DeliveryOutcome.Delivered
                    ? batch.Judge(verdict, body, isCut: body.Length >= maxBytes)
                    : verdict,
            cancel
        );
    }

    /// <summary>Whether there is an ingestion API that speaks JSON, whatever it says.</summary>
    internal Task<bool> HasIngestionAsync(CancellationToken cancel) =>
        AskAsync(
            () =>
            {
                var request = Request(HttpMethod.Post, LangfuseNames.IngestionPath);
                request.Content = new ByteArrayContent(new IngestionBatch([]).ToJson());
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                return request;
            },
            static (answer, body) => (int)answer.StatusCode is < 300 or 400 or 401 or 403 && !LangfuseVerdicts.IsWebPage(answer, body.Span),
            cancel
        );

    /// <summary>What the server tells of itself. No answer, or one that is no Langfuse's, has no version.</summary>
    internal Task<(bool IsAnswered, LangfuseVersion? Version)> HealthAsync(CancellationToken cancel) =>
        AskAsync<(bool, LangfuseVersion?)>(
            () => Request(HttpMethod.Get, LangfuseNames.HealthPath),
            static (answer, body) =>
                LangfuseVersion.Parse(body.Span) is { } version
                    ? (true, version)
                    // A server or proxy in trouble says nothing about what will be there later.
                    : ((int)answer.StatusCode < 500, null),
            cancel
        );

    /// <summary>The project that the keys belong to; null when Langfuse does not tell.</summary>
    internal Task<string?> ProjectIdAsync(CancellationToken cancel) =>
        AskAsync(() => Request(HttpMethod.Get, LangfuseNames.ProjectsPath), ProjectId, cancel);

    private static string? ProjectId(HttpResponseMessage answer, ReadOnlyMemory<byte> body)
    {
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("data") is { ValueKind: JsonValueKind.Array } projects && projects.GetArrayLength() > 0
            ? projects[0].GetProperty("id").GetString()
            : null;
    }

    private async Task<DeliveryVerdict> PostAsync(
        string path,
        ByteArrayContent content,
        int maxAnswerBytes,
        Func<HttpResponseMessage, ReadOnlyMemory<byte>, DeliveryVerdict> judge,
        CancellationToken cancel
    )
    {
        try
        {
            var address = new Uri(Address, path);
            using var first = await PostOnceAsync(address, path, content, cancel);
            using var second = SameServer(first, address) is { } moved ? await PostOnceAsync(moved, path, content, cancel) : null;
            var answer = second ?? first;
            return WithoutKeys(judge(answer, await ReadAsync(answer, maxAnswerBytes, cancel)));
        }
        catch (HttpRequestException e) when (e.InnerException is ForbiddenAddressException forbidden)
        {
            return new DeliveryVerdict(
                DeliveryOutcome.Paused,
                Advice: $"{forbidden.Message}: no backend is there, and nothing was sent; set the address to where Langfuse is, or ClaudeBridge:Langfuse:AllowLinkLocal=true if it is meant"
            );
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
        catch (InvalidDataException)
        {
            return DeliveryVerdict.NoAnswer("its answer is not compressed as it says");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return DeliveryVerdict.NoAnswer($"no connection within {_options.ConnectTimeout.TotalSeconds:0.###} s");
        }
    }

    /// <summary>What stands in front of a backend may say back what it was told, and its words are kept and shown.</summary>
    private DeliveryVerdict WithoutKeys(DeliveryVerdict verdict) =>
        verdict with
        {
            Reason = verdict
                .Reason?.Replace(_options.SecretKey!, HiddenKey, StringComparison.OrdinalIgnoreCase)
                .Replace(_credentials.Parameter!, HiddenKey, StringComparison.OrdinalIgnoreCase),
            Items = verdict.Items?.Select(WithoutKeys).ToList(),
        };

    private async Task<HttpResponseMessage> PostOnceAsync(Uri address, string path, ByteArrayContent content, CancellationToken cancel)
    {
        using var request = Request(HttpMethod.Post, path);
        (request.RequestUri, request.Content) = (address, content);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        finally
        {
            // Not the request's to dispose: it may go out once more.
            request.Content = null;
        }
    }

    /// <summary>Where a request belongs that its server wants under another path; null for all other answers. Never another host, port or scheme.</summary>
    private static Uri? SameServer(HttpResponseMessage answer, Uri address) =>
        (int)answer.StatusCode is 307 or 308
        && answer.Headers.Location is { } location
        && Uri.TryCreate(address, location, out var target)
        && target.UserInfo.Length == 0
        && Uri.Compare(address, target, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0
            ? target
            : null;

    /// <summary>A question whose answer is not needed: without one, the default.</summary>
    private async Task<T?> AskAsync<T>(
        Func<HttpRequestMessage> ask,
        Func<HttpResponseMessage, ReadOnlyMemory<byte>, T?> read,
        CancellationToken cancel
    )
    {
        using var request = ask();
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            return read(answer, await ReadAsync(answer, _options.MaxResponseBytes, cancel));
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or IOException
                        or InvalidDataException
                        or JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or OperationCanceledException
            )
        {
            return default;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Headers.Authorization = _credentials;
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(ProgramName, BridgeVersion.Text));
        if (path == LangfuseNames.TracesPath)
        {
            request.Headers.Add(LangfuseNames.IngestionVersionHeader, LangfuseNames.IngestionVersion);
        }

        if (method == HttpMethod.Post)
        {
            request.Headers.Add(LangfuseNames.SdkNameHeader, ProgramName);
            request.Headers.Add(LangfuseNames.SdkVersionHeader, BridgeVersion.Text);
        }

        return request;
    }

    /// <summary>An answer is read up to a limit; what it says beyond is nothing to us.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage answer, int maxBytes, CancellationToken cancel)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        var buffer = new byte[Math.Min(maxBytes, Math.Max(256, answer.Content.Headers.ContentLength ?? maxBytes))];
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
