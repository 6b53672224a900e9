using System.Globalization;
using System.Text.Json;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>What the ingestion API demands of an event; what it would quietly drop is refused as well, so that it shows.</summary>
internal static class IngestionContract
{
    private static readonly HashSet<string> OldTypes =
    [
        "trace-create",
        "score-create",
        "event-create",
        "span-create",
        "span-update",
        "generation-create",
        "generation-update",
        "sdk-log",
    ];

    private static readonly HashSet<string> NewTypes = ["agent-create", "tool-create", "chain-create", "retriever-create"];

    private static readonly string[] OfTrace =
    [
        "id",
        "timestamp",
        "name",
        "input",
        "output",
        "sessionId",
        "userId",
        "environment",
        "metadata",
        "release",
        "version",
        "tags",
    ];

    private static readonly string[] OfEvent =
    [
        "id",
        "traceId",
        "name",
        "startTime",
        "metadata",
        "input",
        "output",
        "level",
        "statusMessage",
        "parentObservationId",
        "version",
        "environment",
    ];

    private static readonly string[] OfSpan = [.. OfEvent, "endTime"];

    private static readonly string[] OfGeneration =
    [
        .. OfSpan,
        "completionStartTime",
        "model",
        "modelParameters",
        "usageDetails",
        "costDetails",
        "usage",
    ];

    private static readonly string[] OfScore =
    [
        "id",
        "traceId",
        "sessionId",
        "name",
        "value",
        "dataType",
        "comment",
        "metadata",
        "environment",
    ];

    /// <returns>What is wrong with an event; null when all is well.</returns>
    public static string? Violation(JsonElement item, LangfuseEdition edition)
    {
        var type = Text(item, "type") ?? "";
        if (Text(item, "id") is not { Length: >= 1 and <= 800 } id || id.Contains('\r'))
        {
            return "invalid envelope id";
        }

        if (!OldTypes.Contains(type) && !(edition.KnowsAgentsAndTools && NewTypes.Contains(type)))
        {
            return $"unknown type {type}";
        }

        if (!IsTime(item, "timestamp") || !item.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.Object)
        {
            return "no timestamp or no body";
        }

        return Strange(body, Fields(type))
            ?? Times(body)
            ?? (type == "score-create" ? Score(body, edition) : Entity(body, type))
            ?? Numbers(body)
            ?? Changed(body);
    }

    private static string[] Fields(string type) =>
        type switch
        {
            "trace-create" => OfTrace,
            "event-create" => OfEvent,
            "span-create" or "span-update" => OfSpan,
            "score-create" => OfScore,
            _ => OfGeneration,
        };

    private static string? Strange(JsonElement body, string[] fields) =>
        body.EnumerateObject().FirstOrDefault(field => !fields.Contains(field.Name))
            is { Value.ValueKind: not JsonValueKind.Undefined } field
            ? $"no field {field.Name} here"
            : null;

    private static string? Times(JsonElement body) =>
        (string[])["timestamp", "startTime", "endTime", "completionStartTime"] is var names
        && names.FirstOrDefault(name => body.TryGetProperty(name, out _) && !IsTime(body, name)) is { } wrong
            ? $"{wrong} is no time"
            : null;

    private static string? Entity(JsonElement body, string type)
    {
        if (Text(body, "id") is not { Length: >= 1 and <= 800 } || Text(body, "name") is { Length: > 1000 })
        {
            return "invalid id or name";
        }

        if (type != "trace-create" && (Text(body, "traceId") is null || !body.TryGetProperty("startTime", out _)))
        {
            return "an observation needs its trace and its start";
        }

        return Text(body, "level") is { } level && level is not ("DEBUG" or "DEFAULT" or "WARNING" or "ERROR")
            ? "unknown level"
            : Filed(body);
    }

    /// <summary>By what things are found: the limits are the same whatever the way.</summary>
    private static string? Filed(JsonElement body) =>
        Text(body, "environment") is { } environment && !LangfuseContract.IsEnvironment(environment)
            ? "the environment would become default"
        : !IsShort(Text(body, "sessionId")) || !IsShort(Text(body, "userId"))
            ? "a session or user id is longer than 200 characters or not ASCII"
        : body.TryGetProperty("tags", out var tags) && tags.EnumerateArray().Any(static tag => !IsShort(tag.GetString()))
            ? "a tag is too long"
        : body.TryGetProperty("metadata", out var metadata)
        && metadata.EnumerateObject().FirstOrDefault(static one => !LangfuseContract.IsKey(one.Name))
            is { Value.ValueKind: not JsonValueKind.Undefined } strange
            ? $"the metadata {strange.Name} cannot be filtered by"
        : null;

    private static bool IsShort(string? text) =>
        text is null || (text.Length <= 200 && text.All(static letter => letter is >= ' ' and <= '~'));

    /// <summary>Langfuse is written in JavaScript: a number that has no double comes out as another.</summary>
    private static string? Changed(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject()
                .Where(static field => field.Name is not ("costDetails" or "value" or "usage"))
                .Select(static field => Changed(field.Value))
                .FirstOrDefault(static problem => problem is not null),
            JsonValueKind.Array => json.EnumerateArray().Select(Changed).FirstOrDefault(static problem => problem is not null),
            JsonValueKind.Number when !HasDouble(json) => $"{json.GetRawText()} would become another number",
            _ => null,
        };

    private static string? Score(JsonElement body, LangfuseEdition edition)
    {
        var targets = (string[])["traceId", "sessionId"];
        if (targets.Count(target => body.TryGetProperty(target, out _)) != 1)
        {
            return "a score has exactly one target";
        }

        if (!edition.KnowsSessionScores && body.TryGetProperty("sessionId", out _))
        {
            return "a score needs a traceId";
        }

        return
            Text(body, "id") is { Length: > 0 }
            && Text(body, "name") is { Length: > 0 }
            && Text(body, "dataType") == "NUMERIC"
            && body.TryGetProperty("value", out var value)
            && value.ValueKind == JsonValueKind.Number
            ? Filed(body)
            : "an invalid score";
    }

    private static string? Numbers(JsonElement body) =>
        body.TryGetProperty("usageDetails", out var usage)
        && usage.EnumerateObject().Any(static bucket => !bucket.Value.TryGetInt64(out var tokens) || tokens < 0)
            ? "usage is no non-negative integer"
        : body.TryGetProperty("costDetails", out var cost)
        && cost.EnumerateObject().Any(static part => part.Value.ValueKind != JsonValueKind.Number)
            ? "a cost is no number"
        : null;

    private static bool HasDouble(JsonElement number) =>
        number.GetDouble() is var nearest
        && double.IsFinite(nearest)
        && number.TryGetDecimal(out var exact)
        && decimal.Parse(nearest.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture) == exact;

    private static bool IsTime(JsonElement item, string name) =>
        Text(item, name) is { } text
        && text.EndsWith('Z')
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _);

    private static string? Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
