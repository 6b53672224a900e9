using Microsoft.Extensions.Configuration.Memory;

namespace ClaudeBridge.Hosting;

/// <summary>Where settings come from.</summary>
internal static class BridgeSettings
{
    private const string FileName = "appsettings.json";

    /// <summary>
    /// Each over the one before: <c>appsettings.json</c> beside the program, <c>appsettings.ENVIRONMENT.json</c> beside it (<c>DOTNET_ENVIRONMENT</c>, else Production),
    /// <c>appsettings.json</c> in <paramref name="folder"/>, the short environment variables, <c>ClaudeBridge__…</c>, then <paramref name="overrides"/>. No file is watched.
    /// </summary>
    public static IConfigurationBuilder AddBridgeSettings(
        this IConfigurationBuilder configuration,
        string folder,
        IEnumerable<KeyValuePair<string, string?>>? overrides = null
    )
    {
        var environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") is { Length: > 0 } named ? named : "Production";
        string[] files =
        [
            Path.Combine(AppContext.BaseDirectory, FileName),
            Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json"),
            Path.Combine(Path.GetFullPath(folder), FileName),
        ];
        foreach (var file in files.Distinct(StringComparer.Ordinal))
        {
            configuration.AddJsonFile(file, optional: true, reloadOnChange: false);
        }

        configuration.AddReceiverAliases(Environment.GetEnvironmentVariable).AddEnvironmentVariables();
        return configuration.Add(new MemoryConfigurationSource { InitialData = overrides ?? [] });
    }
}
