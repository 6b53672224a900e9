using ClaudeBridge.Receivers;
using Microsoft.Extensions.Configuration.Memory;

namespace ClaudeBridge.Hosting;

/// <summary>
/// Environment variables that users of such tools know, besides <c>ClaudeBridge__Section__Key</c>. Both given, the long form wins,
/// so add these before the environment variables themselves.
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
}
