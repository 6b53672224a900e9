using System.Net;

namespace ClaudeBridge.Exporters;

/// <summary>Which addresses can be a backend's: not those of this machine's network itself, where clouds hand out the machine's own credentials.</summary>
/// <remarks>
/// Loopback and private networks are fine: that is where people run a backend of their own. What is refused is what an address or a name
/// that someone else controls would be pointed at. https://www.rfc-editor.org/rfc/rfc6890
/// </remarks>
internal static class BackendAddresses
{
    /// <summary>Metadata services that are not link-local: of AWS and Google over IPv6, Azure, Oracle, Alibaba, Scaleway.</summary>
    private static readonly IPNetwork[] Metadata =
    [
        IPNetwork.Parse("fd00:ec2::/32"),
        IPNetwork.Parse("fd20:ce::/32"),
        IPNetwork.Parse("168.63.129.16/32"),
        IPNetwork.Parse("192.0.0.192/32"),
        IPNetwork.Parse("100.100.100.200/32"),
        IPNetwork.Parse("fd00:42::42/128"),
    ];

    private static readonly IPNetwork[] LinkLocal = [IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/10")];

    /// <summary>"This host", which on Linux is whoever listens here.</summary>
    private static readonly IPNetwork[] Unspecified = [IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("::/128")];

    private static readonly IPNetwork[] Many = [IPNetwork.Parse("224.0.0.0/3"), IPNetwork.Parse("ff00::/8")];

    /// <summary>Forms of IPv6 that hold an IPv4 address, and the byte where it begins: compatible, NAT64 (also of a network's own), 6to4.</summary>
    private static readonly (IPNetwork Network, int At)[] Wrapped =
    [
        (IPNetwork.Parse("::/96"), 12),
        (IPNetwork.Parse("64:ff9b::/96"), 12),
        (IPNetwork.Parse("64:ff9b:1::/48"), 12),
        (IPNetwork.Parse("2002::/16"), 2),
    ];

    /// <returns>What kind of address it is, for a sentence; null when it can be a backend's.</returns>
    public static string? Problem(IPAddress address) =>
        address.IsIPv4MappedToIPv6
            ? Kind(address.MapToIPv4())
            : Kind(address) ?? (address.Equals(IPAddress.IPv6Loopback) ? null : KindWithin(address));

    /// <summary>The same for a host that is given as a number; null for a name, which shows when it is resolved.</summary>
    public static string? Problem(Uri address) => IPAddress.TryParse(address.IdnHost, out var number) ? Problem(number) : null;

    /// <summary>Whether what is sent there without encryption stays on this machine or in a network of its owner's, as far as the name or number tells.</summary>
    public static bool IsNear(Uri address)
    {
        var host = address.IdnHost;
        return IPAddress.TryParse(host, out var number)
            ? IPAddress.IsLoopback(number) || IsPrivate(number)
            : !host.Contains('.') || NearEndings.Any(ending => host.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }

    private static readonly string[] NearEndings = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];

    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("fc00::/7"),
    ];

    private static bool IsPrivate(IPAddress address) => Contains(Private, address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static string? KindWithin(IPAddress address) =>
        Wrapped
            .Where(form => form.Network.Contains(address))
            .Select(form => Kind(new IPAddress(address.GetAddressBytes().AsSpan(form.At, 4))))
            .FirstOrDefault(static kind => kind is not null);

    private static string? Kind(IPAddress address) =>
        Contains(LinkLocal, address) ? "link-local"
        : Contains(Metadata, address) ? "a cloud's metadata service"
        : Contains(Unspecified, address) ? "no address of any machine"
        : Contains(Many, address) ? "multicast, broadcast or reserved"
        : null;

    private static bool Contains(IPNetwork[] networks, IPAddress address) => networks.Any(network => network.Contains(address));
}
