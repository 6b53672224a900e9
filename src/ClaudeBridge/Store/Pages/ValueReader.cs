using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store.Pages;

/// <summary>Finds the values that filters can be set to, on one snapshot.</summary>
internal sealed class ValueReader(QueryReader reader) : IDisposable
{
    /// <summary>Values of each kind at most.</summary>
    private const int Most = 200;

    /// <summary>The latest turns tell: what only older ones have can be asked for all the same.</summary>
    private const int MostTurns = 100_000;

    /// <summary>Values of each kind that are counted: the latest.</summary>
    private const int MostCounted = 10_000;

    private static readonly string[] LabelNames = [.. TraceLabels.Columns, "version"];

    private readonly Statements _statements = reader.NewStatements();

    public FilterValues Read(string? tenant)
    {
        string[] columns = ["user_id", "tenant", .. LabelNames];
        var counts = Array.ConvertAll(columns, static _ => new Crowd<string, Uses>(MostCounted, StringComparer.Ordinal));
        var where = new Conditions();
        if (tenant is not null)
        {
            where.And($"t.tenant = {where.Value(tenant)}");
        }

        var read = where.BindTo(
            _statements.Prepare($"SELECT {string.Join(", ", columns)} FROM traces t WHERE {where.Sql} ORDER BY t.id DESC LIMIT {MostTurns}")
        );
        while (read.Step())
        {
            for (var i = 0; i < columns.Length; i++)
            {
                if (read.ShortTextOrNull(i) is { Length: > 0 } value)
                {
                    counts[i].Of(value).Count++;
                }
            }
        }

        return new FilterValues(
            MostFrequent(counts[0]),
            Names(NameKind.Model, tenant),
            Names(NameKind.Tool, tenant),
            LabelNames
                .Zip(counts.Skip(2))
                .ToDictionary(static pair => pair.First, static pair => MostFrequent(pair.Second), StringComparer.Ordinal),
            MostFrequent(counts[1])
        );
    }

    public void Dispose() => _statements.Dispose();

    private static IReadOnlyList<string> MostFrequent(Crowd<string, Uses> counts) =>
        [
            .. counts
                .Own.OrderByDescending(static pair => pair.Value.Count)
                .ThenBy(static pair => pair.Key, StringComparer.Ordinal)
                .Take(Most)
                .Select(static pair => pair.Key),
        ];

    private List<string> Names(NameKind kind, string? tenant)
    {
        var where = new Conditions();
        where.And($"n.kind = {(int)kind}");
        if (tenant is not null)
        {
            where.And($"n.trace IN (SELECT t.id FROM traces t WHERE t.tenant = {where.Value(tenant)})");
        }

        var names = new List<string>();
        var read = where.BindTo(
            _statements.Prepare(
                $"SELECT n.name FROM trace_names n WHERE {where.Sql} GROUP BY n.name ORDER BY COUNT(*) DESC, n.name LIMIT {Most}"
            )
        );
        while (read.Step())
        {
            names.Add(read.Text(0));
        }

        return names;
    }

    private sealed class Uses
    {
        public int Count { get; set; }
    }
}
