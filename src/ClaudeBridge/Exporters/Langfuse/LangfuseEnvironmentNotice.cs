using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Says once, at start, when the configured environment is sent under another name than it was given.</summary>
internal sealed partial class LangfuseEnvironmentNotice(IOptions<LangfuseOptions> options, ILogger<LangfuseEnvironmentNotice> logger)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Environment is { Length: > 0 } given && LangfuseText.Environment(given) is var sent && sent != given)
        {
            Say(logger, given, sent);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        LogLevel.Warning,
        "The environment '{Given}' (LANGFUSE_TRACING_ENVIRONMENT) cannot be used as it is: traces are sent with the environment '{Sent}'. Langfuse takes up to 40 lower-case letters, digits, - and _, and none that begins with langfuse."
    )]
    private static partial void Say(ILogger logger, string given, string sent);
}
