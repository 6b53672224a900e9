namespace ClaudeBridge.Access;

/// <summary>Where a login leads to: a path of this bridge, never another site.</summary>
internal static class LocalPath
{
    public const string Home = "/";

    private const int MaxLength = 2048;

    /// <summary>
    /// The path with its query when it is one of this site, as addresses are written: in ASCII, the rest escaped; else <see cref="Home"/>.
    /// Browsers read a backslash as a slash and leave out control characters; other letters cannot stand in a header.
    /// </summary>
    public static string Of(string? to) =>
        to is ['/', ..] && to.Length <= MaxLength && !to.StartsWith("//", StringComparison.Ordinal) && !to.Any(IsMisleading) ? to : Home;

    private static bool IsMisleading(char letter) => letter is '\\' or <= ' ' or >= '\u007f';
}
