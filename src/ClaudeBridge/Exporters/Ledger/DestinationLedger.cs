using ClaudeBridge.Sessions;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>The ledger as one destination sees it.</summary>
internal sealed class DestinationLedger
{
    private const int PruneStep = 500;
    private const int LettersLookedAt = 1_000;

    private static readonly TimeSpan PruneEvery = TimeSpan.FromDays(1);

    private readonly DeliveryLedger _whole;
    private long? _pruned;

    /// <summary>With the gate held.</summary>
    public DestinationLedger(string name, DeliveryLedger whole)
    {
        (Name, _whole) = (name, whole);
        Load();
    }

    /// <summary>Reads what the file knows of the destination. With the gate held.</summary>
    internal void Load()
    {
        var statements = _whole.Statements;
        statements.AddDestination.Run(Name);
        using (var row = statements.FindDestination.Query(Name))
        {
            row.Read();
            Id = row.GetInt64(0);
            Epoch = row.IsDBNull(1) ? null : row.GetString(1);
            Cursor = row.GetInt64(2);
            ForgottenBefore = row.IsDBNull(3) ? null : (ulong)row.GetInt64(3);
            Route = row.IsDBNull(4) ? null : row.GetString(4);
        }

        DeadLetterCount = (long)statements.CountDeadLetters.Scalar(Id)!;
        Traces.Clear();
    }

    public string Name { get; }

    /// <summary>The epoch of the store that <see cref="Cursor"/> counts in; null before anything was delivered.</summary>
    public string? Epoch { get; private set; }

    /// <summary>The highest revision below which, itself included, everything is acknowledged or a dead letter.</summary>
    public long Cursor { get; private set; }

    /// <summary>Set while delivering from a rebuilt store after pruning: what started up to then and is unknown may have been delivered and forgotten.</summary>
    public ulong? ForgottenBefore { get; private set; }

    /// <summary>The way that exports last went; null when none is noted.</summary>
    public string? Route { get; private set; }

    public long DeadLetterCount { get; private set; }

    internal TimeProvider Clock => _whole.Clock;

    /// <summary>The number of the destination in the file. With the gate held.</summary>
    internal long Id { get; private set; }

    /// <summary>A few known traces; only touched inside a change.</summary>
    internal LedgerTraceCache Traces { get; } = new();

    /// <summary>Begins the one change that may be under way. It must be disposed on the same thread; not committed means not done.</summary>
    public LedgerChange Begin() => new(this, _whole);

    /// <summary>Starts over in another run of revisions.</summary>
    public void StartEpoch(string epoch)
    {
        lock (_whole.Gate)
        {
            ForgottenBefore = (ulong?)(long?)_whole.Statements.SetEpoch.Scalar(Id, epoch);
            (Epoch, Cursor) = (epoch, 0);
        }
    }

    public void NoteRoute(string route)
    {
        lock (_whole.Gate)
        {
            _whole.Statements.SetRoute.Run(Id, route);
            Route = route;
        }
    }

    /// <summary>Dead letters after an id, oldest first.</summary>
    public IReadOnlyList<DeadLetter> DeadLetters(long afterId = 0, int max = 1_000)
    {
        lock (_whole.Gate)
        {
            using var row = _whole.Statements.DeadLetters.Query(Id, afterId, max);
            return Read(row, long.MaxValue);
        }
    }

    /// <summary>Why the last dead letters were refused, the newest reason first.</summary>
    public IReadOnlyList<DeadLetterReason> DeadLetterReasons(int max)
    {
        lock (_whole.Gate)
        {
            using var row = _whole.Statements.DeadLetterReasons.Query(Id, LettersLookedAt, max);
            var reasons = new List<DeadLetterReason>();
            while (row.Read())
            {
                reasons.Add(new(row.GetString(0), row.IsDBNull(1) ? null : row.GetInt32(1), row.GetInt64(2)));
            }

            return reasons;
        }
    }

    /// <summary>Dead letters that a person asked to be sent again (any process may: <see cref="DeadLetterRequests"/>), oldest first.</summary>
    /// <param name="maxBytes">Of payloads; the first comes whatever its size.</param>
    public IReadOnlyList<DeadLetter> AskedAgain(int max, long maxBytes = long.MaxValue)
    {
        lock (_whole.Gate)
        {
            using var row = _whole.Statements.AskedAgain.Query(Id, max);
            return Read(row, maxBytes);
        }
    }

    /// <summary>Prunes once a day; zero means never.</summary>
    public void PruneWhenDue(TimeSpan age, CancellationToken cancel)
    {
        if (age > TimeSpan.Zero && (_pruned is not { } last || Clock.GetElapsedTime(last) >= PruneEvery))
        {
            _pruned = Clock.GetTimestamp();
            Prune(age, cancel);
        }
    }

    /// <summary>Forgets traces that nothing was sent of for longer than <paramref name="age"/>, and dead letters as old; in small steps.</summary>
    /// <returns>How many traces were forgotten.</returns>
    public int Prune(TimeSpan age, CancellationToken cancel)
    {
        var limit = (_whole.Aging.Read() - age).ToUnixTimeMilliseconds();
        var pruned = 0;
        while (!cancel.IsCancellationRequested)
        {
            using var change = Begin();
            var step = change.Prune(limit, PruneStep);
            change.Commit();
            pruned += step;
            if (step < PruneStep)
            {
                break;
            }
        }

        return pruned;
    }

    private List<DeadLetter> Read(SqliteDataReader row, long maxBytes)
    {
        var letters = new List<DeadLetter>();
        long bytes = 0;
        while (bytes < maxBytes && row.Read())
        {
            var payload = (byte[])row.GetValue(7);
            bytes += payload.Length;
            letters.Add(
                new DeadLetter(
                    row.GetInt64(0),
                    Name,
                    row.GetString(1),
                    TraceId.FromBytes((byte[])row.GetValue(2)),
                    new ObservationId((ulong)row.GetInt64(3)),
                    row.GetString(4),
                    row.IsDBNull(5) ? null : row.GetInt32(5),
                    DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
                    payload.Length,
                    payload,
                    row.IsDBNull(8) ? null : TraceId.FromBytes((byte[])row.GetValue(8)),
                    row.IsDBNull(9) ? null : row.GetString(9)
                )
            );
        }

        return letters;
    }

    internal void Committed(long? cursor, int deadLetters)
    {
        // Whoever sees that the cursor has passed an observation shall see its dead letter too.
        DeadLetterCount += deadLetters;
        Cursor = cursor ?? Cursor;
    }
}
