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
    OwnMetrics own,
    IOptions<MetricsOptions> options,
    ILogger<MetricsEndpoint> log
)
{
    public const string Path = "/metrics";

    /// <summary>Prometheus gives up after ten seconds by default.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    /// <summary>For an answer that another scrape waited for in vain.</summary>
    private static readonly TimeSpan WaitAgain = TimeSpan.FromMilliseconds(100);

    private readonly UsageMetrics _metrics = new(options.Value.LabelList, options.Value.MaxSeries);
    private readonly Lock _gate = new();

    /// <summary>A question that the store did not answer in time: as long as it hangs it is asked no other.</summary>
    private Task<UsageCounters?>? _overdue;

    public async Task HandleAsync(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.Headers.Allow = "GET, HEAD";
            await RefuseAsync(http, StatusCodes.Status405MethodNotAllowed, "Only GET and HEAD are understood here.");
            return;
        }

        var tenant = http.Caller().Tenant;
        var usage = await CountersAsync(http.RequestAborted);
        if (usage is null && tenant is not null)
        {
            http.Response.Headers.RetryAfter = "5";
            await RefuseAsync(
                http,
                StatusCodes.Status503ServiceUnavailable,
                "The store is taking in what the journal holds, or is busy. Counters are told once it has: told on their way up they would look like new usage."
            );
            return;
        }

        var families = usage is null ? [] : _metrics.Families(usage, tenant);
        // What the bridge itself does is the business of whoever runs it.
        families = tenant is null ? [.. families, .. own.Read(), IsUsageReady(usage is not null)] : families;
        var openMetrics = WantsOpenMetrics(http.Request);
        http.Response.ContentType = openMetrics ? PrometheusText.OpenMetricsContentType : PrometheusText.ContentType;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Vary = HeaderNames.Accept;
        await http.Response.WriteAsync(PrometheusText.Write(families, openMetrics), http.RequestAborted);
    }

    private static MetricFamily IsUsageReady(bool isReady) =>
        MetricFamily.Gauge(
            "claudebridge_usage_ready",
            "1 when the figures of Claude Code are told here; 0 while the store is built or hangs: told on their way up they would look like new usage.",
            isReady ? 1 : 0
        );

    /// <returns>Null when they are not known yet, or not in time.</returns>
    private async Task<UsageCounters?> CountersAsync(CancellationToken aborted)
    {
        var (asked, wait) = Ask();
        try
        {
            return await asked.WaitAsync(wait, aborted);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                _overdue = asked;
            }

            return null;
        }
        catch (Exception failure) when (!aborted.IsCancellationRequested)
        {
            LogFailed(failure.GetType().Name, failure.Message);
            return null;
        }
    }

    private (Task<UsageCounters?> Asked, TimeSpan Wait) Ask()
    {
        lock (_gate)
        {
            if (_overdue is { IsCompleted: false } overdue)
            {
                return (overdue, WaitAgain);
            }

            _overdue = null;
            return (counters.ReadAsync(CancellationToken.None), LongestWait);
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
        services.AddSingleton<IMetricSource, MeterSums>();
        services.AddSingleton<OwnMetrics>();
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
