using System.Diagnostics;
using System.Globalization;

namespace ClaudeBridge.Diagnostics;

/// <summary>Places where a crash would be worst, by name. For tests of the whole program alone: it kills itself there when it is told to.</summary>
/// <remarks>
/// <c>CLAUDEBRIDGE_CRASH_AT=journal.sync:3</c> ends the process at the third passing, as <c>kill -9</c> does: nothing is flushed, closed or answered any more.
/// Without the variable a passing costs one comparison.
/// </remarks>
internal static class CrashPoints
{
    public const string Variable = "CLAUDEBRIDGE_CRASH_AT";

    /// <summary>The body is here as a whole; nothing has been done with it.</summary>
    public const string ReceiveBody = "receive.body";

    /// <summary>The export is on disk; its sender has no answer yet.</summary>
    public const string ReceiveAnswer = "receive.answer";

    /// <summary>A group of exports is about to be written.</summary>
    public const string JournalAppend = "journal.append";

    /// <summary>A group is written and not synced.</summary>
    public const string JournalSync = "journal.sync";

    /// <summary>A group is synced and nobody knows it.</summary>
    public const string JournalSynced = "journal.synced";

    /// <summary>The segment was ended and the next one is not there.</summary>
    public const string JournalRotate = "journal.rotate";

    /// <summary>The new segment has its header and nothing of it is synced.</summary>
    public const string JournalRotated = "journal.rotated";

    /// <summary>The tail marker, which reserves positions, is about to be replaced.</summary>
    public const string Position = "position.reserve";

    /// <summary>The new tail marker is written beside the old one and has not its name.</summary>
    public const string PositionRename = "position.rename";

    /// <summary>The new tail marker is in its place and nothing was written under it.</summary>
    public const string PositionReserved = "position.reserved";

    /// <summary>Segments are out of the list and all of them still on disk.</summary>
    public const string RetentionPlanned = "retention.planned";

    /// <summary>One of the segments that go is deleted.</summary>
    public const string RetentionDeleted = "retention.deleted";

    /// <summary>A transaction of the store is complete and not committed.</summary>
    public const string StoreCommit = "store.commit";

    /// <summary>A transaction of the store is committed; nobody was told.</summary>
    public const string StoreCommitted = "store.committed";

    /// <summary>The ledger is about to note what is sent next.</summary>
    public const string DepartureCommit = "departure.commit";

    /// <summary>The ledger has noted what is sent next, and it was not sent.</summary>
    public const string DepartureCommitted = "departure.committed";

    /// <summary>The destination has taken a batch; neither that nor the cursor is noted.</summary>
    public const string CursorCommit = "cursor.commit";

    /// <summary>The cursor is moved on disk.</summary>
    public const string CursorCommitted = "cursor.committed";

    /// <summary>The journal's folder is this process's; nothing in it was read.</summary>
    public const string StartLocked = "start.locked";

    /// <summary>The journal's end is found.</summary>
    public const string StartRecovered = "start.recovered";

    /// <summary>The ledger is open.</summary>
    public const string StartLedger = "start.ledger";

    /// <summary>The store is open and held against the journal.</summary>
    public const string StartStore = "start.store";

    /// <summary>A step of what the store has to catch up on is taken in.</summary>
    public const string StartCatchUp = "start.catch-up";

    /// <summary>The doors are open.</summary>
    public const string StartReady = "start.ready";

    public static readonly IReadOnlyList<string> All =
    [
        ReceiveBody,
        ReceiveAnswer,
        JournalAppend,
        JournalSync,
        JournalSynced,
        JournalRotate,
        JournalRotated,
        Position,
        PositionRename,
        PositionReserved,
        RetentionPlanned,
        RetentionDeleted,
        StoreCommit,
        StoreCommitted,
        DepartureCommit,
        DepartureCommitted,
        CursorCommit,
        CursorCommitted,
        StartLocked,
        StartRecovered,
        StartLedger,
        StartStore,
        StartCatchUp,
        StartReady,
    ];

    private static string? _name;
    private static int _passingsLeft;

    /// <param name="value">A name, or a name and the number of the passing: <c>journal.sync:3</c>. Null or empty: nothing happens anywhere.</param>
    /// <exception cref="FormatException">It is none of these; the message says what may stand there.</exception>
    public static void Arm(string? value)
    {
        if (value is not { Length: > 0 })
        {
            return;
        }

        var colon = value.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? value : value[..colon];
        var passing = 1;
        if (
            !All.Contains(name)
            || colon >= 0
                && (!int.TryParse(value[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out passing) || passing < 1)
        )
        {
            throw new FormatException(
                $"{Variable} must be a name, or a name, a colon and a number from 1 on, such as {JournalSync}:3. The names are: {string.Join(", ", All)}."
            );
        }

        (_passingsLeft, _name) = (passing, name);
    }

    public static void Pass(string name)
    {
        if (_name is not null && _name == name)
        {
            Reach();
        }
    }

    private static void Reach()
    {
        if (Interlocked.Decrement(ref _passingsLeft) == 0)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
            // Nothing of this thread may go on before the signal arrives.
            self.WaitForExit();
        }
    }
}
