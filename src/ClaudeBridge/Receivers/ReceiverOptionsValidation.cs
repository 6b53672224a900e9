using System.Net;
using ClaudeBridge.Access;
using ClaudeBridge.Journal;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>The ranges on the properties.</summary>
[OptionsValidator]
internal sealed partial class ReceiverOptionsRanges : IValidateOptions<ReceiverOptions>;

/// <summary>What the properties must be to each other. Finds every problem, not the first.</summary>
internal sealed class ReceiverOptionsRules(IOptions<JournalOptions> journal, IOptions<AccessOptions> access)
    : IValidateOptions<ReceiverOptions>
{
    // What the journal writes around a body; far more than its header takes.
    private const int EntryOverheadBytes = 4096;

    public ValidateOptionsResult Validate(string? name, ReceiverOptions options)
    {
        List<string> problems = [];
        var hostIsKnown = ListenAddress.TryParse(options.Host, out var address);
        if (!hostIsKnown)
        {
            problems.Add($"{Key(nameof(options.Host))} must be localhost, an IP address of this machine, or * for every interface.");
        }

        int[] ports = [options.GrpcPort, options.HttpPort, options.DashboardPort];
        if (ports.Where(port => port != 0).GroupBy(port => port).Any(same => same.Count() > 1))
        {
            problems.Add(
                $"{Key(nameof(options.GrpcPort))}, {Key(nameof(options.HttpPort))} and {Key(nameof(options.DashboardPort))} must be three different ports."
            );
        }

        if (options.MaxInFlightBytes < 3L * options.MaxBodyBytes)
        {
            problems.Add($"{Key(nameof(options.MaxInFlightBytes))} must be at least three times {Key(nameof(options.MaxBodyBytes))}.");
        }

        if (options.MaxBodyBytes > journal.Value.MaxEntryBytes - EntryOverheadBytes)
        {
            problems.Add(
                $"{Key(nameof(options.MaxBodyBytes))} must be below {JournalOptions.Section}:{nameof(JournalOptions.MaxEntryBytes)} by {EntryOverheadBytes} bytes, or accepted bodies could not be stored."
            );
        }

        if (options.ApiKeys.Any(string.IsNullOrWhiteSpace) || options.ApiKey is { Length: > 0 } single && string.IsNullOrWhiteSpace(single))
        {
            problems.Add($"{Key(nameof(options.ApiKey))} and {Key(nameof(options.ApiKeys))} must not hold an empty key.");
        }

        problems.AddRange(
            OtlpRoutes
                .Prefixes(options)
                .Where(static prefix => !OtlpRoutes.IsPrefix(prefix))
                .Select(static prefix =>
                    $"{Key(nameof(options.PathPrefixes))} holds '{prefix}': a prefix begins with a slash, does not end with one, and has letters, digits and . _ - ~ between them, 128 characters at most."
                )
        );

        // What is wrong with the tenants is told by their own validator.
        var keys = new KeyRing(AccessKeys.Of(options), TenantsIfRight());
        if (AccessKeys.Of(options).Any(key => keys.Find(key)?.Caller.Tenant is not null))
        {
            problems.Add(
                $"{Key(nameof(options.ApiKey))} and {Key(nameof(options.ApiKeys))} must not hold a key of a tenant: a key names one holder."
            );
        }

        if (options.AllowedHosts.Any(host => Uri.CheckHostName(host.Trim('[', ']')) == UriHostNameType.Unknown))
        {
            problems.Add($"{Key(nameof(options.AllowedHosts))} must hold host names or addresses, without scheme and port.");
        }

        if (hostIsKnown && !address.IsLoopback && keys.IsEmpty && !options.AllowUnauthenticatedRemoteAccess)
        {
            problems.Add(
                $"{Key(nameof(options.Host))} is {options.Host}, which other machines can reach, and there is no key: set API_KEY (or {Key(nameof(options.ApiKey))}), "
                    + $"or set {Key(nameof(options.AllowUnauthenticatedRemoteAccess))} to true if everyone there may send and read."
            );
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private AccessOptions TenantsIfRight()
    {
        try
        {
            return access.Value;
        }
        catch (OptionsValidationException)
        {
            return new AccessOptions();
        }
    }

    private static string Key(string property) => $"{ReceiverOptions.Section}:{property}";
}

/// <summary>Where to listen: the addresses behind <see cref="ReceiverOptions.Host"/>, the first one needed, a second one taken where the machine has it.</summary>
internal readonly record struct ListenAddress(IPAddress First, IPAddress? Second)
{
    public bool IsLoopback => IPAddress.IsLoopback(First);

    public static bool TryParse(string? host, out ListenAddress address)
    {
        address = host?.Trim().ToLowerInvariant() switch
        {
            "localhost" => new(IPAddress.Loopback, IPAddress.IPv6Loopback),
            "*" or "+" or "::" or "[::]" => new(IPAddress.Any, IPAddress.IPv6Any),
            { } text when IPAddress.TryParse(text, out var literal) => new(literal, null),
            _ => default,
        };
        return address.First is not null;
    }
}

/// <summary>The keys that are good, from both properties.</summary>
internal static class AccessKeys
{
    public static IReadOnlyList<string> Of(ReceiverOptions options) =>
        [.. options.ApiKeys.Append(options.ApiKey).Where(key => !string.IsNullOrWhiteSpace(key)).Select(key => key!.Trim()).Distinct()];
}
