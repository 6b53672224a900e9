using System.Text.Json;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Hosting;

/// <summary>
/// <c>/health</c>, <c>/livez</c>, <c>/readyz</c> and <c>/version</c>, on the OTLP/HTTP port and on the dashboard port.
/// Open without a key, so they say how the parts are and nothing of what they hold; why a part is unwell, and the figures of <c>/health</c>, are told to key holders.
/// All are answered from memory, whatever disks and backends do.
/// </summary>
internal sealed class Probes(
    RequestDelegate next,
    IEnumerable<IHealthSource> sources,
    DoorReplies replies,
    IHostApplicationLifetime lifetime,
    HealthFigures? figures = null,
    LoopWatch? loops = null
)
{
    private static readonly object DetailsKey = new();

    private readonly IHealthSource[] _sources = [.. sources];

    public static bool IsProbe(PathString path, Door door) =>
        path.Value switch
        {
            "/health" or "/livez" or "/readyz" or "/version" => door != Door.Grpc,
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
        var withDetails = context.Items.ContainsKey(DetailsKey);
        var (isWell, body) = context.Request.Path.Value switch
        {
            "/version" => (true, Json(null, null, false)),
            "/livez" => Alive(),
            "/readyz" => Ready(withDetails, null),
            _ => Ready(withDetails, withDetails ? figures : null),
        };
        var response = context.Response;
        response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.Headers.CacheControl = "no-store";
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    /// <summary>Disks and backends do not matter here: a restart mends neither. Only a loop that must not end, and has, is a reason.</summary>
    private (bool IsWell, ReadOnlyMemory<byte> Body) Alive()
    {
        var isAlive = loops?.Ended is null;
        return (isAlive, Json(isAlive ? "ok" : "down", null, false));
    }

    private (bool IsWell, ReadOnlyMemory<byte> Body) Ready(bool withDetails, HealthFigures? shown)
    {
        var summary = HealthSummary.Of(_sources);
        var status =
            lifetime.ApplicationStopping.IsCancellationRequested ? "stopping"
            : !lifetime.ApplicationStarted.IsCancellationRequested ? "starting"
            : Word(summary.State);
        return (status is "ok" or "degraded", Json(status, summary, withDetails, shown));
    }

    private static ReadOnlyMemory<byte> Json(string? status, HealthSummary? summary, bool withDetails, HealthFigures? shown = null)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            if (status is not null)
            {
                json.WriteString("status"u8, status);
            }

            json.WriteString("version"u8, BridgeVersion.Text);
            if (summary is { Components.Count: > 0 })
            {
                WriteComponents(json, summary, withDetails);
            }

            shown?.Write(json);
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
