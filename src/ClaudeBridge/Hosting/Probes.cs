using System.Text.Json;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Hosting;

/// <summary>
/// <c>/health</c> on the OTLP/HTTP port; <c>/health</c>, <c>/livez</c>, <c>/readyz</c> and <c>/version</c> on the dashboard port.
/// Open without a key, so they say how the parts are and nothing of what they hold; why a part is unwell is told to key holders.
/// </summary>
internal sealed class Probes(
    RequestDelegate next,
    IEnumerable<IHealthSource> sources,
    DoorReplies replies,
    IHostApplicationLifetime lifetime
)
{
    private static readonly object DetailsKey = new();

    private readonly IHealthSource[] _sources = [.. sources];

    public static bool IsProbe(PathString path, Door door) =>
        path.Value switch
        {
            "/health" => door != Door.Grpc,
            "/livez" or "/readyz" or "/version" => door == Door.Dashboard,
            _ => false,
        };

    /// <summary>Remembers with the request whether it may be told why a part is unwell.</summary>
    public static void AllowDetails(HttpContext context, bool allowed)
    {
        if (allowed && IsProbe(context.Request.Path, context.Features.Get<DoorFeature>()?.Door ?? Door.Dashboard))
        {
            context.Items[DetailsKey] = true;
        }
    }

    public async Task InvokeAsync(HttpContext context)
    {
        var door = context.Features.Get<DoorFeature>()?.Door ?? Door.Dashboard;
        if (!IsProbe(context.Request.Path, door))
        {
            await next(context);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            await replies.RefuseHttpAsync(context, door, 405, new(RpcCode.Unimplemented, "Only GET and HEAD are understood here."));
            return;
        }

        await AnswerAsync(context);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value;
        var summary = path is "/livez" or "/version" ? new(HealthState.Ok, []) : HealthSummary.Of(_sources);
        var stopping = lifetime.ApplicationStopping.IsCancellationRequested;
        var ready = path is "/livez" or "/version" || !stopping && summary.State != HealthState.Down;
        var body = Json(path == "/version" ? null : summary, stopping, context.Items.ContainsKey(DetailsKey));

        var response = context.Response;
        response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static ReadOnlyMemory<byte> Json(HealthSummary? summary, bool stopping, bool withDetails)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            if (summary is not null)
            {
                json.WriteString("status"u8, stopping ? "stopping" : Word(summary.State));
            }

            json.WriteString("version"u8, BridgeVersion.Text);
            if (summary is { Components.Count: > 0 })
            {
                WriteComponents(json, summary, withDetails);
            }

            json.WriteEndObject();
        }

        return memory.ToArray();
    }

    private static void WriteComponents(Utf8JsonWriter json, HealthSummary summary, bool withDetails)
    {
        json.WriteStartArray("components"u8);
        foreach (var (name, report) in summary.Components)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteString("status"u8, Word(report.State));
            if (withDetails && report.Detail is not null)
            {
                json.WriteString("detail"u8, report.Detail);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Word(HealthState state) =>
        state switch
        {
            HealthState.Ok => "ok",
            HealthState.Degraded => "degraded",
            _ => "down",
        };
}
