using System.Globalization;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>Where the time of one thread goes: CPU time and allocated bytes by named stage.</summary>
internal sealed class StageTimes
{
    private readonly List<Stage> _stages = [];
    private TimeSpan _pausedBefore = GC.GetTotalPauseDuration();
    private readonly int[] _collectionsBefore = [0, 0, 0];

    public IReadOnlyList<Stage> Stages => _stages;

    public long Records { get; set; }

    public TimeSpan Total => new(_stages.Sum(static stage => stage.Cpu.Ticks));

    public Stage Add(string name)
    {
        var stage = new Stage(name);
        _stages.Add(stage);
        return stage;
    }

    /// <summary>Forgets what was measured so far: the code is warm now.</summary>
    public void Restart()
    {
        Records = 0;
        _pausedBefore = GC.GetTotalPauseDuration();
        for (var generation = 0; generation < _collectionsBefore.Length; generation++)
        {
            _collectionsBefore[generation] = GC.CollectionCount(generation);
        }

        _stages.ForEach(static stage => stage.Restart());
    }

    public IReadOnlyList<StageFigures> Figures()
    {
        var total = Math.Max(Total.TotalSeconds, 1e-9);
        return
        [
            .. _stages
                .Select(stage => (stage.Name, stage.Cpu.TotalSeconds, stage.Allocated))
                .Append(("all", total, _stages.Sum(static stage => stage.Allocated)))
                .Select(row => new StageFigures(
                    row.Item1,
                    row.Item2,
                    row.Item2 / total,
                    row.Item2 > 0 ? Records / row.Item2 : 0,
                    row.Item2 * 1e6 / Math.Max(1, Records),
                    (double)row.Item3 / Math.Max(1, Records)
                )),
        ];
    }

    public void Print(TextWriter output)
    {
        output.WriteLine($"{"stage", -26} {"CPU s", 8} {"share", 7} {"records/CPU-s", 14} {"us/record", 10} {"bytes/record", 13}");
        foreach (var row in Figures())
        {
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Stage, -26} {row.CpuSeconds, 8:0.000} {row.Share, 7:0.0%} {row.RecordsPerCpuSecond, 14:0} {row.MicrosPerRecord, 10:0.00} {row.AllocatedBytesPerRecord, 13:0}"
                )
            );
        }

        var paused = GC.GetTotalPauseDuration() - _pausedBefore;
        var collections = _collectionsBefore.Select(static (before, generation) => GC.CollectionCount(generation) - before);
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"collections of garbage took {paused.TotalSeconds:0.00} s of time that passed ({string.Join(", ", collections)} of generations 0 and up, 1 and up, 2)"
            )
        );
    }

    /// <summary>One stage; wrap the work in <see cref="Measure{T}"/>.</summary>
    internal sealed class Stage(string name)
    {
        public string Name => name;

        public TimeSpan Cpu { get; private set; }

        public long Allocated { get; private set; }

        public T Measure<T>(Func<T> work)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = ThreadCpu.Now;
            var result = work();
            Cpu += ThreadCpu.Now - start;
            Allocated += GC.GetAllocatedBytesForCurrentThread() - allocated;
            return result;
        }

        public void Restart() => (Cpu, Allocated) = (default, 0);
    }
}

internal sealed record StageFigures(
    string Stage,
    double CpuSeconds,
    double Share,
    double RecordsPerCpuSecond,
    double MicrosPerRecord,
    double AllocatedBytesPerRecord
);
