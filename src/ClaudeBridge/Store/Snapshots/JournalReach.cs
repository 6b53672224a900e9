namespace ClaudeBridge.Store.Snapshots;

/// <summary>Whether the journal alone could build the store again, so that no snapshot is needed.</summary>
internal static class JournalReach
{
    /// <param name="letsGoOf">No entry that the journal is about to let go of is newer than this.</param>
    /// <param name="isShorter">The journal is kept for a shorter time than the store, or by bytes.</param>
    /// <returns>True when the store holds something that was built from such entries, or may.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be read.</exception>
    public static bool NeedsSnapshot(StoreDatabase database, DateTimeOffset letsGoOf, bool isShorter)
    {
        using var connection = database.OpenReader();
        // Clients' clocks may be wrong, so this alone does not tell where the journal is short.
        using var find = new Statement(
            connection.Handle!,
            isShorter ? "SELECT 1 FROM sessions LIMIT 1" : "SELECT 1 FROM traces WHERE start_nano <= ?1 LIMIT 1"
        );
        if (!isShorter)
        {
            find.Bind(1, (long)Sessions.Clock.ToUnixNano(letsGoOf));
        }

        return find.ReadLong() is not null;
    }
}
