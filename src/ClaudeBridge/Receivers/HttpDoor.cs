using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>OTLP over HTTP. https://opentelemetry.io/docs/specs/otlp/#otlphttp</summary>
internal sealed partial class HttpDoor(
    ExportHandler handler,
    DoorReplies replies,
    InFlightBudget budget,
    BodyReading reading,
    RetryAdvice retry,
    ReceiverCounting counting,
    EndpointGuide guide,
    IOptions<ReceiverOptions> options,
    IHostApplicationLifetime lifetime,
    ILogger<HttpDoor> logger
)
{
    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    /// <param name="route">Null for a path that nothing is taken at.</param>
    public async Task HandleAsync(HttpContext context, OtlpRoute? route)
    {
        if (route is not null && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
        {
            await guide.AnswerAsync(context, route);
            return;
        }

        // The limit is counted here, so that the answer is a Status and not the server's bare 413, and so that a sender that is
        // refused may end its body (within the server's five seconds) and then reads the answer.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        try
        {
            if (Refusal(context.Request, route, out var encoding) is { } refusal)
            {
                await RefuseAsync(context, refusal);
                return;
            }

            await ReceiveAsync(context, route!, encoding);
        }
        catch (Exception failure) when (Failures.IsWantOfMemory(failure) && !context.Response.HasStarted)
        {
            await RefuseAsync(context, RefusalOf(BodyOutcome.Overloaded));
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException)
        {
            LogBroken(broken.Message);
            await RefuseBrokenAsync(
                context,
                RequestArrival.Of(context) is { IsLate: true }
                    ? StatusCodes.Status408RequestTimeout
                    : (broken as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest
            );
        }
    }

    /// <summary>What can be said before the body is read; null when it is to be read.</summary>
    private HttpRefusal? Refusal(HttpRequest request, OtlpRoute? route, out OtlpEncoding encoding)
    {
        encoding = default;
        if (route is null)
        {
            return new(
                404,
                RpcCode.NotFound,
                "Nothing is served here; the paths are /v1/logs, /v1/metrics, /v1/traces, /api/v1/integrations/claude, /health, /livez, /readyz and /version."
            );
        }

        if (!HttpMethods.IsPost(request.Method))
        {
            return new(405, RpcCode.Unimplemented, "Only POST, and GET for help, is understood here.") { Allow = "GET, HEAD, POST" };
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new(503, RpcCode.Unavailable, "The bridge is shutting down; send it again later.") { RetryAfter = retry.Next() };
        }

        if (RequestHeaders.Encoding(request.ContentType) is not { } known)
        {
            return new(415, RpcCode.InvalidArgument, "The Content-Type must be application/x-protobuf or application/json.");
        }

        encoding = known;
        if (RequestHeaders.Coding(request.Headers.ContentEncoding) == ContentCoding.Unknown)
        {
            return new(415, RpcCode.InvalidArgument, "The Content-Encoding must be gzip, identity or absent.")
            {
                AcceptEncoding = "gzip, identity",
            };
        }

        return request.ContentLength > _maxBodyBytes ? TooLarge() : null;
    }

    private async Task ReceiveAsync(HttpContext context, OtlpRoute route, OtlpEncoding encoding)
    {
        var request = context.Request;
        var isGzip = RequestHeaders.Coding(request.Headers.ContentEncoding) == ContentCoding.Gzip;
        var wire = new BodyBuffer(budget, isGzip ? _maxBodyBytes + Gzip.TailBytes : _maxBodyBytes);
        var body = wire;
        try
        {
            var outcome = await reading.ReadToEndAsync(context, wire, request.ContentLength, context.RequestAborted);
            if (outcome == BodyOutcome.Complete && wire.Length > _maxBodyBytes)
            {
                outcome = BodyOutcome.TooLarge;
            }

            if (outcome == BodyOutcome.Complete && isGzip)
            {
                outcome = Gzip.Expand(wire, budget, _maxBodyBytes, out body);
            }

            if (outcome != BodyOutcome.Complete)
            {
                // Its memory is for others at once, not when its sender has read why.
                wire.Dispose();
                body.Dispose();
                await RefuseAsync(context, RefusalOf(outcome));
                if (outcome == BodyOutcome.Overloaded && !request.Headers.ContainsKey("Expect"))
                {
                    await context.Response.CompleteAsync();
                    await BodyReading.DropAsync(context);
                }

                return;
            }

            var (signal, problem) = SignalOf(route, encoding, body.Written.Span);
            var verdict = problem is null
                ? await handler.HandleAsync(
                    signal,
                    encoding,
                    body.Written,
                    ExportSource.Of(context, route.IsIntegration),
                    CancellationToken.None,
                    body.MayBeKept
                )
                : new ExportVerdict(null, problem);
            await AnswerAsync(context, signal, encoding, verdict);
        }
        finally
        {
            wire.Dispose();
            body.Dispose();
        }
    }

    private Task AnswerAsync(HttpContext context, Signal signal, OtlpEncoding encoding, ExportVerdict verdict)
    {
        var door = DoorOf(context);
        counting.Count(door, signal, verdict);
        return verdict.Error is { } error
            ? replies.RefuseHttpAsync(context, door, StatusOf(error.Code), error)
            : DoorReplies.WriteAsync(context, encoding, OtlpReplies.Success(encoding, verdict.Export!));
    }

    private Task RefuseAsync(HttpContext context, HttpRefusal refusal)
    {
        var headers = context.Response.Headers;
        if (refusal.Allow is not null)
        {
            headers.Allow = refusal.Allow;
        }

        if (refusal.AcceptEncoding is not null)
        {
            headers.AcceptEncoding = refusal.AcceptEncoding;
        }

        return replies.RefuseHttpAsync(
            context,
            DoorOf(context),
            refusal.Status,
            new(refusal.Code, refusal.Message, RetryAfter: refusal.RetryAfter)
        );
    }

    /// <summary>A sender that is still there learns what was wrong; one that is gone is not missed. Never may silence read as success.</summary>
    private async Task RefuseBrokenAsync(HttpContext context, int status)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        var error = new RpcError(RpcCode.InvalidArgument, "The body ended early, came too slowly or was framed wrongly.");
        await replies.RefuseHttpAsync(context, DoorOf(context), status, error);
    }

    private HttpRefusal RefusalOf(BodyOutcome outcome) =>
        outcome switch
        {
            BodyOutcome.TooLarge => TooLarge(),
            BodyOutcome.Malformed => new(400, RpcCode.InvalidArgument, "The body is not valid gzip, or only a part of it."),
            _ => new(503, RpcCode.Unavailable, "Too much is being received at once; send it again later.") { RetryAfter = retry.Next() },
        };

    private HttpRefusal TooLarge() =>
        new(
            413,
            RpcCode.ResourceExhausted,
            $"The body is larger than {_maxBodyBytes} bytes (ClaudeBridge:Receivers:MaxBodyBytes); send less at once."
        );

    private static int StatusOf(RpcCode code) =>
        code switch
        {
            RpcCode.InvalidArgument => 400,
            RpcCode.Unauthenticated => 401,
            RpcCode.Unavailable => 503,
            RpcCode.DeadlineExceeded => 504,
            _ => 500,
        };

    private static (Signal Signal, RpcError? Problem) SignalOf(OtlpRoute route, OtlpEncoding encoding, ReadOnlySpan<byte> body)
    {
        try
        {
            return route.Signal is { } one ? (one, null)
                : SignalSniffer.Tell(encoding, body) is var told and not Sniffed.Unknown ? (told.ToSignal(), null)
                : (
                    default,
                    new RpcError(
                        RpcCode.InvalidArgument,
                        "The body is neither logs nor metrics nor traces; put /v1/logs, /v1/metrics or /v1/traces behind the address to say which."
                    )
                );
        }
        catch (MalformedPayloadException malformed)
        {
            return (default, new RpcError(RpcCode.InvalidArgument, malformed.Message, malformed.Field));
        }
    }

    private static Door DoorOf(HttpContext context) => context.Features.Get<DoorFeature>()?.Door ?? Door.Http;

    [LoggerMessage(LogLevel.Debug, "A request broke off while its body was read ({Cause}); nothing of it is kept.")]
    private partial void LogBroken(string cause);

    private sealed record HttpRefusal(int Status, RpcCode Code, string Message)
    {
        public string? Allow { get; init; }

        public string? AcceptEncoding { get; init; }

        public TimeSpan? RetryAfter { get; init; }
    }
}
