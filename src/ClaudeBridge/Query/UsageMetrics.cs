using System.Globalization;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store.Breakdowns;
using ClaudeBridge.Store.Counters;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Query;

/// <summary>Claude Code's figures as metrics for Prometheus.</summary>
/// <param name="maxSeries">Sets of labels a metric may have; what comes later is told under those for all others.</param>
internal sealed class UsageMetrics(IReadOnlyList<string> labels, int maxSeries)
{
    /// <summary>Characters of a label's value; what is equal up to there is told as one.</summary>
    private const int MaxLabelLength = 200;

    private static readonly UsageMetric[] Metrics =
    [
        new("claude_code_cost_usd", "What model requests cost, in US dollars: the client's estimate.", "", ["user", "team", "model"])
        {
            Values = [(CounterMetric.Cost, "")],
        },
        new("claude_code_tokens", "Tokens of model requests; the types do not overlap.", "type", ["user", "team", "model"])
        {
            Values =
            [
                (CounterMetric.InputTokens, "input"),
                (CounterMetric.OutputTokens, "output"),
                (CounterMetric.CacheReadTokens, "cache_read"),
                (CounterMetric.CacheCreationTokens, "cache_creation"),
            ],
        },
        new(
            "claude_code_requests",
            "Model requests that ended, by how: refused means that the model refused to answer.",
            "outcome",
            ["user", "team", "model"]
        )
        {
            Values = Outcomes(CounterMetric.RequestsSucceeded, CounterMetric.RequestsFailed, CounterMetric.RequestsRefused),
        },
        new(
            "claude_code_tool_calls",
            "Tool calls that ended, by how: refused means not allowed, by a person or a rule.",
            "outcome",
            ["user", "team", "tool"]
        )
        {
            Values = Outcomes(CounterMetric.CallsSucceeded, CounterMetric.CallsFailed, CounterMetric.CallsRefused),
        },
        new("claude_code_lines", "Lines of code that were added or removed.", "type", ["user", "team"])
        {
            Values = [(CounterMetric.LinesAdded, "added"), (CounterMetric.LinesRemoved, "removed")],
        },
        new("claude_code_commits", "Commits that were made.", "", ["user", "team"]) { Values = [(CounterMetric.Commits, "")] },
        new("claude_code_pull_requests", "Pull requests that were opened.", "", ["user", "team"])
        {
            Values = [(CounterMetric.PullRequests, "")],
        },
        new(
            "claude_code_active_seconds",
            "Seconds that a person typed or read (user), or that the client worked (cli).",
            "type",
            ["user", "team"]
        )
        {
            Values = [(CounterMetric.ActiveSecondsUser, "user"), (CounterMetric.ActiveSecondsCli, "cli")],
        },
        new("claude_code_edit_decisions", "Edits that were let through, by a rule or a person, or rejected.", "decision", ["user", "team"])
        {
            Values = [(CounterMetric.EditsAccepted, "accept"), (CounterMetric.EditsRejected, "reject")],
        },
        new("claude_code_sessions", "Sessions with at least one turn.", "", []) { Values = [(CounterMetric.Sessions, "")] },
    ];

    /// <param name="tenant">Whose figures; null for all.</param>
    public IEnumerable<MetricFamily> Families(UsageCounters counters, string? tenant)
    {
        var rows = counters.Rows.Where(row => tenant is null || row.Key.Tenant == tenant).ToList();
        var tenants = rows.Select(static row => row.Key.Tenant)
            .Append(tenant ?? "")
            .Concat(counters.OpenSessions.Keys)
            .ToHashSet(StringComparer.Ordinal);
        var withTenant = tenant is not null || tenants.Any(static one => one.Length > 0);
        foreach (var metric in Metrics)
        {
            yield return new MetricFamily(metric.Name, MetricType.Counter, metric.Help, Samples(metric, rows, withTenant));
        }

        yield return new MetricFamily(
            "claude_code_sessions_open",
            MetricType.Gauge,
            "Sessions with a turn that are not quiet yet: something of them arrived within ClaudeBridge:Sessions:SessionQuiet, or a turn of theirs has not ended.",
            [
                .. tenants
                    .Where(one => tenant is null || one == tenant)
                    .Where(one => one.Length > 0 || !withTenant || counters.OpenSessions.ContainsKey(one))
                    .Order(StringComparer.Ordinal)
                    .Select(one => new MetricSample(
                        withTenant ? [new("tenant", one)] : [],
                        counters.OpenSessions.GetValueOrDefault(one).ToString(CultureInfo.InvariantCulture)
                    )),
            ]
        );
    }

    /// <summary>A sum that is nothing yet is told where there is one label set at most to tell it of, so that it is there from the start.</summary>
    private List<MetricSample> Samples(UsageMetric metric, List<KeyValuePair<CounterLabels, CounterValues>> rows, bool withTenant)
    {
        var names = labels.Where(metric.Labels.Contains).ToList();
        var sums = new Dictionary<string, (string[] Values, CostSum[] Sums)>(StringComparer.Ordinal);
        foreach (var (key, values) in rows)
        {
            if (!metric.Values.Any(value => !values[value.Metric].IsZero))
            {
                continue;
            }

            var sum = SumOf(sums, ValuesOf(key, names, withTenant), names.Count, metric.Values.Length);
            for (var i = 0; i < metric.Values.Length; i++)
            {
                sum[i].Add(values[metric.Values[i].Metric]);
            }
        }

        if (sums.Count == 0 && names.Count == 0 && !withTenant)
        {
            _ = SumOf(sums, [], 0, metric.Values.Length);
        }

        string[] labelNames = withTenant ? ["tenant", .. names] : [.. names];
        var samples = new List<MetricSample>();
        foreach (var (values, ofLabels) in sums.Values)
        {
            for (var i = 0; i < metric.Values.Length; i++)
            {
                var own = labelNames.Zip(values, static (name, value) => new KeyValuePair<string, string>(name, value)).ToList();
                if (metric.Kind.Length > 0)
                {
                    own.Add(new(metric.Kind, metric.Values[i].Kind));
                }

                samples.Add(new MetricSample(own, ofLabels[i].Sum.ToString()));
            }
        }

        return samples;
    }

    private CostSum[] SumOf(Dictionary<string, (string[] Values, CostSum[] Sums)> sums, string[] values, int names, int count)
    {
        var key = string.Join('\n', values);
        if (sums.TryGetValue(key, out var known))
        {
            return known.Sums;
        }

        if (sums.Count >= maxSeries)
        {
            // The tenant stays: tenants never mix.
            values = [.. values.SkipLast(names), .. Enumerable.Repeat(CounterLabels.Others, names)];
            key = string.Join('\n', values);
            if (sums.TryGetValue(key, out known))
            {
                return known.Sums;
            }
        }

        var added = new CostSum[count];
        sums.Add(key, (values, added));
        return added;
    }

    private static string[] ValuesOf(CounterLabels key, List<string> names, bool withTenant)
    {
        var values = names.Select(name =>
            Cut(
                name switch
                {
                    "user" => key.User,
                    "team" => key.Team,
                    "model" => key.Model,
                    _ => key.Tool,
                }
            )
        );
        return withTenant ? [key.Tenant, .. values] : [.. values];
    }

    private static string Cut(string value)
    {
        var wasCut = false;
        return Heads.Cut(value, MaxLabelLength, ref wasCut)!;
    }

    private static (CounterMetric, string)[] Outcomes(CounterMetric succeeded, CounterMetric failed, CounterMetric refused) =>
        [(succeeded, "ok"), (failed, "error"), (refused, "refused")];

    /// <param name="Kind">The label that tells its values apart; empty where there is one value.</param>
    /// <param name="Labels">The labels that it can have.</param>
    private sealed record UsageMetric(string Name, string Help, string Kind, string[] Labels)
    {
        public required (CounterMetric Metric, string Kind)[] Values { get; init; }
    }
}
