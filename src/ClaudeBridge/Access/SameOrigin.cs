namespace ClaudeBridge.Access;

/// <summary>Whether a browser's request was made by a page of the bridge itself. https://www.w3.org/TR/fetch-metadata/</summary>
internal static class SameOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";

    /// <summary>The browser says that it was. A request that says nothing is not known to be.</summary>
    public static bool IsShown(HttpRequest request) =>
        request.Headers.TryGetValue(FetchSite, out var site)
            ? string.Equals(site.ToString(), "same-origin", StringComparison.OrdinalIgnoreCase)
            : IsOwn(request);

    /// <summary>The browser says that it was not.</summary>
    public static bool IsDenied(HttpRequest request) =>
        (request.Headers.ContainsKey(FetchSite) || request.Headers.Origin.Count > 0) && !IsShown(request);

    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    /// <summary>The origin that is named is the host that the request is addressed to. The scheme is not compared: TLS may end at a proxy before the bridge.</summary>
    public static bool IsOwn(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var page)
        && page.Scheme is ("http" or "https")
        && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
