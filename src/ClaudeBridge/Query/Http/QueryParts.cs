using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Query.Http;

/// <summary>What the answers are made of.</summary>
/// <param name="changes">Null where nothing tells that the store has changed: then answers carry no tag.</param>
internal sealed class QueryParts(
    IStorePages pages,
    IStoreQueries queries,
    QuestionGate gate,
    IEnumerable<IHealthSource> health,
    RefusalLog refusals,
    Arrivals arrivals,
    IOptions<QueryOptions> options,
    TimeProvider clock,
    IStoreChanges? changes = null
)
{
    /// <summary>Versions of the store are counted from the start of the process, so a tag of an answer names the process too.</summary>
    private readonly string _process = clock.GetUtcNow().UtcTicks.ToString("x");

    public IStorePages Pages => pages;

    public IStoreQueries Queries => queries;

    public QuestionGate Gate => gate;

    public IEnumerable<IHealthSource> Health => health;

    public RefusalLog Refusals => refusals;

    public Arrivals Arrivals => arrivals;

    public QueryOptions Options => options.Value;

    public TimeProvider Clock => clock;

    public IStoreChanges? Changes => changes;

    /// <summary>An entity tag (RFC 9110) of every answer that the store as it is would give to one question of one caller.</summary>
    public string? TagOf(string question) =>
        changes is null ? null : $"W/\"{_process}-{changes.Version:x}-{(uint)question.GetHashCode(StringComparison.Ordinal):x8}\"";
}
