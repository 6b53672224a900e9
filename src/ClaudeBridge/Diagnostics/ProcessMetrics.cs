namespace ClaudeBridge.Diagnostics;

/// <summary>The process as the system and the runtime see it, under the OpenTelemetry Collector's names where it has them.</summary>
internal sealed class ProcessMetrics(TimeProvider clock) : IMetricSource
{
    private readonly long _started = clock.GetTimestamp();

    /// <summary>Since the parts were put together; no clock that is set changes it.</summary>
    public TimeSpan Uptime => clock.GetElapsedTime(_started);

    public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

    public IEnumerable<MetricFamily> Read()
    {
        var uptime = Uptime.TotalSeconds;
        yield return MetricFamily.Gauge("claudebridge_build_info", "1; its labels name the program.", [Build()]);
        yield return MetricFamily.Gauge("otelcol_process_uptime", "Seconds since the start.", uptime);
        yield return MetricFamily.Counter("otelcol_process_uptime_seconds", "Seconds since the start.", uptime);
        yield return MetricFamily.CollectorCounter(
            "otelcol_process_cpu_seconds",
            "Processor time of all threads, user and system, in seconds.",
            MetricFamily.Sample(Environment.CpuUsage.TotalTime.TotalSeconds)
        );
        yield return MetricFamily.Gauge(
            "otelcol_process_memory_rss",
            "Physical memory in bytes (resident set size).",
            Environment.WorkingSet
        );
        yield return MetricFamily.Gauge(
            "otelcol_process_memory_rss_bytes",
            "Physical memory in bytes (resident set size).",
            Environment.WorkingSet
        );
        foreach (var family in Runtime())
        {
            yield return family;
        }
    }

    private static IEnumerable<MetricFamily> Runtime()
    {
        var memory = GC.GetGCMemoryInfo();
        yield return MetricFamily.Gauge(
            "otelcol_process_runtime_heap_alloc_bytes",
            "Bytes of the managed heap in use, with what is not collected yet.",
            GC.GetTotalMemory(forceFullCollection: false)
        );
        yield return MetricFamily.CollectorCounter(
            "otelcol_process_runtime_total_alloc_bytes",
            "Bytes ever allocated on the managed heap.",
            MetricFamily.Sample(GC.GetTotalAllocatedBytes())
        );
        yield return MetricFamily.Gauge(
            "otelcol_process_runtime_total_sys_memory_bytes",
            "Bytes that the managed heap has from the system.",
            memory.TotalCommittedBytes
        );
        yield return MetricFamily.Counter(
            "claudebridge_gc_collections",
            "Garbage collections by generation.",
            [
                .. Enumerable
                    .Range(0, GC.MaxGeneration + 1)
                    .Select(static age => MetricFamily.Sample(GC.CollectionCount(age), ("generation", MetricFamily.Text(age)))),
            ]
        );
        yield return MetricFamily.Counter(
            "claudebridge_gc_pause_seconds",
            "Seconds that collections held all threads.",
            GC.GetTotalPauseDuration().TotalSeconds
        );
        yield return MetricFamily.Gauge("claudebridge_threadpool_threads", "Threads of the pool.", ThreadPool.ThreadCount);
        yield return MetricFamily.Gauge(
            "claudebridge_threadpool_queue_length",
            "Work that waits for a thread of the pool.",
            ThreadPool.PendingWorkItemCount
        );
    }

    private static MetricSample Build() =>
        MetricFamily.Sample(1, ("version", BridgeVersion.Text), ("runtime", Environment.Version.ToString()));
}
