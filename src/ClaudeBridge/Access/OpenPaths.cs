namespace ClaudeBridge.Access;

/// <summary>Paths of the dashboard port that are served to everyone, because nobody could log in otherwise. They show nothing of what the bridge holds.</summary>
internal static class OpenPaths
{
    public const string Login = "/login";
    public const string Logout = "/logout";

    /// <summary>Style sheets, scripts and images.</summary>
    public const string Assets = "/assets";

    public static bool Contains(PathString path) => IsLogin(path) || path.StartsWithSegments(Assets, StringComparison.Ordinal);

    public static bool IsLogin(PathString path) => path.Value is Login or Logout;

    /// <summary>The login page, which leads back to where one came from.</summary>
    public static string LoginFor(HttpRequest request) =>
        request.PathBase + Login + "?to=" + Uri.EscapeDataString(LocalPath.Of(request.Path + request.QueryString.Value));
}
