using System.Security.Cryptography;
using System.Text;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters;

/// <summary>Under which ids the ledger keeps a session's scores: derived from the session and the name, in ways that no trace has.</summary>
internal static class SessionScoresKey
{
    /// <summary>In the metadata of <see cref="ContextOf"/>: the session's first trace, for servers that know no session scores.</summary>
    public const string FirstTrace = "first_trace";

    private const string Word = "session-scores";

    /// <summary>The trace that stands for the scores of a session.</summary>
    public static TraceId Of(SessionScores scores) => LedgerKey.Of(scores.Tenant, TraceId.FromBytes(Digest($"{Word}\0{scores.SessionId}")));

    /// <summary>The observation that stands for one of them.</summary>
    public static ObservationId Of(SessionScore score) => ObservationId.FromBytes(Digest($"{Word}\0{score.Name}"));

    /// <summary>What stays as it was when they were first sent: where they belong and how they are filed.</summary>
    public static TraceContext ContextOf(SessionScores scores) =>
        new()
        {
            SessionId = scores.SessionId,
            Tenant = scores.Tenant,
            Name = Word,
            Environment = scores.Environment,
            Metadata = new SortedDictionary<string, string>(StringComparer.Ordinal) { [FirstTrace] = scores.FirstTrace.ToString() },
        };

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
