using System.Net.Mime;
using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store.Counters;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ClaudeBridge.Query;

/// <summary><c>GET /metrics</c> on the dashboard port: Claude Code's figures, and the bridge's own, for Prometheus.</summary>
internal sealed partial class MetricsEndpoint(
    IUsageCounters counters,
    MeterSums own,
    IOptions<MetricsOptions> options,
    ILogger<MetricsEndpoint> log
)
{
    public const string Path = "/metrics";

    /// <summary>Prometheus gives up after ten seconds by default.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    private readonly UsageMetrics _metrics = new(options.Value.LabelList, options.Value.MaxSeries);

    public async Task HandleAsync(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.Headers.Allow = "GET, HEAD";
            await RefuseAsync(http, StatusCodes.Status405MethodNotAllowed, "Only GET and HEAD are understood here.");
            return;
        }

        if (await CountersAsync(http.RequestAborted) is not { } usage)
        {
            http.Response.Headers.RetryAfter = "5";
            await RefuseAsync(
                http,
                StatusCodes.Status503ServiceUnavailable,
                "The store is taking in what the journal holds, or is busy. Counters are told once it has: told on their way up they would look like new usage."
            );
            return;
        }

        var tenant = http.Caller().Tenant;
        // What the bridge itself does is the business of whoever runs it.
        var families = _metrics.Families(usage, tenant).Concat(tenant is null ? own.Families() : []);
        var openMetrics = WantsOpenMetrics(http.Request);
        http.Response.ContentType = openMetrics ? PrometheusText.OpenMetricsContentType : PrometheusText.ContentType;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Vary = HeaderNames.Accept;
        await http.Response.WriteAsync(PrometheusText.Write(families, openMetrics), http.RequestAborted);
    }

    private async Task<UsageCounters?> CountersAsync(CancellationToken aborted)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            limit.CancelAfter(LongestWait);
            return await counters.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFailed(failure.GetType().Name, failure.Message);
            return null;
        }
    }

    /// <summary>By the Accept header: the form with the higher quality, the plain one where both are as welcome.</summary>
    private static bool WantsOpenMetrics(HttpRequest request)
    {
        var (open, plain) = (0.0, 0.0);
        foreach (var accepted in request.GetTypedHeaders().Accept)
        {
            var quality = accepted.Quality ?? 1;
            if (accepted.MediaType.Equals("application/openmetrics-text", StringComparison.OrdinalIgnoreCase))
            {
                open = Math.Max(open, quality);
            }
            else if (accepted.MediaType.Equals(MediaTypeNames.Text.Plain, StringComparison.OrdinalIgnoreCase))
            {
                plain = Math.Max(plain, quality);
            }
        }

        return open > plain;
    }

    private static Task RefuseAsync(HttpContext http, int status, string detail)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(
            new
            {
                title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
                status,
                detail,
            },
            options: null,
            "application/problem+json",
            http.RequestAborted
        );
    }

    [LoggerMessage(LogLevel.Warning, "The counters for Prometheus could not be read ({Kind}: {Message}).")]
    private partial void LogFailed(string kind, string message);
}

/// <summary>The lines of <c>/metrics</c> in the parts list.</summary>
internal static class MetricsRegistration
{
    /// <summary>Needs an <see cref="IUsageCounters"/>.</summary>
    public static IServiceCollection AddMetricsEndpoint(this IServiceCollection services)
    {
        services.AddOptions<MetricsOptions>().BindConfiguration(MetricsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<MetricsOptions>, MetricsOptionsValidator>();
        services.AddSingleton<MeterSums>();
        services.AddSingleton<MetricsEndpoint>();
        return services;
    }

    /// <summary>Nothing where there is no store that is written.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetRequiredService<IServiceProviderIsService>().IsService(typeof(MetricsEndpoint)))
        {
            // Made here, so that the bridge's own counters are added up from the start.
            var endpoint = app.ServiceProvider.GetRequiredService<MetricsEndpoint>();
            app.Map(MetricsEndpoint.Path, endpoint.HandleAsync);
        }
    }
}
