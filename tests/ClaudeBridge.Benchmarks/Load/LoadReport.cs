using System.Globalization;
using System.Text.Json.Serialization;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>What a load run saw. Times in milliseconds or seconds as named, memory in bytes.</summary>
internal sealed record LoadReport
{
    public required string Endpoint { get; init; }

    public required string Protocol { get; init; }

    public required int RecordsPerRequest { get; init; }

    public required int Connections { get; init; }

    public double? RequestedRate { get; init; }

    /// <summary>From the first request to the last answer.</summary>
    public required double Seconds { get; init; }

    public required long Requests { get; init; }

    /// <summary>Records in requests that were answered with success.</summary>
    public required long Records { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required double RecordsPerSecond { get; init; }

    public required double MeanBodyBytes { get; init; }

    public required IReadOnlyDictionary<string, long> Answers { get; init; }

    public required double P50Ms { get; init; }

    public required double P90Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double MaxMs { get; init; }

    public required double OwnCpuSeconds { get; init; }

    public int CompressedLate { get; init; }

    /// <summary>The target's CPU time from the first request to the last answer, and to its coming to rest where that was waited for.</summary>
    public double? TargetCpuSeconds { get; init; }

    public double? RecordsPerTargetCpuSecond { get; init; }

    public double? DrainSeconds { get; init; }

    public bool? CameToRest { get; init; }

    public long? TargetResidentBytes { get; init; }

    public long? TargetPeakBytes { get; init; }

    [JsonIgnore]
    public bool IsAllSuccess => Answers.Keys.All(static answer => answer is "HTTP 200" or "HTTP 202" or "HTTP 204" or "gRPC 0");

    public void Print(TextWriter output)
    {
        var rate = RequestedRate is { } wanted ? Line($"schedule {wanted:0} records/s") : "as fast as answers come";
        Row("target", $"{Endpoint}, {Protocol}, {RecordsPerRequest} records a request, {Connections} connections, {rate}");
        Row("sent", Line($"{Requests} requests in {Seconds:0.0} s, {MeanBodyBytes:0} bytes each"));
        Row("throughput", Line($"{RequestsPerSecond:0} requests/s, {RecordsPerSecond:0} records/s"));
        Row(
            "answers",
            string.Join("; ", Answers.OrderByDescending(static pair => pair.Value).Select(static pair => $"{pair.Key}: {pair.Value}"))
        );
        Row("latency", Line($"p50 {P50Ms:0.00} ms, p90 {P90Ms:0.00} ms, p99 {P99Ms:0.00} ms, max {MaxMs:0.0} ms"));
        Row("generator", Line($"{OwnCpuSeconds:0.00} s CPU, {OwnCpuSeconds / Seconds:0.00} cores") + Late());
        if (TargetCpuSeconds is { } cpu)
        {
            Row("target CPU", Line($"{cpu:0.00} s, {RecordsPerTargetCpuSecond:0} records per CPU-second"));
            Row("target memory", Line($"{TargetResidentBytes / 1048576.0:0.0} MiB, peak {TargetPeakBytes / 1048576.0:0.0} MiB"));
        }

        if (DrainSeconds is { } drain)
        {
            Row("drain", Line($"{drain:0.0} s, ") + (CameToRest == true ? "came to rest" : "still at work when the wait ended"));
        }

        string Late() => CompressedLate > 0 ? $", {CompressedLate} bodies compressed while the clock ran" : "";
        void Row(string name, string text) => output.WriteLine($"{name, -14} {text}");
        static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
