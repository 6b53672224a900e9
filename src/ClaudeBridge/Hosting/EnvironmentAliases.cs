using ClaudeBridge.Receivers;
using Microsoft.Extensions.Configuration.Memory;

namespace ClaudeBridge.Hosting;

/// <summary>
/// Environment variables that users of such tools know, besides <c>ClaudeBridge__Section__Key</c>. Both given and different, the start is refused
/// (<see cref="Disagreements"/>).
/// </summary>
internal static class EnvironmentAliases
{
    private static readonly (string Variable, string Key)[] Aliases =
    [
        ("OTLP_RECEIVER_HOST", $"{ReceiverOptions.Section}:{nameof(ReceiverOptions.Host)}"),
        ("OTLP_RECEIVER_PORT", $"{ReceiverOptions.Section}:{nameof(ReceiverOptions.HttpPort)}"),
        ("API_KEY", $"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKey)}"),
    ];

    /// <param name="variable">Reads a variable; null or empty when it is not set.</param>
    public static IConfigurationBuilder AddReceiverAliases(this IConfigurationBuilder configuration, Func<string, string?> variable) =>
        configuration.Add(
            new MemoryConfigurationSource
            {
                InitialData =
                [
                    .. from alias in Aliases
                    let value = variable(alias.Variable)
                    where !string.IsNullOrEmpty(value)
                    select KeyValuePair.Create(alias.Key, (string?)value),
                ],
            }
        );

    /// <summary>The short variable of a key; null when it has none.</summary>
    public static string? VariableOf(string key) =>
        Aliases.FirstOrDefault(alias => alias.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Variable;

    /// <summary>A sentence for each setting that has both spellings in the environment, with different values. Values are not quoted: one of them is a key.</summary>
    public static IEnumerable<string> Disagreements(IConfigurationRoot configuration) =>
        from provider in configuration.Providers
        from alias in Aliases
        let own = Value(provider, alias.Variable)
        let full = Value(provider, alias.Key)
        where own is not null && full is not null && own != full
        select $"{alias.Variable} and {SettingOrigin.Variable(alias.Key)} are both set and differ: keep one of them.";

    /// <summary>Aliases and keys come from one source only in the environment.</summary>
    private static string? Value(IConfigurationProvider provider, string key) =>
        provider.TryGet(key, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
