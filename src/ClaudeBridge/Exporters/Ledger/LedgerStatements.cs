using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>Every statement that the ledger runs, prepared once.</summary>
internal sealed class LedgerStatements(SqliteConnection connection) : IDisposable
{
    public LedgerStatement Begin { get; } = new(connection, "BEGIN IMMEDIATE", 0);

    public LedgerStatement Commit { get; } = new(connection, "COMMIT", 0);

    public LedgerStatement Rollback { get; } = new(connection, "ROLLBACK", 0);

    public LedgerStatement AddDestination { get; } =
        new(connection, "INSERT INTO destination(name) VALUES($0) ON CONFLICT(name) DO NOTHING", 1);

    public LedgerStatement FindDestination { get; } =
        new(connection, "SELECT id, epoch, cursor, forgotten_before, route FROM destination WHERE name=$0", 1);

    public LedgerStatement SetRoute { get; } = new(connection, "UPDATE destination SET route=$1 WHERE id=$0", 2);

    public LedgerStatement SetCursor { get; } = new(connection, "UPDATE destination SET cursor=$1 WHERE id=$0", 2);

    public LedgerStatement SetEpoch { get; } =
        new(
            connection,
            """
            UPDATE destination SET cursor=0, epoch=$1, forgotten_before=CASE WHEN epoch IS NULL THEN NULL ELSE pruned_end END
            WHERE id=$0 RETURNING forgotten_before
            """,
            2
        );

    public LedgerStatement FindTrace { get; } =
        new(connection, "SELECT id, context, last_used FROM trace WHERE destination=$0 AND trace=$1", 2);

    public LedgerStatement AddTrace { get; } =
        new(connection, "INSERT INTO trace(destination, trace, context, last_used) VALUES($0, $1, $2, $3) RETURNING id", 4);

    public LedgerStatement TouchTrace { get; } = new(connection, "UPDATE trace SET last_used=$1 WHERE id=$0", 2);

    public LedgerStatement FindObservation { get; } =
        new(connection, "SELECT start, acknowledged, sending, refused FROM observation WHERE trace=$0 AND observation=$1", 2);

    public LedgerStatement Depart { get; } =
        new(
            connection,
            """
            INSERT INTO observation(trace, observation, start, sending, version) VALUES($0, $1, $2, $3, $4)
            ON CONFLICT(trace, observation) DO UPDATE
            SET version=version + (sending IS NOT excluded.sending), sending=excluded.sending
            RETURNING version
            """,
            5
        );

    public LedgerStatement Acknowledge { get; } =
        new(
            connection,
            """
            UPDATE observation SET acknowledged=$2, refused=NULL, sending=CASE WHEN sending=$2 THEN NULL ELSE sending END
            WHERE trace=$0 AND observation=$1
            """,
            3
        );

    public LedgerStatement Refuse { get; } =
        new(
            connection,
            "UPDATE observation SET refused=$2, sending=CASE WHEN sending=$2 THEN NULL ELSE sending END WHERE trace=$0 AND observation=$1",
            3
        );

    public LedgerStatement AddDeadLetter { get; } =
        new(
            connection,
            """
            INSERT INTO dead_letter(destination, session, trace, observation, reason, status, time, payload, source, score)
            VALUES($0, $1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            10
        );

    public LedgerStatement DropDeadLetters { get; } =
        new(connection, "DELETE FROM dead_letter WHERE destination=$0 AND trace=$1 AND observation=$2", 3);

    public LedgerStatement CountDeadLetters { get; } = new(connection, "SELECT count(*) FROM dead_letter WHERE destination=$0", 1);

    /// <summary>Of the last ones, so that it takes no longer where there are very many.</summary>
    public LedgerStatement DeadLetterReasons { get; } =
        new(
            connection,
            """
            SELECT reason, status, count(*) FROM (SELECT id, reason, status FROM dead_letter WHERE destination=$0 ORDER BY id DESC LIMIT $1)
            GROUP BY reason, status ORDER BY max(id) DESC LIMIT $2
            """,
            3
        );

    public LedgerStatement DeadLetters { get; } =
        new(
            connection,
            """
            SELECT id, session, trace, observation, reason, status, time, payload, source, score FROM dead_letter
            WHERE destination=$0 AND id>$1 ORDER BY id LIMIT $2
            """,
            3
        );

    public LedgerStatement AskedAgain { get; } =
        new(
            connection,
            """
            SELECT id, session, trace, observation, reason, status, time, payload, source, score FROM dead_letter
            WHERE destination=$0 AND asked IS NOT NULL ORDER BY id LIMIT $1
            """,
            2
        );

    public LedgerStatement Forgive { get; } = new(connection, "UPDATE observation SET refused=NULL WHERE trace=$0 AND observation=$1", 2);

    public LedgerStatement TakeBack { get; } = new(connection, "UPDATE dead_letter SET asked=NULL, note=$1 WHERE id=$0", 2);

    public LedgerStatement OldTraces { get; } =
        new(connection, "SELECT id FROM trace WHERE destination=$0 AND last_used<$1 ORDER BY id LIMIT $2", 3);

    public LedgerStatement NotePruned { get; } =
        new(
            connection,
            """
            UPDATE destination SET pruned_end=max(ifnull(pruned_end, 0), ifnull((SELECT max(start) FROM observation WHERE trace=$1), 0))
            WHERE id=$0
            """,
            2
        );

    public LedgerStatement DropObservations { get; } = new(connection, "DELETE FROM observation WHERE trace=$0", 1);

    public LedgerStatement DropTrace { get; } = new(connection, "DELETE FROM trace WHERE id=$0", 1);

    public LedgerStatement DropOldDeadLetters { get; } = new(connection, "DELETE FROM dead_letter WHERE destination=$0 AND time<$1", 2);

    public void Dispose()
    {
        foreach (
            var statement in (LedgerStatement[])
                [
                    Begin,
                    Commit,
                    Rollback,
                    AddDestination,
                    FindDestination,
                    SetRoute,
                    SetCursor,
                    SetEpoch,
                    FindTrace,
                    AddTrace,
                    TouchTrace,
                    FindObservation,
                    Depart,
                    Acknowledge,
                    Refuse,
                    AddDeadLetter,
                    DropDeadLetters,
                    CountDeadLetters,
                    DeadLetterReasons,
                    DeadLetters,
                    AskedAgain,
                    Forgive,
                    TakeBack,
                    OldTraces,
                    NotePruned,
                    DropObservations,
                    DropTrace,
                    DropOldDeadLetters,
                ]
        )
        {
            statement.Dispose();
        }
    }
}
