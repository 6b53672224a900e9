using System.Globalization;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;

namespace ClaudeBridge.Receivers;

/// <summary>Says no at either door in the words of that door, and keeps count of it.</summary>
internal sealed partial class DoorReplies(RefusalLog refusals, ReceiverMetrics metrics, OtlpRoutes routes, ILogger<DoorReplies> logger)
{
    /// <summary>Answers with an HTTP status, or with the gRPC code when the connection came in by the gRPC door.</summary>
    public Task RefuseAsync(HttpContext context, Door door, int httpStatus, RpcError error) =>
        door == Door.Grpc ? RefuseGrpcAsync(context, error) : RefuseHttpAsync(context, door, httpStatus, error);

    /// <summary>A <c>google.rpc.Status</c> in the encoding of the request; JSON where that is unknown.</summary>
    public async Task RefuseHttpAsync(HttpContext context, Door door, int status, RpcError error)
    {
        Note(context, door, status, error);
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        var encoding = RequestHeaders.Encoding(context.Request.ContentType) ?? OtlpEncoding.Json;
        response.StatusCode = status;
        if (error.RetryAfter is { } delay)
        {
            response.Headers.RetryAfter = ((long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (IsApi(context.Request, door))
        {
            await WriteAsync(context, ProblemBody.ContentType, ProblemBody.Of(status, error));
            return;
        }

        await WriteAsync(context, encoding, OtlpReplies.Error(encoding, error));
    }

    /// <summary>Status and message in the headers alone ("Trailers-Only"), as there is no message to send.</summary>
    public Task RefuseGrpcAsync(HttpContext context, RpcError error)
    {
        Note(context, Door.Grpc, (int)error.Code, error);
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = RequestHeaders.Grpc;
        response.Headers["grpc-status"] = ((int)error.Code).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = GrpcFraming.EncodeMessage(error.Message);
        response.Headers["grpc-status-details-bin"] = GrpcFraming.EncodeBinary(OtlpReplies.Error(OtlpEncoding.Protobuf, error));
        return Task.CompletedTask;
    }

    public static Task WriteAsync(HttpContext context, OtlpEncoding encoding, byte[] body) =>
        WriteAsync(context, encoding == OtlpEncoding.Json ? RequestHeaders.Json : RequestHeaders.Protobuf, body);

    private static async Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (body.Length > 0)
        {
            await response.Body.WriteAsync(body, CancellationToken.None);
        }
    }

    private bool IsApi(HttpRequest request, Door door) =>
        door == Door.Dashboard
        && request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        && routes.Find(request.Path.Value ?? "") is null;

    private void Note(HttpContext context, Door door, int status, RpcError error)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever left before the answer was not refused.
            return;
        }

        var path = context.Request.Path.Value ?? "";
        refusals.Add(door, path, status, error.Message);
        metrics.RefusedRequest(door, status);
        LogRefused(door, status, error.Message);
    }

    [LoggerMessage(LogLevel.Debug, "A request by the {Door} door is refused with status {Status}: {Reason}")]
    private partial void LogRefused(Door door, int status, string reason);
}
