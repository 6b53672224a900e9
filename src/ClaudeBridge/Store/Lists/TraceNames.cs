using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store.Lists;

/// <summary>What a name in <c>trace_names</c> is of.</summary>
internal enum NameKind : byte
{
    Model = 1,
    Tool = 2,
}

/// <summary>The models and tools of each trace, so that traces can be found by them. Used by the one thread that writes.</summary>
internal sealed class TraceNames : IDisposable
{
    private readonly Statements _statements;
    private readonly Statement _add;
    private readonly Statement _delete;

    public TraceNames(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _add = _statements.Prepare("INSERT INTO trace_names(trace, kind, name, calls, failed, cost) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
        _delete = _statements.Prepare("DELETE FROM trace_names WHERE trace = ?1");
    }

    /// <summary>Writes what differs from what was written last.</summary>
    public void Put(TraceRow trace, IReadOnlyList<Observation> observations, ByteWriter buffer)
    {
        var names = new SortedDictionary<(NameKind Kind, string Name), Sum>(NameOrder.Instance);
        foreach (var observation in observations)
        {
            if (KeyOf(observation) is { } key)
            {
                names[key] = names.GetValueOrDefault(key).With(observation);
            }
        }

        buffer.Clear();
        foreach (var (key, sum) in names)
        {
            buffer.Byte((byte)key.Kind);
            buffer.Text(key.Name);
            buffer.Number((ulong)sum.Calls);
            buffer.Number((ulong)sum.Failed);
            buffer.Text(ExactCost.Text(sum.Cost));
        }

        var hash = buffer.Hash();
        if (hash == trace.NamesHash)
        {
            return;
        }

        _delete.Bind(1, trace.Id).Run();
        foreach (var (key, sum) in names)
        {
            _add.Bind(1, trace.Id)
                .Bind(2, (long)key.Kind)
                .Bind(3, key.Name)
                .Bind(4, sum.Calls)
                .Bind(5, sum.Failed)
                .Bind(6, key.Kind == NameKind.Model ? ExactCost.Text(sum.Cost) : null)
                .Run();
        }

        trace.NamesHash = hash;
    }

    public void Delete(long trace) => _delete.Bind(1, trace).Run();

    public void Dispose() => _statements.Dispose();

    private static (NameKind Kind, string Name)? KeyOf(Observation observation) =>
        observation switch
        {
            { Type: ObservationType.Tool } => (NameKind.Tool, observation.Name),
            { Type: ObservationType.Generation, Model: { Length: > 0 } model } => (NameKind.Model, model),
            _ => null,
        };

    private readonly record struct Sum(int Calls, int Failed, decimal Cost)
    {
        public Sum With(Observation observation) =>
            new(Calls + 1, Failed + (HasFailed(observation) ? 1 : 0), ExactCost.Add(Cost, observation.Cost ?? 0));

        /// <summary>A warning is a refusal, unless it says that the result has not come yet.</summary>
        private static bool HasFailed(Observation observation) =>
            observation.Level == ObservationLevel.Error
            || observation is { Level: ObservationLevel.Warning, Readiness: not Readiness.AwaitsEnd };
    }

    private sealed class NameOrder : IComparer<(NameKind Kind, string Name)>
    {
        public static NameOrder Instance { get; } = new();

        public int Compare((NameKind Kind, string Name) x, (NameKind Kind, string Name) y) =>
            x.Kind != y.Kind ? x.Kind.CompareTo(y.Kind) : string.CompareOrdinal(x.Name, y.Name);
    }
}
