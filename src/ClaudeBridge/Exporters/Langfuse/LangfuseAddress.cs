namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Reads the address that a person gave for Langfuse.</summary>
internal static class LangfuseAddress
{
    /// <summary>Endings that belong to the OTLP endpoint and are often given along with the address.</summary>
    private static readonly string[] KnownEndings = ["/v1/traces", "/api/public/otel", "/api/public"];

    /// <returns>The base address, ending in a slash; null with the <paramref name="problem"/> when it cannot be one.</returns>
    public static Uri? Parse(string text, out string? problem)
    {
        problem = null;
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            problem = "it must be a whole address such as https://cloud.langfuse.com";
        }
        else if (address.UserInfo.Length > 0)
        {
            problem = "it must not hold a user name or password; the keys have settings of their own";
        }
        else if (address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            problem = "it must end with the host or a path, without '?' or '#'";
        }

        return problem is null ? Base(address!) : null;
    }

    private static Uri Base(Uri address)
    {
        var path = address.AbsolutePath.TrimEnd('/');
        foreach (var ending in KnownEndings)
        {
            path = path.EndsWith(ending, StringComparison.Ordinal) ? path[..^ending.Length].TrimEnd('/') : path;
        }

        return new UriBuilder(address) { Path = path + "/" }.Uri;
    }
}
