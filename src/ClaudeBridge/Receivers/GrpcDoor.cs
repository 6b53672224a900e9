using System.IO.Pipelines;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>
/// The three unary <c>Export</c> calls of OTLP over gRPC, straight on HTTP/2: one framed message in, one out, the status in trailers.
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
/// </summary>
internal sealed partial class GrpcDoor(
    ExportHandler handler,
    DoorReplies replies,
    InFlightBudget budget,
    BodyReading reading,
    RetryAdvice retry,
    ReceiverCounting counting,
    IOptions<ReceiverOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<GrpcDoor> logger
)
{
    private readonly int _maxBodyBytes = options.Value.MaxBodyBytes;

    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = "POST";
            await replies.RefuseHttpAsync(context, Door.Grpc, 405, new(RpcCode.Unimplemented, "gRPC calls are made with POST."));
            return;
        }

        if (!RequestHeaders.IsGrpc(request.ContentType))
        {
            await replies.RefuseHttpAsync(
                context,
                Door.Grpc,
                415,
                new(RpcCode.InvalidArgument, "The Content-Type must be application/grpc.")
            );
            return;
        }

        using var deadline = GrpcDeadline.Of(request.Headers, clock);
        try
        {
            await CallAsync(context, deadline);
        }
        catch (OperationCanceledException) when (deadline.HasPassed && !context.RequestAborted.IsCancellationRequested)
        {
            await replies.RefuseGrpcAsync(
                context,
                new(RpcCode.DeadlineExceeded, "The call's deadline passed before its message had arrived.")
            );
        }
        catch (OperationCanceledException)
            when (RequestArrival.Of(context) is { IsLate: true } && !context.RequestAborted.IsCancellationRequested)
        {
            await replies.RefuseGrpcAsync(
                context,
                new(RpcCode.DeadlineExceeded, "The message took too long to arrive (ClaudeBridge:Receivers:ClientTimeout).")
            );
        }
        catch (Exception failure) when (Failures.IsWantOfMemory(failure) && !context.Response.HasStarted)
        {
            await replies.RefuseGrpcAsync(context, ErrorOf(BodyOutcome.Overloaded));
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            LogBroken(gone.Message);
            context.Abort();
        }
    }

    private async Task CallAsync(HttpContext context, GrpcDeadline deadline)
    {
        if (Refusal(context, out var signal, out var coding) is { } refusal)
        {
            await replies.RefuseGrpcAsync(context, refusal);
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        var late = RequestArrival.Of(context)?.Late ?? CancellationToken.None;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token, late);
        var (prefix, problem) = await ReadPrefixAsync(context.Request.BodyReader, coding, cancel.Token);
        if (problem is not null)
        {
            await replies.RefuseGrpcAsync(context, problem);
            return;
        }

        var length = (int)prefix.Length;
        using var wire = new BodyBuffer(budget, prefix.IsCompressed ? length + Gzip.TailBytes : length);
        problem = await ReadMessageAsync(context, wire, length, cancel.Token);
        if (problem is not null)
        {
            await replies.RefuseGrpcAsync(context, problem);
            return;
        }

        if (!prefix.IsCompressed)
        {
            await HandleAsync(context, signal, wire, deadline);
            return;
        }

        var outcome = Gzip.Expand(wire, budget, _maxBodyBytes, out var body);
        wire.Dispose();
        using (body)
        {
            await (
                outcome == BodyOutcome.Complete
                    ? HandleAsync(context, signal, body, deadline)
                    : replies.RefuseGrpcAsync(context, ErrorOf(outcome))
            );
        }
    }

    private RpcError? Refusal(HttpContext context, out Signal signal, out ContentCoding coding)
    {
        coding = RequestHeaders.Coding(context.Request.Headers["grpc-encoding"]);
        signal = SignalOf(context.Request.Path.Value);
        if (signal == default)
        {
            return new(RpcCode.Unimplemented, "Only Export of the LogsService, MetricsService and TraceService is served here.");
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new(RpcCode.Unavailable, "The bridge is shutting down; send it again later.", RetryAfter: retry.Next());
        }

        if (coding == ContentCoding.Unknown)
        {
            context.Response.Headers["grpc-accept-encoding"] = "identity,gzip";
            return new(RpcCode.Unimplemented, "The grpc-encoding must be gzip, identity or absent.");
        }

        return null;
    }

    /// <summary>Takes the five bytes before the message and judges them before any memory is taken for it.</summary>
    private async ValueTask<(GrpcPrefix Prefix, RpcError? Problem)> ReadPrefixAsync(
        PipeReader reader,
        ContentCoding coding,
        CancellationToken cancel
    )
    {
        var result = await reader.ReadAtLeastAsync(GrpcFraming.PrefixLength, cancel);
        if (!GrpcFraming.TryReadPrefix(result.Buffer, out var prefix))
        {
            reader.AdvanceTo(result.Buffer.End);
            return (prefix, new(RpcCode.InvalidArgument, "The call ended before its message had begun, or began it wrongly."));
        }

        reader.AdvanceTo(result.Buffer.GetPosition(GrpcFraming.PrefixLength));
        RpcError? problem =
            prefix.Length > _maxBodyBytes ? ErrorOf(BodyOutcome.TooLarge)
            : prefix.IsCompressed && coding != ContentCoding.Gzip
                ? new(RpcCode.Internal, "The message is marked as compressed, but the call names no grpc-encoding.")
            : null;
        return (prefix, problem);
    }

    private async ValueTask<RpcError?> ReadMessageAsync(HttpContext context, BodyBuffer message, int length, CancellationToken cancel)
    {
        var outcome = await reading.ReadToEndAsync(context, message, length, cancel);
        return outcome switch
        {
            BodyOutcome.Overloaded => ErrorOf(outcome),
            BodyOutcome.Complete when message.Length == length => null,
            BodyOutcome.Complete when message.Length < length => new(
                RpcCode.InvalidArgument,
                "The message is shorter than its frame says."
            ),
            _ => new(RpcCode.InvalidArgument, "The call must hold exactly one message."),
        };
    }

    private async Task HandleAsync(HttpContext context, Signal signal, BodyBuffer body, GrpcDeadline deadline)
    {
        var verdict = await handler.HandleAsync(
            signal,
            OtlpEncoding.Protobuf,
            body.Written,
            ExportSource.Of(context, judgesResources: false),
            deadline.Token,
            body.MayBeKept,
            new ExportHold(deadline, lifetime.ApplicationStopping, body.Dispose)
        );
        counting.Count(Door.Grpc, signal, verdict);
        if (verdict.Error is { } error)
        {
            await replies.RefuseGrpcAsync(context, error);
            return;
        }

        var response = context.Response;
        response.ContentType = RequestHeaders.Grpc;
        response.AppendTrailer("grpc-status", "0");
        await response.Body.WriteAsync(
            GrpcFraming.Frame(OtlpReplies.Success(OtlpEncoding.Protobuf, verdict.Export!)),
            context.RequestAborted
        );
    }

    private RpcError ErrorOf(BodyOutcome outcome) =>
        outcome switch
        {
            // Without RetryInfo: clients then know that the same message will never fit.
            BodyOutcome.TooLarge => new(
                RpcCode.ResourceExhausted,
                $"The message is larger than {_maxBodyBytes} bytes (ClaudeBridge:Receivers:MaxBodyBytes); send less at once."
            ),
            BodyOutcome.Malformed => new(RpcCode.InvalidArgument, "The message is not valid gzip, or only a part of it."),
            _ => new(RpcCode.Unavailable, "Too much is being received at once; send it again later.", RetryAfter: retry.Next()),
        };

    private static Signal SignalOf(string? path) =>
        path switch
        {
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Signal.Logs,
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Signal.Metrics,
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Signal.Traces,
            _ => default,
        };

    [LoggerMessage(LogLevel.Debug, "A call broke off while its message was read ({Cause}); nothing of it is kept.")]
    private partial void LogBroken(string cause);
}
