using System.Text.Json.Serialization;
using ClaudeBridge.Query.Answers;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Query;

/// <summary>JSON of the API, written as <c>show --json</c> writes it.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Page<SessionRow>))]
[JsonSerializable(typeof(Page<TurnRow>))]
[JsonSerializable(typeof(Page<MemberRow>))]
[JsonSerializable(typeof(Page<EventRow>))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(TracePage))]
[JsonSerializable(typeof(ObservationDetail))]
[JsonSerializable(typeof(TracedObservation))]
[JsonSerializable(typeof(OverviewReport))]
[JsonSerializable(typeof(FilterValues))]
[JsonSerializable(typeof(TotalsReport))]
[JsonSerializable(typeof(MeasuredTotals))]
[JsonSerializable(typeof(DashboardTotals))]
[JsonSerializable(typeof(MessageAggregate))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(DateTimeOffset))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class QueryJson : JsonSerializerContext
{
    public static QueryJson Compact { get; } = new(StoreJson.Settings(indented: false));
}
