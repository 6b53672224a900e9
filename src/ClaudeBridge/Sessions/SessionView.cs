using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions;

/// <summary>A session as a whole: how far it can be trusted, and its figures as scores.</summary>
/// <remarks>A function of what the store holds of the session; <paramref name="Verdict"/> leaves out what is outstanding while the session is not quiet.</remarks>
public sealed record SessionView(CompletenessVerdict Verdict, SessionScores Scores)
{
    /// <param name="isQuiet">See <see cref="CompletenessRules.Judge"/>.</param>
    public static SessionView Of(SessionFigures session, bool isQuiet)
    {
        var verdict = CompletenessRules.Judge(session, isQuiet);
        return new SessionView(verdict, ScoreRules.Of(session, verdict));
    }
}

/// <summary>A session's figures as Langfuse shows them in columns of its session table.</summary>
internal static class ScoreRules
{
    public static SessionScores Of(SessionFigures session, CompletenessVerdict verdict)
    {
        var scores = new List<SessionScore>
        {
            new("telemetry_complete", verdict.Completeness == Completeness.Complete ? 1 : 0, Comment(verdict)),
            new("tool_failures", session.ToolFailures),
        };
        Add("lines_added", MetricName.LinesOfCode, "type", "added");
        Add("lines_removed", MetricName.LinesOfCode, "type", "removed");
        Add("commits", MetricName.Commits);
        Add("pull_requests", MetricName.PullRequests);
        Add("active_seconds_user", MetricName.ActiveTime, "type", "user");
        Add("active_seconds_cli", MetricName.ActiveTime, "type", "cli");
        AddAcceptance(session, scores);
        scores.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return new SessionScores
        {
            SessionId = session.SessionId,
            Timestamp = Clock.ToTime(session.StartUnixNano),
            FirstTrace = session.FirstTrace,
            Environment = session.Environment,
            Scores = scores,
            Metadata = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["completeness"] = verdict.Word,
                ["completeness_reasons"] = string.Join("; ", verdict.Reasons),
            },
        };

        // A figure that the client did not tell is no zero.
        void Add(string name, string metric, string? attribute = null, string? value = null)
        {
            if (session.HasMetric(metric))
            {
                scores.Add(new SessionScore(name, session.SumOf(metric, attribute, value)));
            }
        }
    }

    private static void AddAcceptance(SessionFigures session, List<SessionScore> scores)
    {
        var accepted = session.SumOf(MetricName.EditDecision, "decision", "accept");
        var all = accepted + session.SumOf(MetricName.EditDecision, "decision", "reject");
        if (all > 0)
        {
            scores.Add(new SessionScore("edit_acceptance_rate", Math.Round(accepted / all, 4)));
        }
    }

    private static string Comment(CompletenessVerdict verdict) =>
        verdict.Reasons.Count == 0 ? verdict.Word : $"{verdict.Word}: {string.Join("; ", verdict.Reasons)}";
}
