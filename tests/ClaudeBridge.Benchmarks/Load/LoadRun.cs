using System.Diagnostics;
using ClaudeBridge.Benchmarks.Workload;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>Drives a target: warm-up, a pause, then the part that is measured, with the same connections throughout.</summary>
internal sealed class LoadRun
{
    /// <summary>Requests per second and connection that compressed bodies are prepared for.</summary>
    private const int PreparedPerSecond = 200;

    private static readonly TimeSpan WarmupStep = TimeSpan.FromMilliseconds(500);

    /// <summary>Times the warm-up that was asked for, when the target gets little of the processor.</summary>
    private const int MostWarmup = 6;

    private readonly LoadSettings _settings;
    private readonly Worker[] _workers;

    private LoadRun(LoadSettings settings)
    {
        _settings = settings;
        var templates = Templates.Of(settings.Protocol.Encoding);
        var ids = new RunIds(settings.Seed);
        _workers =
        [
            .. Enumerable.Range(0, settings.Connections).Select(i => new Worker(settings, new BodySource(settings, templates, ids, i))),
        ];
    }

    public static async Task<LoadReport> RunAsync(LoadSettings settings, TextWriter progress, CancellationToken cancel)
    {
        var run = new LoadRun(settings);
        try
        {
            return await run.RunAsync(progress, cancel);
        }
        finally
        {
            foreach (var worker in run._workers)
            {
                worker.Dispose();
            }
        }
    }

    private async Task<LoadReport> RunAsync(TextWriter progress, CancellationToken cancel)
    {
        Prepare(progress);
        if (_settings.Warmup > TimeSpan.Zero)
        {
            await WarmUpAsync(cancel);
            _ = await RestAsync(cancel);
        }

        foreach (var worker in _workers)
        {
            worker.Forget();
        }

        var ownBefore = Environment.CpuUsage.TotalTime;
        var before = Target();
        var seconds = (await PhaseAsync(_settings.Length, cancel)).TotalSeconds;
        var own = Environment.CpuUsage.TotalTime - ownBefore;
        var rest = await RestAsync(cancel);
        return Report(seconds, own, before, Target(), rest);
    }

    private void Prepare(TextWriter progress)
    {
        if (!_settings.Protocol.IsGzip)
        {
            return;
        }

        progress.WriteLine("compressing bodies ahead ...");
        var perConnection = _settings.Rate is { } rate ? rate / _settings.RecordsPerRequest / _settings.Connections : PreparedPerSecond;
        var count = (int)Math.Ceiling(perConnection * (_settings.Warmup + _settings.Length).TotalSeconds);
        Parallel.ForEach(_workers, worker => worker.Bodies.Prepare(count, _settings.PreparedBytes / _workers.Length));
    }

    private async Task WarmUpAsync(CancellationToken cancel)
    {
        if (_settings.Rate is not null || Target() is not { } before)
        {
            _ = await PhaseAsync(_settings.Warmup, cancel);
            return;
        }

        // A target that is compiled while it runs is warm after so much work, not after so much time on a crowded machine.
        var start = Stopwatch.GetTimestamp();
        while (Target()!.Cpu - before.Cpu < _settings.Warmup && Stopwatch.GetElapsedTime(start) < _settings.Warmup * MostWarmup)
        {
            _ = await PhaseAsync(WarmupStep, cancel);
        }
    }

    private async Task<TimeSpan> PhaseAsync(TimeSpan length, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        if (_settings.Rate is { } rate)
        {
            var pacer = new Pacer(rate / _settings.RecordsPerRequest, length);
            var thread = pacer.Start(cancel);
            await Task.WhenAll(_workers.Select(worker => Task.Run(() => worker.FollowAsync(pacer.Due, cancel), cancel)));
            thread.Join();
        }
        else
        {
            await Task.WhenAll(_workers.Select(worker => Task.Run(() => worker.RushAsync(length, cancel), cancel)));
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private async Task<(TimeSpan Waited, bool Rested)?> RestAsync(CancellationToken cancel) =>
        _settings is { TargetId: { } id, Drain: var drain } && drain > TimeSpan.Zero
            ? await TargetRest.WaitAsync(id, _settings.DrainQuiet, drain, cancel)
            : null;

    private ProcessFigures? Target() => _settings.TargetId is { } id ? ProcessFigures.Read(id) : null;

    private LoadReport Report(
        double seconds,
        TimeSpan own,
        ProcessFigures? before,
        ProcessFigures? after,
        (TimeSpan Waited, bool Rested)? rest
    )
    {
        var latency = new LatencyHistogram();
        var answers = new Dictionary<Answer, long>();
        long bytes = 0;
        foreach (var worker in _workers)
        {
            latency.Add(worker.Latency);
            bytes += worker.Bytes;
            foreach (var (answer, count) in worker.Answers)
            {
                answers[answer] = answers.GetValueOrDefault(answer) + count;
            }
        }

        var requests = answers.Values.Sum();
        var records = answers.Where(static pair => pair.Key.IsSuccess).Sum(static pair => pair.Value) * _settings.RecordsPerRequest;
        var cpu = (after?.Cpu - before?.Cpu)?.TotalSeconds;
        return new LoadReport
        {
            Endpoint = _settings.Endpoint.GetLeftPart(UriPartial.Authority),
            Protocol = _settings.Protocol.Name,
            RecordsPerRequest = _settings.RecordsPerRequest,
            Connections = _settings.Connections,
            RequestedRate = _settings.Rate,
            Seconds = seconds,
            Requests = requests,
            Records = records,
            RequestsPerSecond = requests / seconds,
            RecordsPerSecond = records / seconds,
            MeanBodyBytes = requests == 0 ? 0 : (double)bytes / requests,
            Answers = answers
                .GroupBy(static pair => pair.Key.ToString())
                .ToDictionary(static group => group.Key, static group => group.Sum(static pair => pair.Value)),
            P50Ms = latency.Percentile(0.5).TotalMilliseconds,
            P90Ms = latency.Percentile(0.9).TotalMilliseconds,
            P99Ms = latency.Percentile(0.99).TotalMilliseconds,
            MaxMs = latency.Max.TotalMilliseconds,
            OwnCpuSeconds = own.TotalSeconds,
            CompressedLate = _workers.Sum(static worker => worker.Bodies.CompressedLate),
            TargetCpuSeconds = cpu,
            RecordsPerTargetCpuSecond = cpu > 0 ? records / cpu : null,
            DrainSeconds = rest?.Waited.TotalSeconds,
            CameToRest = rest?.Rested,
            TargetResidentBytes = after?.ResidentBytes,
            TargetPeakBytes = after?.PeakBytes,
        };
    }
}
