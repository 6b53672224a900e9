using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Snapshots;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Cli.Queue;

/// <summary>Puts together what <c>queue list</c> shows. What cannot be read becomes a problem; the rest is still told.</summary>
internal sealed class QueueReading(QueueFolder folder, DateTimeOffset now, DeadLetterFilter filter, int maxLetters)
{
    private readonly List<string> _problems = [];

    public QueueState Read(CancellationToken cancel)
    {
        using var store = Try("store", () => OpenStore());
        var facts = store is null ? null : Try("store", () => StoreFacts.Read(store));
        return new QueueState(
            folder.Path,
            now,
            Try("delivery ledger", () => Destinations(store, facts)) ?? [],
            Directory.Exists(folder.Journal) ? Try("journal", () => Journal(facts?.Position ?? JournalPosition.Start, cancel)) : null,
            facts is null
                ? null
                : new StoreState(
                    DatabaseCheck.SizeOf(folder.Store),
                    facts.Epoch,
                    facts.Position.Value,
                    facts.LatestRevision,
                    facts.HistoryFrom
                ),
            Try("disk", Disk),
            _problems,
            [
                .. new SnapshotFolder(folder.Snapshots)
                    .List()
                    .Select(static one => new SnapshotState(Path.GetFileName(one.Path), one.Position.Value, one.Taken, one.Bytes)),
            ]
        );
    }

    private SqliteConnection? OpenStore() =>
        File.Exists(folder.Store) ? StoreDatabase.OpenReader(folder.Store, new StoreOptions().BusyTimeout) : null;

    private List<DestinationState> Destinations(SqliteConnection? store, StoreFacts? facts)
    {
        using var connection = QueueFolder.OpenForReading(folder.Ledger);
        if (connection is null)
        {
            return [];
        }

        var ledger = new LedgerFile(connection);
        if (ledger.IsNewer)
        {
            throw new InvalidDataException("it was written by a newer version of this program: use that version");
        }

        return
        [
            .. ledger
                .Destinations()
                .Where(one => filter.Destination is null || one.Name.StartsWith(filter.Destination, StringComparison.OrdinalIgnoreCase))
                .Select(one => Of(one, ledger, store, facts)),
        ];
    }

    private DestinationState Of(LedgerDestination destination, LedgerFile ledger, SqliteConnection? store, StoreFacts? facts)
    {
        var isScores = destination.Name.StartsWith(LangfuseScoresDestination.Title, StringComparison.Ordinal);
        var isSameStore = destination.Epoch == facts?.Epoch;
        var behind = store is null
            ? null
            : Try("store", () => new Backlog(store, isSameStore ? destination.Cursor : 0, isScores, filter.Session));
        var age = behind?.Since is { } since ? Math.Max(0, (now - since).TotalSeconds) : (double?)null;
        return new DestinationState(
            destination.Name,
            isScores ? "scores" : "observations",
            behind is null ? "unknown"
                : behind.Count == 0 ? "delivered"
                : isSameStore ? "waiting"
                : "compare",
            destination.Route,
            destination.Cursor,
            facts?.LatestRevision,
            behind?.Count,
            behind?.Since,
            age,
            destination.DeadLetters,
            destination.Asked,
            ledger.DeadLetters(filter with { Destination = destination.Name, IsDestinationWhole = true }, maxLetters)
        );
    }

    private JournalState Journal(JournalPosition stored, CancellationToken cancel)
    {
        var survey = JournalSurvey.Take(DiskFiles.Instance, folder.Journal, stored, cancel);
        return new JournalState(
            survey.Segments,
            survey.Entries,
            survey.Bytes,
            survey.FileBytes,
            survey.Oldest.Value,
            survey.End.Value,
            survey.OldestReceivedAt,
            survey.NewestReceivedAt,
            survey.Waiting,
            survey.WaitingBytes,
            survey.OldestWaiting
        );
    }

    private DiskState Disk()
    {
        var drive = new DriveInfo(folder.Path);
        return new DiskState(drive.AvailableFreeSpace, drive.TotalSize);
    }

    private T? Try<T>(string part, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception failure)
            when (failure
                    is IOException
                        or UnauthorizedAccessException
                        or InvalidDataException
                        or SqliteException
                        or StoreUnavailableException
                        or StoreDamagedException
            )
        {
            var problem = $"The {part} cannot be read: {failure.Message.TrimEnd('.')}.";
            if (!_problems.Contains(problem))
            {
                _problems.Add(problem);
            }

            return null;
        }
    }

    private sealed record Backlog
    {
        public Backlog(SqliteConnection store, long cursor, bool scores, string? session) =>
            (Count, Since) = StoreFacts.Behind(store, cursor, scores, session);

        public long Count { get; }

        public DateTimeOffset? Since { get; }
    }
}
