using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Says once, at start, what works and may not be meant: an environment that is sent under another name, keys that go out unencrypted.</summary>
internal sealed partial class LangfuseNotices(IOptions<LangfuseOptions> options, ILogger<LangfuseNotices> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Environment is { Length: > 0 } given && LangfuseText.Environment(given) is var sent && sent != given)
        {
            SayRenamed(logger, given, sent);
        }

        if (options.Value.BaseAddress is { Scheme: "http" } address && !BackendAddresses.IsNear(address))
        {
            SayPlain(logger, address);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        LogLevel.Warning,
        "The environment '{Given}' (LANGFUSE_TRACING_ENVIRONMENT) cannot be used as it is: traces are sent with the environment '{Sent}'. Langfuse takes up to 40 lower-case letters, digits, - and _, and none that begins with langfuse."
    )]
    private static partial void SayRenamed(ILogger logger, string given, string sent);

    [LoggerMessage(
        LogLevel.Warning,
        "Langfuse is at {Address}, without TLS: whoever is on the way can read the keys and everything that is sent. Set the address to https:// where the server offers it."
    )]
    private static partial void SayPlain(ILogger logger, Uri address);
}
