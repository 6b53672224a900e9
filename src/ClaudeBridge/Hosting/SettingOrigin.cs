using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace ClaudeBridge.Hosting;

/// <summary>Where a person set a value, so that the person finds it again.</summary>
internal static class SettingOrigin
{
    private const int LongestQuoted = 24;
    private const int ShortestSecret = 8;

    /// <summary>The key, and where it was set: <c>ClaudeBridge:Receivers:HttpPort (environment: OTLP_RECEIVER_PORT)</c>.</summary>
    public static string Describe(IConfigurationRoot configuration, string key) =>
        Last(configuration, key) switch
        {
            JsonConfigurationProvider => $"{key} (in {FileOf(configuration, key)})",
            EnvironmentVariablesConfigurationProvider => $"{key} (environment: {Variable(key)})",
            _ when EnvironmentAliases.VariableOf(key) is { } alias && configuration[alias] == configuration[key] =>
                $"{key} (environment: {alias})",
            _ => key,
        };

    /// <summary>The file that a value was read from; null when it came from elsewhere.</summary>
    public static string? FileOf(IConfigurationRoot configuration, string key) =>
        Last(configuration, key) is JsonConfigurationProvider { Source: { Path: { } path } source }
            ? source.FileProvider?.GetFileInfo(path).PhysicalPath ?? path
            : null;

    /// <summary>How a key is written in the environment.</summary>
    public static string Variable(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>A wrong value as it may be shown: one that could be a key that got into the wrong place is not.</summary>
    public static string Quote(string value) =>
        MayBeSecret(value)
            ? $"set to {value.Length} characters that are not shown"
            : $"'{string.Concat(value.Select(static letter => char.IsControl(letter) ? '?' : letter))}'";

    private static IConfigurationProvider? Last(IConfigurationRoot configuration, string key) =>
        configuration.Providers.LastOrDefault(provider => provider.TryGet(key, out _));

    /// <summary>Long ones, those that begin as keys do, and those with digits among letters; a number with a unit behind it is none.</summary>
    private static bool MayBeSecret(string value) =>
        value.Length > LongestQuoted
        || value.StartsWith("sk-", StringComparison.OrdinalIgnoreCase)
        || value.StartsWith("pk-", StringComparison.OrdinalIgnoreCase)
        || value.Length >= ShortestSecret && value.SkipWhile(static letter => !char.IsLetter(letter)).Any(char.IsDigit);
}
