using System.Text.Json.Serialization;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary>The JSON that the commands print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    Converters = [typeof(UtcTimeConverter)]
)]
[JsonSerializable(typeof(IReadOnlyList<SessionSummary>))]
[JsonSerializable(typeof(SessionDetail))]
[JsonSerializable(typeof(IReadOnlyList<SessionDetail>))]
internal sealed partial class CliJson : JsonSerializerContext;
