namespace ClaudeBridge.Hosting;

/// <summary>
/// What is being answered. When the program is asked to end, this is waited for while the ports are still open: so <c>/readyz</c> says that it ends,
/// and who sends meanwhile is told to come back later instead of finding nobody.
/// </summary>
internal sealed class RequestsUnderWay(IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly HashSet<HttpContext> _open = [];
    private TaskCompletionSource? _allEnded;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // What comes after the request to end is turned away, or is a probe: nobody waits for it.
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await next(context);
            return;
        }

        lock (_gate)
        {
            _open.Add(context);
        }

        try
        {
            await next(context);
        }
        finally
        {
            lock (_gate)
            {
                if (_open.Remove(context) && _open.Count == 0)
                {
                    _allEnded?.TrySetResult();
                }
            }
        }
    }

    /// <summary>Says that the program ends, and returns once all that was under way has its answer. What has none in time is cut off: a stalled client must not hold up the end.</summary>
    public async Task EndAsync(TimeSpan within)
    {
        lifetime.StopApplication();
        Task allEnded;
        lock (_gate)
        {
            _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
            allEnded = _open.Count == 0 ? Task.CompletedTask : _allEnded.Task;
        }

        try
        {
            await allEnded.WaitAsync(within, clock);
        }
        catch (TimeoutException)
        {
            foreach (var context in Open())
            {
                context.Abort();
            }
        }
    }

    private HttpContext[] Open()
    {
        lock (_gate)
        {
            return [.. _open];
        }
    }
}
