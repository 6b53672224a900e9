using ClaudeBridge.Diagnostics;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Hosting;

/// <summary>
/// What every answer of the dashboard port says to browsers, refusals and errors too: nothing is kept, framed, guessed at or lent to other sites. An answer that says
/// something of its own there is left as it is.
/// </summary>
internal sealed class AnswerHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<DoorFeature>()?.Door is null or Door.Dashboard)
        {
            context.Response.OnStarting(static response => Complete(((HttpResponse)response).Headers), context.Response);
        }

        return next(context);
    }

    private static Task Complete(IHeaderDictionary headers)
    {
        headers.TryAdd("Cache-Control", "no-store");
        headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        headers.TryAdd("X-Content-Type-Options", "nosniff");
        headers.TryAdd("X-Frame-Options", "DENY");
        headers.TryAdd("Referrer-Policy", "same-origin");
        headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
        return Task.CompletedTask;
    }
}
