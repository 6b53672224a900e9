using System.Globalization;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Store.Pages;
using Microsoft.AspNetCore.Http.Features;

namespace ClaudeBridge.Query.Answers;

/// <summary><c>/api/live</c>: tells by server-sent events that the store has something new. What that is, the other routes say.</summary>
/// <remarks>https://html.spec.whatwg.org/multipage/server-sent-events.html</remarks>
internal sealed class LiveStream(IHostApplicationLifetime lifetime)
{
    private int _listeners;

    public async Task AnswerAsync(ApiCall call)
    {
        var changes =
            call.Parts.Changes
            ?? throw new ApiProblemException(StatusCodes.Status501NotImplemented, "Nothing tells of changes in this bridge.");
        var response = call.Http.Response;
        if (call.IsHead)
        {
            response.ContentType = MediaType.Events;
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _listeners) > call.Parts.Options.MaxListeners)
            {
                throw ApiProblemException.Busy("Too many follow already; ask again later.");
            }

            response.ContentType = MediaType.Events;
            // Proxies that gather what goes through would hold the events back.
            response.Headers["X-Accel-Buffering"] = "no";
            call.Http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            // The end of the program does not wait for those who only listen.
            using var end = CancellationTokenSource.CreateLinkedTokenSource(call.Cancelled, lifetime.ApplicationStopping);
            await FollowAsync(call, changes, end.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The listener comes again when the bridge is back.
        }
        finally
        {
            Interlocked.Decrement(ref _listeners);
        }
    }

    private static async Task FollowAsync(ApiCall call, IStoreChanges changes, CancellationToken cancel)
    {
        var (options, clock, response) = (call.Parts.Options, call.Parts.Clock, call.Http.Response);
        var known = changes.Version;
        await response.WriteAsync(
            string.Create(CultureInfo.InvariantCulture, $"retry: {(long)options.RetryAfter.TotalMilliseconds}\n{Change(known)}"),
            cancel
        );
        while (true)
        {
            await response.Body.FlushAsync(cancel);
            if (await NextAsync(changes, known, options.Heartbeat, clock, cancel) is { } version)
            {
                await response.WriteAsync(Change(known = version), cancel);
                await response.Body.FlushAsync(cancel);
                // Under load there are many changes a second; one who looks needs few.
                await Task.Delay(options.LiveInterval, clock, cancel);
            }
            else
            {
                await response.WriteAsync(": still here\n\n", cancel);
            }
        }
    }

    /// <summary>Null when nothing changed for as long as the heartbeat.</summary>
    private static async Task<long?> NextAsync(
        IStoreChanges changes,
        long known,
        TimeSpan heartbeat,
        TimeProvider clock,
        CancellationToken cancel
    )
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var change = changes.WaitAsync(known, giveUp.Token);
        try
        {
            return await change.WaitAsync(heartbeat, clock, cancel);
        }
        catch (TimeoutException)
        {
            await giveUp.CancelAsync();
            return null;
        }
    }

    private static string Change(long version) =>
        string.Create(CultureInfo.InvariantCulture, $"event: change\nid: {version}\ndata: {{\"version\":{version}}}\n\n");
}
