using System.Text.Json;

namespace ClaudeBridge.Cli;

/// <summary>What <c>/health</c> says: the word for the whole, and the parts that are unwell with their reasons, where these are told.</summary>
internal sealed record HealthAnswer(string Status, IReadOnlyList<string> Unwell)
{
    public bool IsOk => Status == "ok";

    /// <returns>Null when the body is not an answer of <c>/health</c>.</returns>
    public static HealthAnswer? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return Text(root, "status") is { } status ? new(status, [.. Parts(root)]) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary><c>degraded: langfuse (why)</c>.</summary>
    public override string ToString() => Unwell.Count == 0 ? Status : $"{Status}: {string.Join("; ", Unwell)}";

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
