using Microsoft.AspNetCore.Http.Features;

namespace ClaudeBridge.Query.Http;

/// <summary>An id as it stands in a path. The server decodes all of a path but a slash, so that <c>%2F</c> and <c>%252F</c> look alike behind it: only the path as it was sent tells.</summary>
internal static class PathValue
{
    private const string Slash = "%2F";
    private const string SlashTwice = "%252F";

    public static string Of(HttpContext http, string name)
    {
        var value = http.GetRouteValue(name) as string ?? "";
        if (!value.Contains('%'))
        {
            return value;
        }

        var sent = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var part = sent.Split('?', 2)[0].Split('/').FirstOrDefault(part => AsTheServerDecodes(part) == value);
        return part is null ? value.Replace(Slash, "/", StringComparison.OrdinalIgnoreCase) : Uri.UnescapeDataString(part);
    }

    private static string AsTheServerDecodes(string part) =>
        Uri.UnescapeDataString(part.Replace(Slash, SlashTwice, StringComparison.Ordinal).Replace("%2f", "%252f", StringComparison.Ordinal));
}
