using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Sessions.Assembly;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Sessions.Metrics;

/// <summary>The points that continue one another: equal in resource, scope, metric, unit, attributes and kind.</summary>
public sealed class MetricSeries
{
    private readonly RepeatedField<KeyValue> _attributes;

    /// <param name="attributes">Of its points; must not change afterwards.</param>
    internal MetricSeries(RecordId id, Origin origin, RepeatedField<KeyValue> attributes)
    {
        Id = id;
        Origin = origin;
        _attributes = attributes;
    }

    /// <summary>The first half of SHA-256 over all that makes the series: the same in every encoding and every order of attributes.</summary>
    public RecordId Id { get; }

    internal Origin Origin { get; }

    /// <summary>The metric with its prefix; old names are replaced by the newest.</summary>
    public required string Metric { get; init; }

    public required string Unit { get; init; }

    public required MetricShape Shape { get; init; }

    public required PointUse Use { get; init; }

    /// <summary>Whose points they are; null when nothing says it.</summary>
    internal string? UserBy(Attribution attribution) => attribution.UserOf(Origin.ResourceAttributes, new Attributes(_attributes));

    /// <summary>What it says of itself beside its points. Costs more than the rest, and is needed once a series.</summary>
    /// <param name="sessionKey">Of the points.</param>
    public SeriesDescription Describe(string sessionKey, Attribution attribution)
    {
        var source = new Fact
        {
            Id = Id,
            Origin = Origin,
            Log = new LogRecord { Attributes = { _attributes } },
        };
        var attributes = source.Attributes;
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in _attributes)
        {
            sorted.TryAdd(pair.Key, pair.Value is { } value ? Values.Text(value) : "");
        }

        return new SeriesDescription
        {
            Attributes = sorted,
            Context = TraceContextRules.Of(
                [source],
                Metric,
                SessionKey.SessionIdOf(sessionKey) ?? SessionKey.None,
                attribution,
                said: Observation.EmptyText
            ),
            Figure = Figures.Of(this, attributes),
            Model = GenerationView.SplitModel(attributes.Text(Names.Model)).Model,
            Tool = attributes.Text(Names.ToolName),
            McpServer = attributes.Text(Names.McpServerName),
            Skill = attributes.Text(Names.SkillName),
            Agent = attributes.Text(Names.AgentName),
            Language = attributes.Text(Names.Language),
        };
    }
}

/// <summary>Who and what a series is about.</summary>
public sealed record SeriesDescription
{
    /// <summary>The attributes of its points as text, sorted by name (ordinal).</summary>
    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    /// <summary>By the rules for traces; the name is the metric's.</summary>
    public required TraceContext Context { get; init; }

    /// <summary>Which of the sums that people ask for it belongs to.</summary>
    public required MetricFigure Figure { get; init; }

    public string? Model { get; init; }

    public string? Tool { get; init; }

    public string? McpServer { get; init; }

    public string? Skill { get; init; }

    public string? Agent { get; init; }

    public string? Language { get; init; }
}
