using System.Globalization;
using ClaudeBridge.Access;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Pages;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Query;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Dashboard;

/// <summary>Answers for a page: whole, with the headers that let a browser load nothing from elsewhere. A page that fails is a page that says so.</summary>
internal sealed partial class DashboardDoor(
    IOptions<DashboardOptions> options,
    IOptions<QueryOptions> query,
    QuestionGate gate,
    LoginSessions logins,
    TimeProvider clock,
    ILogger<DashboardDoor> logger
)
{
    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>On the paths that are open to everyone. No tenant has this name, so it sees nothing.</summary>
    private static readonly Caller Nobody = new("(nobody)");

    /// <param name="write">Makes the page; null where there is no such thing.</param>
    public async Task AnswerAsync(HttpContext context, Func<PageContext, PageContent?> write)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        Drawn drawn;
        try
        {
            drawn = await gate.AskAsync(
                () => Draw(context, page => write(page) ?? Messages.NotFound($"There is nothing at {context.Request.Path.Value}.")),
                context.RequestAborted
            );
        }
        catch (ApiProblemException busy)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(query.Value.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            drawn = Draw(context, _ => Messages.Busy(busy.Message, busy.Status));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        await SendAsync(context, drawn);
    }

    /// <summary>Sends a page that asks the store nothing, whatever the method was.</summary>
    public Task SendAsync(HttpContext context, Func<PageContext, PageContent> write) => SendAsync(context, Draw(context, write));

    private readonly record struct Drawn(int Status, HtmlWriter Html);

    private Drawn Draw(HttpContext context, Func<PageContext, PageContent> write)
    {
        var (page, content) = Make(context, write);
        var html = new HtmlWriter();
        try
        {
            Layout.Write(html, page, content);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            content = Explain(failure, page.Path);
            html = new HtmlWriter();
            Layout.Write(html, page, content);
        }

        return new(content.Status, html);
    }

    private static async Task SendAsync(HttpContext context, Drawn drawn)
    {
        var (response, html) = (context.Response, drawn.Html);
        response.StatusCode = drawn.Status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = html.Written.Length;
        Secure(response);
        // What is shown is private, and may be another's after a logout.
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(html.Written, context.RequestAborted);
        }
    }

    public static async Task SendAssetAsync(HttpContext context)
    {
        var response = context.Response;
        if (AssetStore.Find(context.Request.Path.Value ?? "") is not { } asset)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        Secure(response);
        response.ContentType = asset.ContentType;
        response.ContentLength = asset.Content.Length;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(asset.Content, context.RequestAborted);
        }
    }

    private static void Secure(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "same-origin";
    }

    private (PageContext Page, PageContent Content) Make(HttpContext context, Func<PageContext, PageContent> write)
    {
        var page = PageOf(context, ViewQuery.None);
        try
        {
            page = page with { Query = ViewQuery.Of(context.Request.Query, page.Caller) };
            return (page, write(page));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return (page, Explain(failure, page.Path));
        }
    }

    private PageContext PageOf(HttpContext context, ViewQuery query) =>
        new(
            context.CallerIfKnown() ?? Nobody,
            query,
            context.Request.Path.Value ?? "/",
            clock.GetUtcNow(),
            context.Request.Cookies["theme"] is "light" or "dark" ? context.Request.Cookies["theme"] : null,
            HasLogin: logins.AreNeeded && context.CallerIfKnown() is not null,
            options.Value,
            context.RequestAborted
        );

    private PageContent Explain(Exception failure, string path)
    {
        switch (failure)
        {
            case BadQueryException or BadCursorException:
                return Messages.BadQuery(failure.Message, path);
            case QuestionTooLongException:
                return Messages.TooMuch(failure.Message, StatusCodes.Status504GatewayTimeout);
            case StoreUnavailableException:
                return Messages.Unavailable(failure.Message);
            case var _ when Failures.IsWantOfMemory(failure):
                return Messages.TooMuch(Failures.WantOfMemory, StatusCodes.Status503ServiceUnavailable);
            default:
                Broken(logger, path, failure);
                return Messages.Failed();
        }
    }

    [LoggerMessage(LogLevel.Error, "The page {Path} could not be made; the reader was told so.")]
    private static partial void Broken(ILogger logger, string path, Exception failure);
}
