using System.Text.Json.Serialization.Metadata;

namespace ClaudeBridge.Query.Http;

/// <summary>One question of the API: what it is called, what it takes, what it answers. Routes are mapped and described from the same list, so that the two cannot drift.</summary>
/// <param name="Path">Such as <c>/api/sessions/{id}</c>.</param>
/// <param name="Id">A name that programs can call it by.</param>
/// <param name="Group">What it is about.</param>
internal sealed record ApiRoute(string Path, string Id, string Group, string Summary, Func<ApiCall, Task> Answer)
{
    public IReadOnlyList<Parameter> Parameters { get; init; } = [];

    /// <summary>The shape of the JSON answer; made when it is asked for. Null where the answer is no JSON.</summary>
    public Func<JsonTypeInfo?> Shape { get; init; } = static () => null;

    /// <summary>The shape of one row of an export; null for what is none.</summary>
    public Func<JsonTypeInfo?> RowShape { get; init; } = static () => null;

    /// <summary>Shapes that parameters ask for instead.</summary>
    public Func<IReadOnlyList<JsonTypeInfo>> OtherShapes { get; init; } = static () => [];

    /// <summary>The media types of the answer; the first when the caller has no wish.</summary>
    public IReadOnlyList<string> MediaTypes { get; init; } = [MediaType.Json];

    public string? Details { get; init; }

    /// <summary>The answer depends on nothing but the store and the request.</summary>
    public bool IsOfStore { get; init; } = true;
}

internal static class MediaType
{
    public const string Json = "application/json";
    public const string Problem = "application/problem+json";
    public const string Csv = "text/csv";
    public const string Lines = "application/x-ndjson";
    public const string Events = "text/event-stream";
    public const string OpenApi = "application/vnd.oai.openapi+json";
}
