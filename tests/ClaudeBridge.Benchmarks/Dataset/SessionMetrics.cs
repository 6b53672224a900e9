using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>What the client's own metrics count in one session, as deltas.</summary>
internal sealed class SessionMetrics(SessionIdentity identity)
{
    private readonly SortedDictionary<string, (Metric Metric, SortedDictionary<string, NumberDataPoint> Points)> _metrics = new(
        StringComparer.Ordinal
    );

    public void Started() => Add("session.count", "", 1, ("start_type", "fresh"));

    public void Request(Model model, bool isAgent, long input, long output, long cacheRead, long cacheCreation, long costMicros)
    {
        var source = isAgent ? "subagent" : "main";
        Add("cost.usage", "USD", costMicros / 1e6, ("model", model.Name), ("query_source", source));
        foreach (
            var (type, count) in new[] { ("input", input), ("output", output), ("cacheRead", cacheRead), ("cacheCreation", cacheCreation) }
        )
        {
            Add("token.usage", "tokens", count, ("model", model.Name), ("query_source", source), ("type", type));
        }
    }

    public void Edited(Model model, string tool, string language, bool accepted, int added, int removed)
    {
        Add(
            "code_edit_tool.decision",
            "",
            1,
            ("decision", accepted ? "accept" : "reject"),
            ("source", "config"),
            ("tool_name", tool),
            ("language", language)
        );
        if (accepted)
        {
            Add("lines_of_code.count", "", added, ("type", "added"), ("model", model.Name));
            Add("lines_of_code.count", "", removed, ("type", "removed"), ("model", model.Name));
        }
    }

    public void Committed() => Add("commit.count", "", 1);

    public void OpenedPullRequest() => Add("pull_request.count", "", 1);

    public void Worked(TimeSpan user, TimeSpan cli)
    {
        Add("active_time.total", "s", Math.Round(user.TotalSeconds, 3), ("type", "user"));
        Add("active_time.total", "s", Math.Round(cli.TotalSeconds, 3), ("type", "cli"));
    }

    public byte[] TakeRequest(DateTimeOffset from, DateTimeOffset to)
    {
        var scope = new ScopeMetrics
        {
            Scope = new InstrumentationScope { Name = "com.anthropic.claude_code", Version = identity.Person.Version },
        };
        foreach (var (metric, points) in _metrics.Values)
        {
            foreach (var point in points.Values)
            {
                (point.StartTimeUnixNano, point.TimeUnixNano) = (Otel.Nanos(from), Otel.Nanos(to));
                metric.Sum.DataPoints.Add(point);
            }

            scope.Metrics.Add(metric);
        }

        _metrics.Clear();
        var resource = new ResourceMetrics { Resource = identity.Resource };
        resource.ScopeMetrics.Add(scope);
        var request = new ExportMetricsServiceRequest();
        request.ResourceMetrics.Add(resource);
        return request.ToByteArray();
    }

    private void Add(string name, string unit, double value, params (string Key, string Value)[] own)
    {
        if (!_metrics.TryGetValue(name, out var known))
        {
            var metric = new Metric
            {
                Name = "claude_code." + name,
                Unit = unit,
                Sum = new Sum { AggregationTemporality = AggregationTemporality.Delta, IsMonotonic = true },
            };
            _metrics.Add(name, known = (metric, new(StringComparer.Ordinal)));
        }

        var key = string.Join('\n', own.Select(static one => one.Value));
        if (!known.Points.TryGetValue(key, out var point))
        {
            point = new NumberDataPoint();
            point.Attributes.Add(identity.Common);
            point.Attributes.Add(own.Select(static one => Otel.Of(one.Key, one.Value)));
            known.Points.Add(key, point);
        }

        point.AsDouble += value;
    }
}
