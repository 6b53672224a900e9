namespace ClaudeBridge.Exporters;

/// <summary>A destination as machines read it: <c>langfuse-scores</c>.</summary>
internal static class DestinationName
{
    public static string Of(string name) => name.ToLowerInvariant().Replace(' ', '-');
}
