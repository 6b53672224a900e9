using ClaudeBridge.Access;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Pages;

namespace ClaudeBridge.Dashboard;

/// <summary><c>/login</c> and <c>/logout</c>: the forms of <see cref="LoginSessions"/>.</summary>
internal sealed class LoginDoor(DashboardDoor door, LoginSessions logins)
{
    /// <summary>A form of a key and a path; more is none of ours.</summary>
    private const int MaxFormBytes = 16 * 1024;

    public async Task LoginAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method))
        {
            await SignInAsync(context);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD, POST";
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var to = LocalPath.Of(context.Request.Query["to"]);
        if (!logins.AreNeeded || context.CallerIfKnown() is not null)
        {
            GoTo(context, to);
            return;
        }

        await door.SendAsync(context, _ => LoginPage.Make(to, error: null));
    }

    public Task LogoutAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = "POST";
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        }

        logins.SignOut(context);
        GoTo(context, logins.AreNeeded ? Paths.Login : Paths.Overview);
        return Task.CompletedTask;
    }

    private async Task SignInAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType || context.Request.ContentLength is not <= MaxFormBytes)
        {
            context.Response.StatusCode = context.Request.HasFormContentType
                ? StatusCodes.Status413PayloadTooLarge
                : StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var to = LocalPath.Of(form["to"]);
        var signIn = logins.TrySignIn(context, form["key"]);
        switch (signIn.Outcome)
        {
            case SignInOutcome.SignedIn:
                GoTo(context, to);
                return;
            case SignInOutcome.MustWait:
                var seconds = (long)Math.Ceiling(signIn.RetryAfter.TotalSeconds);
                context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
                await door.SendAsync(
                    context,
                    _ =>
                        LoginPage.Make(
                            to,
                            $"Too many wrong keys came from your address. Try again in {Format.Length(TimeSpan.FromSeconds(seconds))}.",
                            StatusCodes.Status429TooManyRequests
                        )
                );
                return;
            default:
                await door.SendAsync(
                    context,
                    _ => LoginPage.Make(to, "That is not a key of this bridge.", StatusCodes.Status401Unauthorized)
                );
                return;
        }
    }

    private static void GoTo(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = context.Request.PathBase + path;
        context.Response.Headers.CacheControl = "no-store";
    }
}
