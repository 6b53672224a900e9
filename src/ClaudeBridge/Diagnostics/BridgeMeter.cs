namespace ClaudeBridge.Diagnostics;

/// <summary>The one meter name that every room counts under.</summary>
internal static class BridgeMeter
{
    public const string Name = "ClaudeBridge";
}
