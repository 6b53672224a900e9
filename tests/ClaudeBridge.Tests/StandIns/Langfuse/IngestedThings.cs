using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>Traces, observations and scores that came through the ingestion API, merged as Langfuse merges them. Needs its owner's lock.</summary>
internal sealed class IngestedThings
{
    /// <summary>What the first event that was processed says, and no later one changes.</summary>
    private static readonly string[] Immutable = ["timestamp", "startTime", "traceId", "environment"];

    private readonly Dictionary<(string Kind, string Id), List<(string Timestamp, string Type, JsonObject Body)>> _events = [];

    public void Take(string type, string timestamp, JsonObject body, LangfuseEdition edition)
    {
        if (!edition.ReadsUsageDetails)
        {
            body.Remove("usageDetails");
            body.Remove("costDetails");
        }

        if (!edition.KnowsEnvironments)
        {
            body.Remove("environment");
        }

        var kind = type is "trace-create" or "score-create" ? type : "observation";
        var key = (kind, (string)body["id"]!);
        _events.TryAdd(key, []);
        _events[key].Add((timestamp, type, body));
    }

    public IEnumerable<LangfuseScoreRow> Scores() =>
        Of("score-create")
            .Select(static thing => new LangfuseScoreRow(
                (string)thing.Body["id"]!,
                (string?)thing.Body["sessionId"],
                (string?)thing.Body["traceId"],
                (string)thing.Body["name"]!,
                (decimal)thing.Body["value"]!,
                (string?)thing.Body["environment"],
                (string?)thing.Body["comment"],
                thing.Body["metadata"]?.ToJsonString(),
                // The envelope's, of the first.
                thing.First,
                thing.Count
            ));

    /// <param name="sessionOf">The session of a trace that other rows know.</param>
    public IEnumerable<LangfuseRow> Rows(Func<string, string?> sessionOf)
    {
        var traces = Of("trace-create").ToDictionary(static trace => (string)trace.Body["id"]!, static trace => trace.Body);
        foreach (var (body, type, _, count) in Of("observation"))
        {
            var traceId = (string)body["traceId"]!;
            var trace = traces.GetValueOrDefault(traceId) ?? [];
            var start = Nano((string)body["startTime"]!);
            yield return new LangfuseRow
            {
                TraceId = traceId,
                Id = (string)body["id"]!,
                ParentId = (string?)body["parentObservationId"],
                Start = start,
                End = body["endTime"] is { } end ? Nano((string)end!) : start,
                Name = (string)body["name"]!,
                Attributes = Attributes(body, type, trace, (string?)trace["sessionId"] ?? sessionOf(traceId) ?? ""),
                Deliveries = count,
                Request = 0,
            };
        }
    }

    private IEnumerable<(JsonObject Body, string Type, string First, int Count)> Of(string kind) =>
        from pair in _events
        where pair.Key.Kind == kind
        select (Merged(pair.Value), pair.Value[^1].Type, pair.Value[0].Timestamp, pair.Value.Count);

    private static JsonObject Merged(List<(string Timestamp, string Type, JsonObject Body)> events)
    {
        var merged = new JsonObject();
        foreach (var (_, _, body) in events.OrderBy(static one => one.Timestamp, StringComparer.Ordinal))
        {
            // What is not said, or said with an empty object, changes nothing.
            foreach (var (name, value) in body.Where(static field => field.Value is not (null or JsonObject { Count: 0 })))
            {
                merged[name] =
                    name == "metadata" && merged[name] is JsonObject earlier ? Deep(earlier, value!.AsObject())
                    : name == "tags" && merged[name] is JsonArray tags ? Union(tags, value!.AsArray())
                    : value!.DeepClone();
            }
        }

        foreach (var name in Immutable.Where(name => events[0].Body.ContainsKey(name)))
        {
            merged[name] = events[0].Body[name]!.DeepClone();
        }

        return merged;
    }

    private static JsonObject Deep(JsonObject earlier, JsonObject later)
    {
        var both = earlier.DeepClone().AsObject();
        foreach (var (name, value) in later)
        {
            both[name] = both[name] is JsonObject inner && value is JsonObject news ? Deep(inner, news) : value?.DeepClone();
        }

        return both;
    }

    private static JsonArray Union(JsonArray one, JsonArray other) =>
        [
            .. one.Concat(other)
                .Select(static tag => (string)tag!)
                .Distinct()
                .Order(StringComparer.Ordinal)
                .Select(static tag => (JsonNode)JsonValue.Create(tag)!),
        ];

    /// <summary>The names that OTLP has for the same fields, so that both can be compared.</summary>
    private static Dictionary<string, string> Attributes(JsonObject body, string type, JsonObject trace, string session)
    {
        var attributes = new Dictionary<string, string>
        {
            ["langfuse.observation.type"] = type[..type.IndexOf('-', StringComparison.Ordinal)],
            ["langfuse.session.id"] = session,
            ["langfuse.trace.name"] = (string?)trace["name"] ?? "",
        };
        Add("langfuse.user.id", trace["userId"]);
        Add("langfuse.environment", body["environment"]);
        Add("langfuse.release", trace["release"]);
        Add("langfuse.version", body["version"]);
        Add("langfuse.trace.tags", trace["tags"]);
        Add("langfuse.trace.input", body["parentObservationId"] is null ? trace["input"] : null);
        Add("langfuse.trace.output", body["parentObservationId"] is null ? trace["output"] : null);
        Add("langfuse.observation.level", body["level"]);
        Add("langfuse.observation.status_message", body["statusMessage"]);
        Add("langfuse.observation.input", body["input"]);
        Add("langfuse.observation.output", body["output"]);
        Add("langfuse.observation.model.name", body["model"]);
        Add("langfuse.observation.model.parameters", body["modelParameters"]);
        Add("langfuse.observation.completion_start_time", body["completionStartTime"]);
        Add("langfuse.observation.usage_details", body["usageDetails"] ?? OldUsage(body["usage"]));
        Add("langfuse.observation.cost_details", body["costDetails"] ?? OldCost(body["usage"]));
        foreach (
            var (prefix, metadata) in new[]
            {
                ("langfuse.observation.metadata.", body["metadata"]),
                ("langfuse.trace.metadata.", trace["metadata"]),
            }
        )
        {
            foreach (var (name, value) in metadata as JsonObject ?? [])
            {
                Add(prefix + name, value);
            }
        }

        return attributes;

        void Add(string name, JsonNode? value)
        {
            if (value is not null)
            {
                attributes[name] = value.GetValueKind() == JsonValueKind.String ? (string)value! : value.ToJsonString();
            }
        }
    }

    private static JsonObject? OldUsage(JsonNode? usage) =>
        usage?["input"] is { } input ? new JsonObject { ["input"] = input.DeepClone(), ["output"] = usage["output"]!.DeepClone() } : null;

    private static JsonObject? OldCost(JsonNode? usage) =>
        usage?["totalCost"] is { } cost ? new JsonObject { ["total"] = cost.DeepClone() } : null;

    private static ulong Nano(string time) =>
        (ulong)(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;
}

/// <summary>A score as Langfuse shows it.</summary>
/// <param name="Timestamp">Of the first that came.</param>
public sealed record LangfuseScoreRow(
    string Id,
    string? SessionId,
    string? TraceId,
    string Name,
    decimal Value,
    string? Environment,
    string? Comment,
    string? Metadata,
    string Timestamp,
    int Deliveries
);
