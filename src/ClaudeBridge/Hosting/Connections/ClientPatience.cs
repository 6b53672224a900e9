using ClaudeBridge.Receivers;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting.Connections;

/// <summary>Gives every request its time to arrive, and remembers with its connection that it came whole.</summary>
internal sealed class ClientPatience(RequestDelegate next, IOptions<ReceiverOptions> options, TimeProvider clock)
{
    private readonly TimeSpan _limit = options.Value.ClientTimeout;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<ConnectionUse>() is not { } use)
        {
            await next(context);
            return;
        }

        use.Open();
        try
        {
            // A body that comes with these is read by nobody.
            await (
                HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
                    ? WorkAsync(context, use)
                    : TakeAsync(context, use)
            );
        }
        finally
        {
            use.End();
        }
    }

    private async Task TakeAsync(HttpContext context, ConnectionUse use)
    {
        var works = false;
        using var arrival = new RequestArrival(
            _limit,
            clock,
            context.Abort,
            () =>
            {
                works = true;
                use.BeginWork();
            }
        );
        context.Features.Set(arrival);
        try
        {
            await next(context);
        }
        finally
        {
            if (!works && !arrival.IsLate)
            {
                // It was refused by its headers.
                use.BeginWork();
                works = true;
            }

            if (works)
            {
                use.EndWork();
            }
        }
    }

    private async Task WorkAsync(HttpContext context, ConnectionUse use)
    {
        use.BeginWork();
        try
        {
            await next(context);
        }
        finally
        {
            use.EndWork();
        }
    }
}
