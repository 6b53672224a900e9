using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Where a person finds a trace in Langfuse.</summary>
public sealed class LangfuseLinks(LangfuseClient client, TimeProvider clock)
{
    private static readonly TimeSpan AskAtMost = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<string?>? _projectId;

    /// <summary>The page of a trace. The project is asked for once; where Langfuse does not tell, the link is one that Langfuse redirects.</summary>
    public async Task<Uri> TraceAsync(TraceId traceId, CancellationToken cancel = default)
    {
        Task<string?> asked;
        lock (_gate)
        {
            // Asked again after a failure, so that a Langfuse that comes up later gets whole links.
            asked = _projectId is { IsCompletedSuccessfully: true, Result: null } or null ? _projectId = AskAsync() : _projectId;
        }

        var projectId = await asked.WaitAsync(cancel);
        return new Uri(
            client.Address,
            projectId is null ? $"trace/{traceId}" : $"project/{Uri.EscapeDataString(projectId)}/traces/{traceId}"
        );
    }

    private async Task<string?> AskAsync()
    {
        using var limit = new CancellationTokenSource(AskAtMost, clock);
        try
        {
            return await client.ProjectIdAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
