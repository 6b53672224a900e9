using ClaudeBridge.Store.Counters;

namespace ClaudeBridge.Store;

/// <summary>The tables of <c>store.db</c>. There are no migrations: the store is derived, so another version is built again from the journal.</summary>
/// <remarks>
/// Keys are ascending, because random ones cost several times as much: an observation is found through its trace.
/// What changes often (state, sums) is kept apart from what is large (contents), because SQLite writes a row as a whole.
/// Series are read as a whole by everything that adds up: what is large of them is apart as well.
/// The points of metrics are kept and what they add to each day (UTC, days since 1970) beside them, so that a late point changes only its neighbours' shares.
/// What arrives for a session too large to be computed anew with every step waits in a table of its own until it is taken in.
/// Points in record time are nanoseconds since 1970 as the client gave them; points in wall time are milliseconds since 1970.
/// </remarks>
internal static class StoreSchema
{
    /// <summary>Raised with every change of the tables or of what is kept in them.</summary>
    public const int Version = 6;

    /// <summary>Marks the file as ours ("CBst").</summary>
    public const int ApplicationId = 0x43427374;

    public const string Tables = $"""
        CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

        CREATE TABLE sessions(
          id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, changed_at INTEGER NOT NULL,
          due_at INTEGER, revision INTEGER, hash BLOB, view TEXT);
        CREATE INDEX sessions_due ON sessions(due_at) WHERE due_at IS NOT NULL;
        CREATE UNIQUE INDEX scores_feed ON sessions(revision) WHERE revision IS NOT NULL;

        CREATE TABLE sequences(session INTEGER NOT NULL, time_nano INTEGER NOT NULL, sequence INTEGER NOT NULL,
          PRIMARY KEY(session, time_nano, sequence)) WITHOUT ROWID;

        CREATE TABLE buckets(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, key TEXT NOT NULL, summary TEXT NOT NULL, UNIQUE(session, key));

        CREATE TABLE origins(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, hash BLOB NOT NULL, data BLOB NOT NULL, UNIQUE(session, hash));

        CREATE TABLE parts(id INTEGER PRIMARY KEY, bucket INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE INDEX parts_of_bucket ON parts(bucket);

        CREATE TABLE waiting(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, facts INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE INDEX waiting_of_session ON waiting(session);

        CREATE TABLE traces(
          id INTEGER PRIMARY KEY, session INTEGER NOT NULL, trace_id BLOB NOT NULL, next_due INTEGER, changed_at INTEGER NOT NULL,
          hash BLOB NOT NULL, text_hash BLOB NOT NULL, is_opened INTEGER NOT NULL, is_ended INTEGER NOT NULL, tracing INTEGER NOT NULL,
          session_id TEXT NOT NULL, user_id TEXT, name TEXT NOT NULL, version TEXT, prompt_id TEXT,
          start_nano INTEGER NOT NULL, end_nano INTEGER NOT NULL, level INTEGER NOT NULL,
          generations INTEGER NOT NULL, tools INTEGER NOT NULL, errors INTEGER NOT NULL,
          input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_creation INTEGER NOT NULL,
          cost TEXT NOT NULL, service TEXT, tenant TEXT NOT NULL DEFAULT '',
          team TEXT, department TEXT, cost_center TEXT, repository TEXT, environment TEXT,
          started INTEGER NOT NULL, duration INTEGER NOT NULL, tokens INTEGER NOT NULL, cost_micros INTEGER NOT NULL, names TEXT NOT NULL);
        CREATE TABLE trace_contexts(trace INTEGER PRIMARY KEY, context TEXT NOT NULL);
        CREATE UNIQUE INDEX traces_by_id ON traces(trace_id, session);
        CREATE INDEX traces_of_session ON traces(session);
        CREATE INDEX traces_of_session_id ON traces(session_id);
        CREATE INDEX traces_of_user ON traces(user_id, end_nano);
        CREATE INDEX traces_started ON traces(started, trace_id);
        CREATE INDEX traces_due ON traces(next_due) WHERE next_due IS NOT NULL;

        {CounterTable.Tables}

        CREATE TABLE breakdowns(trace INTEGER PRIMARY KEY, data BLOB NOT NULL);

        CREATE TABLE observations(
          id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, observation_id INTEGER NOT NULL, hash BLOB NOT NULL, readiness INTEGER NOT NULL,
          first_seen INTEGER NOT NULL, changed_at INTEGER NOT NULL, due_at INTEGER, settled_at INTEGER, settled_hash BLOB, revision INTEGER,
          type INTEGER NOT NULL, level INTEGER NOT NULL, start_nano INTEGER NOT NULL, request_id TEXT);
        CREATE INDEX observations_of_trace ON observations(trace);
        CREATE INDEX observations_of_request ON observations(request_id) WHERE request_id IS NOT NULL;
        CREATE UNIQUE INDEX feed ON observations(revision) WHERE revision IS NOT NULL;

        CREATE TABLE contents(observation INTEGER PRIMARY KEY, data BLOB NOT NULL);

        CREATE TABLE series(
          id INTEGER PRIMARY KEY, session INTEGER NOT NULL, hash BLOB NOT NULL, session_id TEXT NOT NULL, user_id TEXT, version TEXT,
          metric TEXT NOT NULL, unit TEXT NOT NULL, shape INTEGER NOT NULL, point_use INTEGER NOT NULL, figure INTEGER NOT NULL,
          model TEXT, tool TEXT, mcp_server TEXT, skill TEXT, agent TEXT, language TEXT, tenant TEXT NOT NULL DEFAULT '',
          team TEXT, department TEXT, cost_center TEXT, repository TEXT, environment TEXT, UNIQUE(session, hash));
        CREATE TABLE series_texts(series INTEGER PRIMARY KEY, attributes BLOB NOT NULL, context TEXT NOT NULL);
        CREATE INDEX series_of_session_id ON series(session_id);

        CREATE TABLE points(
          series INTEGER NOT NULL, start_nano INTEGER NOT NULL, time_nano INTEGER NOT NULL, value TEXT NOT NULL, count INTEGER NOT NULL,
          PRIMARY KEY(series, start_nano, time_nano)) WITHOUT ROWID;

        CREATE TABLE series_days(
          series INTEGER NOT NULL, day INTEGER NOT NULL, sum TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(series, day)) WITHOUT ROWID;
        """;
}
