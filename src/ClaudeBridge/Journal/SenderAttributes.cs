namespace ClaudeBridge.Journal;

/// <summary>What an entry says of its sender beside its body, by name.</summary>
public static class SenderAttributes
{
    private const string Tenant = "tenant";
    private const string User = "user";

    /// <param name="tenant">Whose key came with it; empty for none.</param>
    /// <param name="user">Whom the address or a header named; null for none.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(string tenant, string? user) =>
        (tenant, user) switch
        {
            ("", null) => [],
            ("", _) => [new(User, user)],
            (_, null) => [new(Tenant, tenant)],
            _ => [new(Tenant, tenant), new(User, user)],
        };

    /// <summary>The tenant; empty for none.</summary>
    public static string TenantOf(JournalEntry entry) => Find(entry, Tenant) ?? "";

    /// <summary>The user that was named; null for none.</summary>
    public static string? UserOf(JournalEntry entry) => Find(entry, User);

    private static string? Find(JournalEntry entry, string name)
    {
        foreach (var (key, value) in entry.Attributes)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }
}
