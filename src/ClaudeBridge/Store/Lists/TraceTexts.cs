using SQLitePCL;

namespace ClaudeBridge.Store.Lists;

/// <summary>Inputs and outputs of traces, their beginnings, and the index of their words. Used by the one thread that writes.</summary>
internal sealed class TraceTexts : IDisposable
{
    /// <summary>Characters of each text whose words can be searched for.</summary>
    private const int Searched = 100_000;

    private const string Parts = "SELECT {0}trace, substr(input, 1, {1}), substr(output, 1, {1}) FROM trace_texts WHERE trace ";

    private readonly Statements _statements;
    private readonly Statement _put;
    private readonly Statement _delete;
    private readonly Statement _index;
    private readonly Statement _unindex;

    public TraceTexts(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _put = _statements.Prepare("INSERT OR REPLACE INTO trace_texts(trace, input_head, output_head, input, output) VALUES(?1, ?2, ?3, ?4, ?5)");
        _delete = _statements.Prepare("DELETE FROM trace_texts WHERE trace = ?1");
        _index = _statements.Prepare($"INSERT INTO words(rowid, input, output) {Select("")}= ?1");
        _unindex = _statements.Prepare($"{Unindexing("= ?1")}");
    }

    /// <summary>SQL that takes traces out of the index; to be run while their texts are still there.</summary>
    /// <param name="which">The end of a condition on the number of the trace.</param>
    public static string Unindexing(string which) => $"INSERT INTO words(words, rowid, input, output) {Select("'delete', ")}{which}";

    public void Put(long trace, string? input, string? output, bool isNew)
    {
        if (!isNew)
        {
            _unindex.Bind(1, trace).Run();
        }

        _put.Bind(1, trace).Bind(2, Heads.OneLine(input)).Bind(3, Heads.OneLine(output)).Bind(4, input).Bind(5, output).Run();
        _index.Bind(1, trace).Run();
    }

    public void Delete(long trace)
    {
        _unindex.Bind(1, trace).Run();
        _delete.Bind(1, trace).Run();
    }

    public void Dispose() => _statements.Dispose();

    private static string Select(string before) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, Parts, before, Searched);
}
