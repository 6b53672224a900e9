using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Metrics;

/// <summary>What a recording adds up to, counted over its JSON lines without any of the product's code but for the records that hold the result.</summary>
internal sealed class PlainCount
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<
        (string Series, bool IsCumulative, string Process, string Start),
        SortedDictionary<string, decimal>
    > _points = [];

    public long Requests { get; private set; }

    public long Tools { get; private set; }

    public UsageSummary Usage { get; private set; } = new(0, 0, 0, 0);

    public decimal Cost { get; private set; }

    /// <summary>The sum by metric and attributes.</summary>
    public Dictionary<string, decimal> Series { get; } = new(StringComparer.Ordinal);

    public MetricSums Metrics { get; private set; } = new();

    public static PlainCount Of(string recording)
    {
        var count = new PlainCount();
        foreach (var line in Lines(Recording.Open(recording).Folder))
        {
            using var document = JsonDocument.Parse(line);
            foreach (var (_, record) in All(document.RootElement, "resourceLogs", "scopeLogs", "logRecords"))
            {
                count.AddLog(record);
            }

            foreach (var (process, metric) in All(document.RootElement, "resourceMetrics", "scopeMetrics", "metrics"))
            {
                count.AddMetric(process, metric);
            }
        }

        count.Finish();
        return count;
    }

    private static IEnumerable<(string Process, JsonElement Item)> All(JsonElement root, string groups, string scopes, string items) =>
        root.TryGetProperty(groups, out var all)
            ? all.EnumerateArray()
                .SelectMany(group =>
                    group
                        .GetProperty(scopes)
                        .EnumerateArray()
                        .SelectMany(scope => scope.GetProperty(items).EnumerateArray())
                        .Select(item => (string.Join(' ', Attributes(group.GetProperty("resource"))), item))
                )
            : [];

    private void AddLog(JsonElement record)
    {
        if (!_seen.Add(record.GetRawText()))
        {
            return;
        }

        var values = Attributes(record).ToDictionary();
        switch (values.GetValueOrDefault("event.name"))
        {
            case "api_request":
                Requests++;
                Usage = new UsageSummary(
                    Usage.Input + Number("input_tokens"),
                    Usage.Output + Number("output_tokens"),
                    Usage.CacheRead + Number("cache_read_tokens"),
                    Usage.CacheCreation + Number("cache_creation_tokens")
                );
                Cost += values.TryGetValue("cost_usd_micros", out var micros)
                    ? decimal.Parse(micros, CultureInfo.InvariantCulture) / 1_000_000m
                    : Decimal(values["cost_usd"]);
                break;
            case "tool_result":
                Tools++;
                break;
            case "tool_decision":
                Tools += values["decision"] == "reject" ? 1 : 0;
                break;
            default:
                break;
        }

        long Number(string name) => long.Parse(values.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);
    }

    private void AddMetric(string process, JsonElement metric)
    {
        var name = metric.GetProperty("name").GetString()!;
        var sum = metric.GetProperty("sum");
        foreach (var point in sum.GetProperty("dataPoints").EnumerateArray())
        {
            var series = name + " " + string.Join(' ', Attributes(point).Select(static pair => $"{pair.Key}={pair.Value}"));
            var isCumulative = sum.GetProperty("aggregationTemporality").GetInt32() == 2;
            var key = (series, isCumulative, process, point.GetProperty("startTimeUnixNano").GetString()!);
            if (!_points.TryGetValue(key, out var values))
            {
                _points[key] = values = new(StringComparer.Ordinal);
            }

            values[point.GetProperty("timeUnixNano").GetString()!] = Decimal(point.GetProperty("asDouble").GetRawText());
        }
    }

    private void Finish()
    {
        foreach (var (key, values) in _points)
        {
            // The recorded clients count from one start to their end, so what they said last is all of it.
            var sum = key.IsCumulative ? values.Values.Last() : values.Values.Sum();
            Series[key.Series] = Series.GetValueOrDefault(key.Series) + sum;
        }

        Metrics = new MetricSums
        {
            LinesAdded = SumOf("lines_of_code.count", "type=added"),
            LinesRemoved = SumOf("lines_of_code.count", "type=removed"),
            Commits = SumOf("commit.count"),
            PullRequests = SumOf("pull_request.count"),
            ActiveSecondsUser = SumOf("active_time.total", "type=user"),
            ActiveSecondsCli = SumOf("active_time.total", "type=cli"),
            EditsAccepted = SumOf("code_edit_tool.decision", "decision=accept"),
            EditsRejected = SumOf("code_edit_tool.decision", "decision=reject"),
            SessionsStarted = SumOf("session.count"),
        };
    }

    private decimal SumOf(string metric, string attribute = "") =>
        Series
            .Where(series => series.Key.StartsWith($"claude_code.{metric} ", StringComparison.Ordinal))
            .Where(series => attribute.Length == 0 || series.Key.Split(' ').Contains(attribute))
            .Sum(static series => series.Value);

    private static IEnumerable<KeyValuePair<string, string>> Attributes(JsonElement of) =>
        of.GetProperty("attributes")
            .EnumerateArray()
            .Select(static attribute =>
                KeyValuePair.Create(attribute.GetProperty("key").GetString()!, Text(attribute.GetProperty("value")))
            )
            .OrderBy(static pair => pair.Key, StringComparer.Ordinal);

    private static string Text(JsonElement value)
    {
        var only = value.EnumerateObject().Select(static property => property.Value).FirstOrDefault();
        return only.ValueKind switch
        {
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => only.ToString(),
        };
    }

    private static decimal Decimal(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Lines(string folder)
    {
        var plain = Path.Combine(folder, "session.jsonl");
        if (File.Exists(plain))
        {
            return File.ReadLines(plain);
        }

        using var reader = new StreamReader(new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
