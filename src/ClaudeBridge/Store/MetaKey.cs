namespace ClaudeBridge.Store;

/// <summary>The names in the table <c>meta</c>. All values are text.</summary>
internal static class MetaKey
{
    public const string Epoch = "epoch";

    /// <summary>Everything before this journal position is in the store.</summary>
    public const string JournalPosition = "journal_position";

    /// <summary>The random number of the journal that this position is one of; absent before it was known.</summary>
    public const string Journal = "journal";

    /// <summary>The highest revision given; 0 for none.</summary>
    public const string LastRevision = "last_revision";

    /// <summary>Up to this journal position the store is built again: what is damaged before it may have been in the store before. Absent in one that never was.</summary>
    public const string RebuiltUpTo = "rebuilt_up_to";

    /// <summary>Milliseconds since 1970. There exactly when entries before that time were not in the journal when the store was built.</summary>
    public const string HistoryFrom = "history_from";
}
