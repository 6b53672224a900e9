using System.Globalization;
using System.Text.Json;

namespace ClaudeBridge.Cli;

/// <summary>What <c>/health</c> says: the word for the whole, the parts that are unwell with their reasons, and how deliveries stand, where these are told.</summary>
internal sealed record HealthAnswer(string Status, IReadOnlyList<string> Unwell, IReadOnlyList<string> Deliveries)
{
    public bool IsOk => Status == "ok";

    /// <returns>Null when the body is not an answer of <c>/health</c>.</returns>
    public static HealthAnswer? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return Text(root, "status") is { } status ? new(status, [.. Parts(root)], [.. Destinations(root)]) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary><c>healthy (langfuse: 0 waiting, last delivery 3 s ago)</c>, <c>degraded: langfuse: why (langfuse: 12 waiting for 40 s, status 503)</c>.</summary>
    public override string ToString() =>
        (
            IsOk ? "healthy"
            : Unwell.Count == 0 ? Status
            : $"{Status}: {string.Join("; ", Unwell)}"
        ) + (Deliveries.Count == 0 ? "" : $" ({string.Join("; ", Deliveries)})");

    private static IEnumerable<string> Destinations(JsonElement root)
    {
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("destinations", out var all)
            || all.ValueKind != JsonValueKind.Array
        )
        {
            yield break;
        }

        foreach (var one in all.EnumerateArray().Where(static one => Text(one, "name") is not null))
        {
            var owed = Number(one, "undelivered") ?? 0;
            var waiting = owed > 0 && Number(one, "oldestUndeliveredAgeSeconds") is { } age ? $" for {age:0} s" : "";
            var last = Number(one, "lastDeliveryAgeSeconds") is { } ago
                ? $", last delivery {ago:0} s ago"
                : ", no delivery since the start";
            var status = Number(one, "lastStatus") is >= 400 and var bad ? $", status {bad:0}" : "";
            var dead = Number(one, "deadLetters") is > 0 and var letters ? $", {letters:0} dead letters" : "";
            yield return string.Create(CultureInfo.InvariantCulture, $"{Text(one, "name")}: {owed:0} waiting{waiting}{last}{status}{dead}");
        }
    }

    private static double? Number(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static IEnumerable<string> Parts(JsonElement root)
    {
        if (root.TryGetProperty("components", out var parts) && parts.ValueKind == JsonValueKind.Array)
        {
            foreach (var part in parts.EnumerateArray())
            {
                if (Text(part, "name") is { } name && Text(part, "status") is not "ok")
                {
                    yield return Text(part, "detail") is { } detail ? $"{name}: {detail}" : name;
                }
            }
        }
    }

    private static string? Text(JsonElement element, string property) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(property, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
