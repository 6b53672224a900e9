namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Without keys the bridge runs on its store alone; this says how to add Langfuse.</summary>
internal sealed partial class NoLangfuseNotice(ILogger<NoLangfuseNotice> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Say(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        LogLevel.Information,
        "No Langfuse is configured: everything is kept in the store. To deliver it, set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY (and LANGFUSE_BASE_URL for a Langfuse of your own) and start again; what the store holds is delivered then."
    )]
    private static partial void Say(ILogger logger);
}
