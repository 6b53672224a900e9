using System.Globalization;
using ClaudeBridge.Benchmarks.Load;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Benchmarks.Measure;

/// <summary>Every row that can be measured: what is started, what is sent, which figure counts.</summary>
internal static class MeasureRows
{
    private const string PerCpuSecond = "records/CPU-s";

    /// <summary>Longer than any root waits for more (20 s), so that what comes late is counted as well.</summary>
    private static readonly TimeSpan WholeQuiet = TimeSpan.FromSeconds(24);

    private static readonly TimeSpan WholeDrain = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan IdleWait = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<MeasureRow> All { get; } =
    [
        Receive("receive-protobuf", "http-protobuf", 250_000),
        Receive("receive-grpc", "grpc", 240_000),
        Receive("receive-json", "http-json", 140_000),
        Receive("receive-gzip", "http-protobuf-gzip", 220_000),
        Sunk("durable", "journal, group fsync, nothing behind", "journal", "http-protobuf", 100, 150_000),
        Sunk("single", "single-record requests, journal, nothing behind", "journal", "http-protobuf", 1, 20_000),
        new("whole", "journal, assembled, stored, delivered", PerCpuSecond, 45_000, IsLessBetter: false, WholeAsync),
        new("p99", "answer at 1 000 records/s, whole bridge", "ms", 10, IsLessBetter: true, P99Async),
        new("memory-idle", "resident, 5 s after the start", "MiB", 60, IsLessBetter: true, IdleAsync),
        new("memory-10k", "most resident at 10 000 records/s", "MiB", 120, IsLessBetter: true, BusyAsync),
        new("start", "to the first answer, empty folder", "ms", 300, IsLessBetter: true, StartAsync),
    ];

    private static MeasureRow Receive(string name, string protocol, double goal) =>
        Sunk(name, $"receive and decode only, {protocol}", "receivers", protocol, 100, goal);

    private static MeasureRow Sunk(string name, string what, string kind, string protocol, int records, double goal) =>
        new(
            name,
            what,
            PerCpuSecond,
            goal,
            IsLessBetter: false,
            async (settings, cancel) =>
            {
                await using var target = await Target.StartSinkAsync(kind, settings.NewFolder(), cancel);
                var report = await LoadAsync(settings, target, protocol, load => load with { RecordsPerRequest = records }, cancel);
                return new MeasuredRun(report.RecordsPerTargetCpuSecond ?? 0, Remark(report));
            }
        );

    private static async Task<MeasuredRun> WholeAsync(MeasureSettings settings, CancellationToken cancel)
    {
        await using var langfuse = settings.WithLangfuse ? await LangfuseStandIn.StartAsync(port: FreePort.Next()) : null;
        await using var target = await Target.StartBridgeAsync(settings.Bridge, settings.NewFolder(), langfuse?.Address, cancel);
        var report = await LoadAsync(
            settings,
            target,
            "http-protobuf",
            load => load with { Drain = WholeDrain, DrainQuiet = WholeQuiet },
            cancel
        );
        var delivered = langfuse is null
            ? "no Langfuse"
            : $"{langfuse.Table.Observations.Count} observations in {langfuse.Exports} requests, {langfuse.Table.DuplicateRows.Count} in two rows, {langfuse.Table.ResentRows.Count} sent again";
        var rest = report.CameToRest == true ? "" : ", not done when the wait ended";
        return new MeasuredRun(report.RecordsPerTargetCpuSecond ?? 0, $"{Remark(report)}; {delivered}{rest}");
    }

    private static async Task<MeasuredRun> P99Async(MeasureSettings settings, CancellationToken cancel)
    {
        await using var target = await Target.StartBridgeAsync(settings.Bridge, settings.NewFolder(), langfuse: null, cancel);
        var report = await LoadAsync(
            settings,
            target,
            "http-protobuf",
            static load => load with { Rate = 1_000, RecordsPerRequest = 10 },
            cancel
        );
        return new MeasuredRun(report.P99Ms, Remark(report));
    }

    private static async Task<MeasuredRun> IdleAsync(MeasureSettings settings, CancellationToken cancel)
    {
        await using var target = await Target.StartBridgeAsync(settings.Bridge, settings.NewFolder(), langfuse: null, cancel);
        await Task.Delay(IdleWait, cancel);
        var figures = ProcessFigures.Read(target.Id);
        return new MeasuredRun(
            ToMiB(figures.ResidentBytes),
            Text($"peak {ToMiB(figures.PeakBytes):0.0} MiB, {figures.Cpu.TotalSeconds:0.00} s CPU")
        );
    }

    private static async Task<MeasuredRun> BusyAsync(MeasureSettings settings, CancellationToken cancel)
    {
        await using var langfuse = settings.WithLangfuse ? await LangfuseStandIn.StartAsync(port: FreePort.Next()) : null;
        await using var target = await Target.StartBridgeAsync(settings.Bridge, settings.NewFolder(), langfuse?.Address, cancel);
        var report = await LoadAsync(settings, target, "http-protobuf", static load => load with { Rate = 10_000 }, cancel);
        return new MeasuredRun(ToMiB(report.TargetPeakBytes ?? 0), Remark(report));
    }

    private static async Task<MeasuredRun> StartAsync(MeasureSettings settings, CancellationToken cancel)
    {
        await using var target = await Target.StartBridgeAsync(settings.Bridge, settings.NewFolder(), langfuse: null, cancel);
        return new MeasuredRun(target.StartTime.TotalMilliseconds, settings.Bridge);
    }

    private static async Task<LoadReport> LoadAsync(
        MeasureSettings settings,
        Target target,
        string protocol,
        Func<LoadSettings, LoadSettings> change,
        CancellationToken cancel
    )
    {
        var wire = WireProtocol.Of(protocol);
        var load = new LoadSettings
        {
            Endpoint = new Uri($"http://127.0.0.1:{(wire.IsGrpc ? target.GrpcPort : target.HttpPort)}"),
            Protocol = wire,
            TargetId = target.Id,
            Length = settings.Length,
            Warmup = settings.Warmup,
            Seed = (ulong)Random.Shared.NextInt64(),
        };
        var report = await LoadRun.RunAsync(change(load), TextWriter.Null, cancel);
        return report.IsAllSuccess
            ? report
            : throw new BenchmarkException(
                $"Not every request was taken: {string.Join("; ", report.Answers.Select(static pair => $"{pair.Key}: {pair.Value}"))}."
            );
    }

    private static string Remark(LoadReport report) =>
        Text(
            $"{report.RecordsPerSecond:0} records/s, {report.RecordsPerTargetCpuSecond:0} records/CPU-s, p50 {report.P50Ms:0.00} ms, p99 {report.P99Ms:0.00} ms, {ToMiB(report.TargetResidentBytes ?? 0):0} MiB, peak {ToMiB(report.TargetPeakBytes ?? 0):0} MiB"
        );

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double ToMiB(long bytes) => bytes / 1048576.0;
}
