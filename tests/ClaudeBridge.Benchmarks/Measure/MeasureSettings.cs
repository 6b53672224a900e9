namespace ClaudeBridge.Benchmarks.Measure;

/// <summary>What <c>measure</c> runs and how.</summary>
/// <param name="Bridge">The executable or dll; published ones start faster.</param>
/// <param name="Folder">Where each run makes its data folder.</param>
internal sealed record MeasureSettings(
    string Bridge,
    string Folder,
    bool WithLangfuse,
    IReadOnlyList<MeasureRow> Rows,
    int Runs,
    TimeSpan Length,
    TimeSpan Warmup
)
{
    public DirectoryInfo NewFolder() => Directory.CreateDirectory(Path.Combine(Folder, $"claudebridge-bench-{Guid.NewGuid():N}"));
}

/// <summary>One figure of one run, and a line about how it came about.</summary>
internal sealed record MeasuredRun(double Value, string Remark);

/// <summary>A row of the table of figures.</summary>
/// <param name="Goal">The value to reach.</param>
/// <param name="IsLessBetter">For times and memory.</param>
internal sealed record MeasureRow(
    string Name,
    string What,
    string Unit,
    double Goal,
    bool IsLessBetter,
    Func<MeasureSettings, CancellationToken, Task<MeasuredRun>> RunAsync
);

/// <summary>A row with what its runs gave.</summary>
internal sealed record MeasuredRow(
    string Name,
    string What,
    string Unit,
    double Goal,
    double Median,
    IReadOnlyList<double> Runs,
    bool IsReached
);
