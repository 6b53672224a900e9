using System.Text.Json;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store;

/// <summary>What is kept of a judged session: for questions its verdict, for the feed its scores.</summary>
internal sealed record StoredSessionView(
    Completeness Completeness,
    IReadOnlyList<string> Reasons,
    string SessionId,
    DateTimeOffset Timestamp,
    string FirstTrace,
    string? Environment,
    IReadOnlyList<SessionScore> Scores,
    IReadOnlyDictionary<string, string> Metadata
)
{
    public static StoredSessionView Of(SessionView view) =>
        new(
            view.Verdict.Completeness,
            view.Verdict.Reasons,
            view.Scores.SessionId,
            view.Scores.Timestamp,
            view.Scores.FirstTrace.ToString(),
            view.Scores.Environment,
            view.Scores.Scores,
            view.Scores.Metadata
        );

    /// <exception cref="StoreDamagedException">It is not what was written.</exception>
    public static StoredSessionView Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, StoreJson.Compact.StoredSessionView)!;
        }
        catch (JsonException failure)
        {
            throw new StoreDamagedException("A session in the store cannot be read.", failure);
        }
    }

    public CompletenessVerdict Verdict() => new(Completeness, Reasons);

    /// <param name="key">Of the session: it tells the tenant.</param>
    /// <exception cref="StoreDamagedException">It is not what was written.</exception>
    public SessionScores ToScores(string key) =>
        new()
        {
            SessionId = SessionId,
            Tenant = SessionKey.TenantOf(key),
            Timestamp = Timestamp,
            FirstTrace = TraceId.TryParse(FirstTrace, out var trace)
                ? trace
                : throw new StoreDamagedException("A session in the store names a trace that is none."),
            Environment = Environment,
            Scores = Scores,
            Metadata = new SortedDictionary<string, string>(Metadata.ToDictionary(), StringComparer.Ordinal),
        };
}
