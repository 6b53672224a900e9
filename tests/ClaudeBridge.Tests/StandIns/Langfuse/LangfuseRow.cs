using System.Globalization;
using System.Text.Json;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>One row of Langfuse's table of observations: the last that came for a trace, span and start.</summary>
public sealed record LangfuseRow
{
    public required string TraceId { get; init; }

    public required string Id { get; init; }

    public string? ParentId { get; init; }

    public required ulong Start { get; init; }

    public required ulong End { get; init; }

    public required string Name { get; init; }

    /// <summary>Every attribute as text; arrays as JSON.</summary>
    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    /// <summary>How often it was taken. More than once is a re-send, which Langfuse shows as duplicates until it merges them.</summary>
    public required int Deliveries { get; init; }

    /// <summary>The number of the request that it last came with.</summary>
    public required int Request { get; init; }

    public string Type => Attributes["langfuse.observation.type"];

    public string SessionId => Attributes["langfuse.session.id"];

    public string TraceName => Attributes["langfuse.trace.name"];

    public string Level => this["langfuse.observation.level"] ?? "DEFAULT";

    public string? Input => this["langfuse.observation.input"];

    public string? Output => this["langfuse.observation.output"];

    public string? Model => this["langfuse.observation.model.name"];

    public bool IsRoot => ParentId is null;

    public IReadOnlyDictionary<string, long> Usage =>
        this["langfuse.observation.usage_details"] is { } json
            ? JsonSerializer.Deserialize<Dictionary<string, long>>(json)!
            : new Dictionary<string, long>();

    public decimal? Cost =>
        this["langfuse.observation.cost_details"] is { } json
            ? JsonDocument.Parse(json).RootElement.GetProperty("total").GetDecimal()
            : null;

    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    public static LangfuseRow From(Span span, int deliveries, int request) =>
        new()
        {
            TraceId = Convert.ToHexStringLower(span.TraceId.Span),
            Id = Convert.ToHexStringLower(span.SpanId.Span),
            ParentId = span.ParentSpanId.IsEmpty ? null : Convert.ToHexStringLower(span.ParentSpanId.Span),
            Start = span.StartTimeUnixNano,
            End = span.EndTimeUnixNano,
            Name = span.Name,
            Attributes = span.Attributes.ToDictionary(static pair => pair.Key, static pair => Text(pair.Value)),
            Deliveries = deliveries,
            Request = request,
        };

    private static string Text(AnyValue value) =>
        value.ValueCase switch
        {
            AnyValue.ValueOneofCase.StringValue => value.StringValue,
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
            AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.ArrayValue => JsonSerializer.Serialize(value.ArrayValue.Values.Select(Text)),
            _ => value.ToString(),
        };
}

/// <summary>What Langfuse's sessions page says of a session.</summary>
public sealed record LangfuseSessionTotals(int Traces, int Observations, decimal Cost, long InputTokens, long OutputTokens);
