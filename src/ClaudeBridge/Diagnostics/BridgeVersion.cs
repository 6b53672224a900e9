using System.Reflection;

namespace ClaudeBridge.Diagnostics;

/// <summary>The version of the running program, as the package and <c>/version</c> give it.</summary>
internal static class BridgeVersion
{
    public static string Text { get; } =
        typeof(BridgeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
