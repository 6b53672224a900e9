using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Access;

/// <summary>Tenants with their keys, the users that are known, and how people log in. The key of the whole bridge stands with the receivers (<c>API_KEY</c>).</summary>
internal sealed class AccessOptions
{
    public const string Section = "ClaudeBridge:Access";

    /// <summary>Tenants: what a tenant's key sends belongs to the tenant, and what it sees is the tenant's. Default: none.</summary>
    public IList<TenantOptions> Tenants { get; set; } = [];

    /// <summary>User ids that may be named by <c>?user=</c>, <c>x-user-id</c> and, on the integration endpoints, by resources. Default: none, and everybody is welcome.</summary>
    public IList<string> Users { get; set; } = [];

    /// <summary>How long a login lasts. Default: 12 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan LoginFor { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Wrong keys that one remote address may show within a minute before it has to wait. Default: 20.</summary>
    [Range(1, 100_000)]
    public int WrongKeysPerMinute { get; set; } = 20;
}

/// <summary>One tenant.</summary>
internal sealed class TenantOptions
{
    /// <summary>1 to 64 of a-z, 0-9, dot, underscore and hyphen.</summary>
    public string Name { get; set; } = "";

    /// <summary>Hashes of the keys that are good for it, as <c>claudebridge key</c> prints them: <c>sha256:</c> and 64 hexadecimal digits. Several, for changing keys without a gap.</summary>
    public IList<string> KeyHashes { get; set; } = [];
}
