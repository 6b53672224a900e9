using System.Globalization;
using System.Text.Json;
using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;
using Microsoft.AspNetCore.WebUtilities;

namespace ClaudeBridge.Query.Http;

/// <summary>What all answers have in common: who may ask, how, what is said when it goes wrong.</summary>
internal sealed partial class ApiEndpoint(QueryParts parts, ILogger<ApiEndpoint> logger)
{
    private const string Unreadable = "The store cannot be read at the moment; ask again later.";

    public async Task HandleAsync(HttpContext http, ApiRoute route)
    {
        SetHeaders(http.Response.Headers);
        try
        {
            await AnswerAsync(http, route);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has left.
        }
        catch (ApiProblemException problem)
        {
            await RefuseAsync(http, problem.Status, problem.Message, problem.Parameter);
        }
        catch (BadCursorException bad)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, bad.Message, CommonParameters.Cursor.Name);
        }
        catch (StoreUnavailableException failure)
        {
            LogUnreadable(route.Path, failure.Message);
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, Unreadable, null);
        }
        catch (QuestionTooLongException tooLong)
        {
            await RefuseAsync(http, StatusCodes.Status504GatewayTimeout, tooLong.Message, null);
        }
        catch (Exception failure) when (Failures.IsWantOfMemory(failure))
        {
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, Failures.WantOfMemory, null);
        }
        catch (Exception failure)
        {
            LogFailed(route.Path, Failures.Describe(failure));
            await RefuseAsync(http, StatusCodes.Status500InternalServerError, "The bridge failed on this; its log says more.", null);
        }
    }

    /// <summary>No route has this path.</summary>
    public Task RefuseUnknownAsync(HttpContext http)
    {
        SetHeaders(http.Response.Headers);
        return RefuseAsync(
            http,
            StatusCodes.Status404NotFound,
            $"There is nothing of this name; {ApiRoutes.DescriptionPath} describes what there is.",
            null
        );
    }

    private async Task AnswerAsync(HttpContext http, ApiRoute route)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.Headers.Allow = "GET, HEAD";
            throw new ApiProblemException(StatusCodes.Status405MethodNotAllowed, "Only GET and HEAD are understood here.");
        }

        var arguments = new Arguments(http.Request, route, parts.Options.MaxQueryLength);
        var call = new ApiCall(http, route, arguments, http.Caller(), Wanted(http.Request, route, arguments), parts);
        if (route.IsOfStore && IsKnown(http, call))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await route.Answer(call);
    }

    /// <summary>Whether the caller holds what would be answered.</summary>
    private bool IsKnown(HttpContext http, ApiCall call)
    {
        var request = http.Request;
        if (parts.TagOf($"{call.Caller.Tenant}\n{call.MediaType}\n{request.Path.Value}{request.QueryString.Value}") is not { } tag)
        {
            return false;
        }

        http.Response.Headers.ETag = tag;
        http.Response.Headers.CacheControl = "private, no-cache";
        http.Response.Headers.Vary = "Accept, Authorization, Cookie, X-Api-Key";
        return request.Headers.IfNoneMatch.Any(known => known is not null && known.Contains(tag, StringComparison.Ordinal));
    }

    /// <summary>The parameter <c>format</c> decides; without it what the caller accepts.</summary>
    private static string Wanted(HttpRequest request, ApiRoute route, Arguments arguments)
    {
        if (route.Parameters.Any(static parameter => parameter.Name == CommonParameters.FormatName) && arguments.Format is { } format)
        {
            return format;
        }

        var accepted = request.GetTypedHeaders().Accept;
        return accepted.Count == 0
            ? route.MediaTypes[0]
            : route
                .MediaTypes.Select(type =>
                    (
                        Type: type,
                        Quality: accepted
                            .Where(range => range.MatchesMediaType(type))
                            .Select(static range => range.Quality ?? 1)
                            .DefaultIfEmpty(0)
                            .Max()
                    )
                )
                .Where(static wish => wish.Quality > 0)
                .OrderByDescending(static wish => wish.Quality)
                .Select(static wish => wish.Type)
                .FirstOrDefault()
                ?? throw new ApiProblemException(
                    StatusCodes.Status406NotAcceptable,
                    $"This can be had as {string.Join(", ", route.MediaTypes)}."
                );
    }

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }

    private async Task RefuseAsync(HttpContext http, int status, string detail, string? parameter)
    {
        var response = http.Response;
        if (response.HasStarted)
        {
            // Half an answer must not pass for a whole one.
            http.Abort();
            return;
        }

        var allow = response.Headers.Allow;
        response.Clear();
        SetHeaders(response.Headers);
        response.Headers.Allow = allow;
        response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = Math.Ceiling(parts.Options.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        var problem = new Problem("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, parameter);
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, QueryJson.Compact.Problem);
        response.ContentType = MediaType.Problem;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, CancellationToken.None);
    }

    [LoggerMessage(LogLevel.Warning, "A question to {Route} cannot be answered: {Reason}")]
    private partial void LogUnreadable(string route, string reason);

    [LoggerMessage(LogLevel.Error, "A question to {Route} failed ({Failure}).")]
    private partial void LogFailed(string route, string failure);
}
