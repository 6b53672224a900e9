using System.Text.Json;
using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store.Lists;

/// <summary>What a name of a trace is of.</summary>
internal enum NameKind : byte
{
    Model = 1,
    Tool = 2,
}

/// <summary>A model or tool of a trace. Written as JSON into the trace's row.</summary>
/// <param name="K">The kind, as a number: SQL reads it.</param>
/// <param name="N">The name.</param>
/// <param name="F">One of its calls failed.</param>
/// <param name="C">Of a model: what it cost, exact.</param>
internal sealed record TraceName(byte K, string N, bool F, string? C)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public NameKind Kind => (NameKind)K;

    public static string Write(IReadOnlyList<TraceName> names) => JsonSerializer.Serialize(names, StoreJson.Compact.IReadOnlyListTraceName);

    /// <exception cref="StoreDamagedException">It is not what was written.</exception>
    public static IReadOnlyList<TraceName> Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, StoreJson.Compact.IReadOnlyListTraceName) ?? [];
        }
        catch (JsonException failure)
        {
            throw new StoreDamagedException("The names of a trace in the store cannot be read.", failure);
        }
    }

    /// <summary>The models, the dearest first.</summary>
    public static IReadOnlyList<string> Models(IEnumerable<TraceName> names)
    {
        // More than anybody uses in one session; only a client that makes names up has more.
        const int Most = 50;
        var costs = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var name in names.Where(static name => name.Kind == NameKind.Model))
        {
            costs[name.N] = ExactCost.Add(costs.GetValueOrDefault(name.N), name.C is { } cost ? ExactCost.Read(cost) : 0);
        }

        return costs.Count == 1
            ? [costs.First().Key]
            :
            [
                .. costs
                    .OrderByDescending(static pair => pair.Value)
                    .ThenBy(static pair => pair.Key, StringComparer.Ordinal)
                    .Select(static pair => pair.Key)
                    .Take(Most),
            ];
    }

    /// <summary>By kind and name.</summary>
    public static IReadOnlyList<TraceName> Of(IReadOnlyList<Observation> observations)
    {
        var sums = new Dictionary<(NameKind Kind, string Name), (bool HasFailed, decimal Cost)>();
        foreach (var observation in observations)
        {
            if (KeyOf(observation) is { } key)
            {
                var sum = sums.GetValueOrDefault(key);
                sums[key] = (sum.HasFailed || observation.Level == ObservationLevel.Error, ExactCost.Add(sum.Cost, observation.Cost ?? 0));
            }
        }

        return
        [
            .. sums.OrderBy(static pair => pair.Key.Kind)
                .ThenBy(static pair => pair.Key.Name, StringComparer.Ordinal)
                .Select(static pair => new TraceName(
                    (byte)pair.Key.Kind,
                    pair.Key.Name,
                    pair.Value.HasFailed,
                    pair.Key.Kind == NameKind.Model ? ExactCost.Text(pair.Value.Cost) : null
                )),
        ];
    }

    private static (NameKind Kind, string Name)? KeyOf(Observation observation) =>
        observation switch
        {
            { Type: ObservationType.Tool } => (NameKind.Tool, observation.Name),
            { Type: ObservationType.Generation, Model: { Length: > 0 } model } => (NameKind.Model, model),
            _ => null,
        };
}

/// <summary>Finds traces by the models and tools in them. Used by the one thread that writes.</summary>
internal sealed class TraceNames : IDisposable
{
    private readonly Statements _statements;
    private readonly Statement _put;
    private readonly Statement _delete;
    private readonly Statement _read;

    public TraceNames(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _put = _statements.Prepare("INSERT OR REPLACE INTO trace_names(kind, name, trace, failed) VALUES(?1, ?2, ?3, ?4)");
        _delete = _statements.Prepare("DELETE FROM trace_names WHERE kind = ?1 AND name = ?2 AND trace = ?3");
        _read = _statements.Prepare("SELECT names FROM traces WHERE id = ?1");
    }

    /// <summary>Deletes the names of a trace; to be called while its row is still there.</summary>
    /// <remarks>One by one: in one statement SQLite would look through the names of all traces.</remarks>
    public void Delete(long trace)
    {
        foreach (var name in Read(trace))
        {
            _delete.Bind(1, (long)name.K).Bind(2, name.N).Bind(3, trace).Run();
        }
    }

    /// <summary>Writes what differs from what was written last.</summary>
    public void Put(TraceRow trace, IReadOnlyList<TraceName> names, bool isNew)
    {
        var before = trace.Names ?? (isNew ? [] : Read(trace.Id));
        foreach (var gone in before)
        {
            if (!names.Any(name => name.K == gone.K && name.N == gone.N))
            {
                _delete.Bind(1, (long)gone.K).Bind(2, gone.N).Bind(3, trace.Id).Run();
            }
        }

        foreach (var name in names)
        {
            if (!before.Any(known => known.K == name.K && known.F == name.F && known.N == name.N))
            {
                _put.Bind(1, (long)name.K).Bind(2, name.N).Bind(3, trace.Id).Bind(4, name.F ? 1 : 0).Run();
            }
        }

        trace.Names = names;
    }

    public void Dispose() => _statements.Dispose();

    private IReadOnlyList<TraceName> Read(long trace)
    {
        var names = _read.Bind(1, trace).Step() ? TraceName.Read(_read.Text(0)) : [];
        _read.Reset();
        return names;
    }
}
