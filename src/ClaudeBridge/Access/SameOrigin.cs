using Microsoft.Extensions.Primitives;

namespace ClaudeBridge.Access;

/// <summary>Whether a browser's request was made by a page of the bridge itself. https://www.w3.org/TR/fetch-metadata/</summary>
internal static class SameOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>The browser says that it was. A request that says nothing is not known to be.</summary>
    public static bool IsShown(HttpRequest request) =>
        request.Headers.TryGetValue(FetchSite, out var site) ? Is(site, "same-origin") : IsOwn(request);

    /// <summary>The browser says that it was not.</summary>
    public static bool IsDenied(HttpRequest request) =>
        (request.Headers.ContainsKey(FetchSite) || request.Headers.Origin.Count > 0) && !IsShown(request);

    /// <summary>
    /// A page elsewhere made the browser send it: what has an <c>Origin</c>, and scripts, images and frames, which have none. A link that opens a whole page is the user's doing.
    /// </summary>
    public static bool IsFromElsewhere(HttpRequest request) =>
        request.Headers.Origin.Count > 0 && !IsOwn(request)
        || request.Headers.TryGetValue(FetchSite, out var site)
            && !Is(site, "same-origin")
            && !Is(site, "none")
            && !(
                IsSafe(request.Method)
                && Is(request.Headers["Sec-Fetch-Mode"], "navigate")
                && Is(request.Headers["Sec-Fetch-Dest"], "document")
            );

    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    /// <summary>The origin that is named is the host that the request is addressed to. The scheme is not compared: TLS may end at a proxy before the bridge.</summary>
    public static bool IsOwn(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var page)
        && page.Scheme is ("http" or "https")
        && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private static bool Is(StringValues header, string value) =>
        string.Equals(header.ToString(), value, StringComparison.OrdinalIgnoreCase);
}
