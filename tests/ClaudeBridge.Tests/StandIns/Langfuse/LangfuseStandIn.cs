using System.IO.Compression;
using System.Net;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>A Langfuse to test against: a real server that enforces what Langfuse demands, fails on demand, and keeps what it took.</summary>
public sealed class LangfuseStandIn : IAsyncDisposable
{
    public const string ProjectId = "project-1";

    private readonly WebApplication _app;
    private readonly string _authorization;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly Queue<LangfuseFault> _nextFaults = [];
    private readonly Dictionary<string, int> _sessionsUnderWay = [];
    private LangfuseFault? _standingFault;
    private Func<Span, bool> _isPoison = static _ => false;
    private int _poisonStatus = 400;
    private int _underWay;
    private int _isGone;

    private LangfuseStandIn(WebApplication app, string publicKey, string secretKey)
    {
        _app = app;
        Ingestion = new IngestionDoor(Table);
        _authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{publicKey}:{secretKey}"));
    }

    /// <summary>The base address, without a slash at the end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What it took.</summary>
    public LangfuseTable Table { get; } = new();

    /// <summary>Which Langfuse it is; may change while it runs, as an upgrade does.</summary>
    public LangfuseEdition Edition { get; set; } = new("4.16.0");

    /// <summary>The ingestion API.</summary>
    public IngestionDoor Ingestion { get; }

    /// <summary>Requests to the OTLP path, whatever came of them.</summary>
    public int Requests { get; private set; }

    /// <summary>Requests to the OTLP path that held no spans.</summary>
    public int Probes { get; private set; }

    /// <summary>Requests that held spans.</summary>
    public int Exports => Requests - Probes;

    /// <summary>The most requests that were under way at one time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>How often a request held spans of a session that another request under way held too.</summary>
    public int SessionOverlaps { get; private set; }

    /// <summary>The most spans in one request.</summary>
    public int MostSpans { get; private set; }

    /// <summary>The most bytes in one request, uncompressed.</summary>
    public int MostBytes { get; private set; }

    /// <summary>More spans than this in one request are answered with 413.</summary>
    public int MaxSpans { get; set; } = int.MaxValue;

    /// <summary>More bytes than this in one request are answered with 413.</summary>
    public int MaxBytes { get; set; } = int.MaxValue;

    /// <summary>How long every export takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>While set, exports with spans wait for it before anything else happens to them.</summary>
    public Task? Hold { get; set; }

    /// <summary>While set, health gives no answer before it.</summary>
    public Task? HoldHealth { get; set; }

    public string? LastContentError { get; private set; }

    public IReadOnlyDictionary<string, string> LastHeaders { get; private set; } = new Dictionary<string, string>();

    public static async Task<LangfuseStandIn> StartAsync(
        string publicKey = "pk-lf-stand-in",
        string secretKey = "sk-lf-stand-in",
        int port = 0
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, port);
                kestrel.Limits.MaxRequestBodySize = null;
            });
        var app = builder.Build();
        var standIn = new LangfuseStandIn(app, publicKey, secretKey);
        app.Run(standIn.HandleAsync);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        standIn.Address = new Uri(address);
        return standIn;
    }

    /// <summary>The next requests to the OTLP path fail like this, one after another.</summary>
    public void FailNext(params LangfuseFault[] faults)
    {
        lock (_gate)
        {
            foreach (var fault in faults)
            {
                _nextFaults.Enqueue(fault);
            }
        }
    }

    /// <summary>Every request to the OTLP path fails like this until <see cref="Recover"/>.</summary>
    public void Fail(LangfuseFault fault)
    {
        lock (_gate)
        {
            _standingFault = fault;
        }
    }

    public void Recover()
    {
        lock (_gate)
        {
            _standingFault = null;
            _nextFaults.Clear();
        }
    }

    /// <summary>Exports with a span like this are answered with <paramref name="status"/> as a whole; 0 cuts the connection.</summary>
    public void Poison(Func<Span, bool> isPoison, int status = 400)
    {
        lock (_gate)
        {
            (_isPoison, _poisonStatus) = (isPoison, status);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isGone, 1) == 1)
        {
            return;
        }

        await _closing.CancelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        _closing.Dispose();
    }

    private Task HandleAsync(HttpContext context) =>
        (context.Request.Method, context.Request.Path.Value) switch
        {
            ("GET", "/api/public/health") when Edition.Version is { } version => HealthAsync(context, version),
            ("POST", "/api/public/ingestion") when Edition.Ingestion => Ingestion.HandleAsync(context, Edition, IsAuthorized(context)),
            ("GET", "/api/public/projects") when !IsAuthorized(context) => AnswerAsync(
                context,
                401,
                """{"message":"Invalid credentials."}"""
            ),
            ("GET", "/api/public/projects") => AnswerAsync(context, 200, $$"""{"data":[{"id":"{{ProjectId}}","name":"Stand-in"}]}"""),
            ("POST", "/api/public/otel/v1/traces") when Edition.TakesOtlp => ExportAsync(context),
            (_, "/api/public/otel/v1/traces") when Edition.TakesOtlp => AnswerAsync(context, 405, """{"message":"Method not allowed"}"""),
            _ => AnswerAsync(context, 404, "<!DOCTYPE html><html>404</html>", "text/html"),
        };

    private async Task HealthAsync(HttpContext context, string version)
    {
        if (HoldHealth is { } hold)
        {
            await hold.WaitAsync(_closing.Token);
        }

        await AnswerAsync(context, 200, $$"""{"status":"OK","version":"{{version}}"}""");
    }

    private async Task ExportAsync(HttpContext context)
    {
        var body = await BodyAsync(context.Request);
        var spans = TryParse(context.Request, body, out var export)
            ? export.ResourceSpans.SelectMany(static resource => resource.ScopeSpans).SelectMany(static scope => scope.Spans).ToList()
            : [];
        var fault = Enter(context, body, spans);
        try
        {
            if (spans.Count > 0 && Hold is { } hold)
            {
                await hold.WaitAsync(_closing.Token);
            }

            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, _closing.Token);
            }

            if (fault is null || (fault.SparesProbes && spans.Count == 0))
            {
                await JudgeAsync(context, body, export, spans);
            }
            else
            {
                await FailAsync(context, fault, spans);
            }
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            Leave(spans);
        }
    }

    private LangfuseFault? Enter(HttpContext context, byte[] body, List<Span> spans)
    {
        lock (_gate)
        {
            Requests++;
            Probes += spans.Count == 0 ? 1 : 0;
            MostAtOnce = Math.Max(MostAtOnce, ++_underWay);
            MostSpans = Math.Max(MostSpans, spans.Count);
            MostBytes = Math.Max(MostBytes, body.Length);
            LastHeaders = context.Request.Headers.ToDictionary(
                static pair => pair.Key.ToLowerInvariant(),
                static pair => pair.Value.ToString()
            );
            var sessions = Sessions(spans);
            SessionOverlaps += sessions.Any(_sessionsUnderWay.ContainsKey) ? 1 : 0;
            foreach (var session in sessions)
            {
                _sessionsUnderWay[session] = _sessionsUnderWay.GetValueOrDefault(session) + 1;
            }

            return _nextFaults.TryPeek(out var next) && !(next.SparesProbes && spans.Count == 0) ? _nextFaults.Dequeue() : _standingFault;
        }
    }

    private void Leave(List<Span> spans)
    {
        lock (_gate)
        {
            _underWay--;
            foreach (var session in Sessions(spans))
            {
                if (--_sessionsUnderWay[session] == 0)
                {
                    _sessionsUnderWay.Remove(session);
                }
            }
        }
    }

    private async Task FailAsync(HttpContext context, LangfuseFault fault, List<Span> spans)
    {
        if (fault.Takes)
        {
            Table.Take(spans);
        }

        if (fault.Hangs)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, context.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, either.Token);
        }

        if (fault.Cuts)
        {
            context.Abort();
            return;
        }

        foreach (var (name, value) in fault.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await AnswerAsync(context, fault.Status, fault.Body, fault.ContentType);
    }

    /// <summary>Langfuse's own order: who, then what, then each span; one bad span costs the whole export.</summary>
    private async Task JudgeAsync(HttpContext context, byte[] body, ExportTraceServiceRequest? export, List<Span> spans)
    {
        var (isPoison, poisonStatus) = (_isPoison, _poisonStatus);
        if (!IsAuthorized(context))
        {
            await AnswerAsync(context, 401, """{"message":"Invalid credentials. Confirm that you've configured the correct host."}""");
        }
        else if (Problem(context.Request, export) is { } problem)
        {
            LastContentError = problem;
            await AnswerAsync(context, 400, $$"""{"error":"{{problem}}"}""");
        }
        else if (spans.Count > MaxSpans || body.Length > MaxBytes)
        {
            await AnswerAsync(context, 413, "Body exceeded limit", "text/plain");
        }
        else if (spans.Any(isPoison))
        {
            if (poisonStatus == 0)
            {
                context.Abort();
                return;
            }

            await AnswerAsync(context, poisonStatus, """{"error":"a span is poison"}""");
        }
        else
        {
            Table.Take(spans);
            await AnswerAsync(context, 200, spans.Count == 0 ? "{}" : """{"queueName":"otel-ingestion-queue"}""");
        }
    }

    private static string? Problem(HttpRequest request, ExportTraceServiceRequest? export)
    {
        if (request.Headers["x-langfuse-ingestion-version"].ToString() is { Length: > 0 } version and not ("1" or "2" or "3" or "4"))
        {
            return $"Unsupported x-langfuse-ingestion-version: {version}";
        }

        return export is null ? "Failed to parse OTel trace" : LangfuseContract.Violation(export);
    }

    private bool IsAuthorized(HttpContext context) => context.Request.Headers.Authorization.ToString() == _authorization;

    private static async Task<byte[]> BodyAsync(HttpRequest request)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer);
        if (!request.Headers.ContentEncoding.ToString().Contains("gzip", StringComparison.Ordinal))
        {
            return buffer.ToArray();
        }

        buffer.Position = 0;
        using var plain = new MemoryStream();
        await using var gzip = new GZipStream(buffer, CompressionMode.Decompress);
        await gzip.CopyToAsync(plain);
        return plain.ToArray();
    }

    private static bool TryParse(HttpRequest request, byte[] body, out ExportTraceServiceRequest export)
    {
        export = null!;
        try
        {
            var type = request.ContentType ?? "";
            export =
                type.Contains("application/x-protobuf", StringComparison.OrdinalIgnoreCase)
                    ? ExportTraceServiceRequest.Parser.ParseFrom(body)
                : type.Contains("application/json", StringComparison.OrdinalIgnoreCase) && Encoding.UTF8.GetString(body).Trim() == "{}"
                    ? new ExportTraceServiceRequest()
                : null!;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }

        return export is not null;
    }

    private static HashSet<string> Sessions(List<Span> spans) =>
        [
            .. spans
                .SelectMany(static span => span.Attributes)
                .Where(static pair => pair.Key == "langfuse.session.id")
                .Select(static pair => pair.Value.StringValue),
        ];

    private static async Task AnswerAsync(HttpContext context, int status, string body, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
    }
}
