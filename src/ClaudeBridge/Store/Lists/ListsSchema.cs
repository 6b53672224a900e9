namespace ClaudeBridge.Store.Lists;

/// <summary>The tables that lists are read from: kept true by the writer in the transaction that changes a trace.</summary>
/// <remarks>
/// Times are units of 100 ns since 1970, as .NET counts them, so that they order and compare the way they are shown; those beyond its calendar are its last.
/// The texts are indexed without being kept a second time: what is taken out of the index is named by the text it was put in with. An input has twice the
/// number of its trace, an output one more; outputs change with every answer and are indexed when their turn is settled.
/// </remarks>
internal static class ListsSchema
{
    public const string Tables = $"""
        CREATE TABLE session_rows(
          id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, session_id TEXT NOT NULL, service TEXT NOT NULL,
          started INTEGER NOT NULL, ended INTEGER NOT NULL, duration INTEGER NOT NULL, traces INTEGER NOT NULL,
          generations INTEGER NOT NULL, tools INTEGER NOT NULL, errors INTEGER NOT NULL,
          input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_creation INTEGER NOT NULL,
          tokens INTEGER NOT NULL, cost TEXT NOT NULL, cost_micros INTEGER NOT NULL, completeness INTEGER,
          user_id TEXT, version TEXT, team TEXT, repository TEXT, title TEXT, models TEXT NOT NULL,
          UNIQUE(session_id, tenant, service));
        CREATE INDEX session_rows_latest ON session_rows(ended, session_id);
        CREATE INDEX session_rows_cost ON session_rows(cost_micros);
        CREATE INDEX session_rows_tokens ON session_rows(tokens);
        CREATE INDEX session_rows_errors ON session_rows(errors);
        CREATE INDEX session_rows_duration ON session_rows(duration);

        CREATE TABLE trace_names(kind INTEGER NOT NULL, name TEXT NOT NULL, trace INTEGER NOT NULL, failed INTEGER NOT NULL,
          PRIMARY KEY(kind, name, trace)) WITHOUT ROWID;

        CREATE TABLE members(
          tenant TEXT NOT NULL, user_id TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
          last_logs INTEGER NOT NULL, last_metrics INTEGER NOT NULL, last_traces INTEGER NOT NULL, signs INTEGER NOT NULL, changed_at INTEGER NOT NULL,
          PRIMARY KEY(tenant, user_id)) WITHOUT ROWID;

        CREATE TABLE trace_texts(trace INTEGER PRIMARY KEY, input_head TEXT, output_head TEXT, is_output_indexed INTEGER NOT NULL, input TEXT, output TEXT);
        CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');
        """;
}
