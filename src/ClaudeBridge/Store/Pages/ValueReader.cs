using System.Runtime.InteropServices;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store.Pages;

/// <summary>Finds the values that filters can be set to, on one snapshot.</summary>
internal sealed class ValueReader(QueryReader reader) : IDisposable
{
    /// <summary>Values of each kind at most.</summary>
    private const int Most = 200;

    private static readonly string[] LabelNames = [.. TraceLabels.Columns, "version"];

    private readonly Statements _statements = reader.NewStatements();

    public FilterValues Read(string? tenant)
    {
        string[] columns = ["user_id", "tenant", .. LabelNames];
        var counts = Array.ConvertAll(columns, static _ => new Dictionary<string, int>(StringComparer.Ordinal));
        var where = new Conditions();
        if (tenant is not null)
        {
            where.And($"t.tenant = {where.Value(tenant)}");
        }

        var read = where.BindTo(_statements.Prepare($"SELECT {string.Join(", ", columns)} FROM traces t WHERE {where.Sql}"));
        while (read.Step())
        {
            for (var i = 0; i < columns.Length; i++)
            {
                if (read.ShortTextOrNull(i) is { Length: > 0 } value)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(counts[i], value, out _)++;
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

    private static IReadOnlyList<string> MostFrequent(Dictionary<string, int> counts) =>
        [
            .. counts
                .OrderByDescending(static pair => pair.Value)
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
}
