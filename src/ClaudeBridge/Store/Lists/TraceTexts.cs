using SQLitePCL;

namespace ClaudeBridge.Store.Lists;

/// <summary>Inputs and outputs of traces, their beginnings, and the index of their words. Used by the one thread that writes.</summary>
internal sealed class TraceTexts : IDisposable
{
    /// <summary>Characters of each text whose words can be searched for.</summary>
    private const int Searched = 100_000;

    private readonly Statements _statements;
    private readonly Statement _add;
    private readonly Statement _setInput;
    private readonly Statement _setOutput;
    private readonly Statement _hasInput;
    private readonly Statement _delete;
    private readonly Statement _indexInput;
    private readonly Statement _indexOutput;
    private readonly Statement _setIndexed;
    private readonly Statement _unindexInput;
    private readonly Statement _unindexOutput;

    public TraceTexts(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _add = _statements.Prepare(
            "INSERT INTO trace_texts(trace, input_head, output_head, is_output_indexed, input, output) VALUES(?1, ?2, ?3, 0, ?4, ?5)"
        );
        _setInput = _statements.Prepare("UPDATE trace_texts SET input_head = ?2, input = ?3 WHERE trace = ?1");
        _setOutput = _statements.Prepare("UPDATE trace_texts SET output_head = ?2, output = ?3, is_output_indexed = 0 WHERE trace = ?1");
        _hasInput = _statements.Prepare("SELECT input IS ?2 FROM trace_texts WHERE trace = ?1");
        _delete = _statements.Prepare("DELETE FROM trace_texts WHERE trace = ?1");
        _indexInput = _statements.Prepare(
            $"INSERT INTO words(rowid, text) SELECT trace * 2, substr(input, 1, {Searched}) FROM trace_texts WHERE trace = ?1 AND input IS NOT NULL"
        );
        _indexOutput = _statements.Prepare(
            $"""
            INSERT INTO words(rowid, text) SELECT trace * 2 + 1, substr(output, 1, {Searched}) FROM trace_texts
            WHERE trace = ?1 AND output IS NOT NULL AND is_output_indexed = 0
            """
        );
        _setIndexed = _statements.Prepare("UPDATE trace_texts SET is_output_indexed = 1 WHERE trace = ?1 AND is_output_indexed = 0");
        _unindexInput = _statements.Prepare(UnindexingInput("= ?1"));
        _unindexOutput = _statements.Prepare(UnindexingOutput("= ?1"));
    }

    /// <summary>SQL that takes inputs out of the index; to be run while they are still there.</summary>
    /// <param name="which">The end of a condition on the number of the trace.</param>
    public static string UnindexingInput(string which) =>
        $"""
            INSERT INTO words(words, rowid, text) SELECT 'delete', trace * 2, substr(input, 1, {Searched}) FROM trace_texts
            WHERE trace {which} AND input IS NOT NULL
            """;

    /// <inheritdoc cref="UnindexingInput"/>
    public static string UnindexingOutput(string which) =>
        $"""
            INSERT INTO words(words, rowid, text) SELECT 'delete', trace * 2 + 1, substr(output, 1, {Searched}) FROM trace_texts
            WHERE trace {which} AND output IS NOT NULL AND is_output_indexed = 1
            """;

    /// <param name="isNew">The trace has none yet.</param>
    public void Put(long trace, string? input, string? output, bool isNew)
    {
        if (isNew)
        {
            _add.Bind(1, trace).Bind(2, Heads.OneLine(input)).Bind(3, Heads.OneLine(output)).Bind(4, input).Bind(5, output).Run();
            _indexInput.Bind(1, trace).Run();
            return;
        }

        if (_hasInput.Bind(1, trace).Bind(2, input).ReadLong() != 1)
        {
            _unindexInput.Bind(1, trace).Run();
            _setInput.Bind(1, trace).Bind(2, Heads.OneLine(input)).Bind(3, input).Run();
            _indexInput.Bind(1, trace).Run();
        }

        _unindexOutput.Bind(1, trace).Run();
        _setOutput.Bind(1, trace).Bind(2, Heads.OneLine(output)).Bind(3, output).Run();
    }

    /// <summary>The turn is settled: its answer can be searched for.</summary>
    public void IndexOutput(long trace)
    {
        _indexOutput.Bind(1, trace).Run();
        _setIndexed.Bind(1, trace).Run();
    }

    public void Delete(long trace)
    {
        _unindexInput.Bind(1, trace).Run();
        _unindexOutput.Bind(1, trace).Run();
        _delete.Bind(1, trace).Run();
    }

    public void Dispose() => _statements.Dispose();
}
