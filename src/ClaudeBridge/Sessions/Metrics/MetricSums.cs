using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Metrics;

/// <summary>The sums that people ask for. What belongs to none is kept as well, by series.</summary>
public enum MetricFigure : byte
{
    None = 0,
    LinesAdded = 1,
    LinesRemoved = 2,
    Commits = 3,
    PullRequests = 4,
    ActiveSecondsUser = 5,
    ActiveSecondsCli = 6,
    EditsAccepted = 7,
    EditsRejected = 8,
    SessionsStarted = 9,
}

/// <summary>What Claude Code's own metrics add up to. The JSON names are promised to other programs: add, never rename.</summary>
/// <remarks>Cost and tokens are not here: they come from the model requests alone.</remarks>
public sealed record MetricSums
{
    public static MetricSums None { get; } = new();

    public decimal LinesAdded { get; init; }

    public decimal LinesRemoved { get; init; }

    public decimal Commits { get; init; }

    public decimal PullRequests { get; init; }

    /// <summary>Seconds that a person typed or read.</summary>
    public decimal ActiveSecondsUser { get; init; }

    /// <summary>Seconds that the client worked.</summary>
    public decimal ActiveSecondsCli { get; init; }

    /// <summary>Edits that were let through, by rule or by a person.</summary>
    public decimal EditsAccepted { get; init; }

    public decimal EditsRejected { get; init; }

    /// <summary>How often a client was started: more than there are sessions where one was continued, and 1 for a start that nothing followed.</summary>
    public decimal SessionsStarted { get; init; }
}

/// <summary>Finds the sum that a series belongs to.</summary>
internal static class Figures
{
    public static MetricFigure Of(MetricSeries series, Attributes attributes) =>
        series is not { Shape: MetricShape.Sum, Use: not PointUse.Latest }
            ? MetricFigure.None
            : series.Metric switch
            {
                MetricName.LinesOfCode => attributes.Text(Names.MetricType) switch
                {
                    "added" => MetricFigure.LinesAdded,
                    "removed" => MetricFigure.LinesRemoved,
                    _ => MetricFigure.None,
                },
                MetricName.ActiveTime => attributes.Text(Names.MetricType) switch
                {
                    "user" => MetricFigure.ActiveSecondsUser,
                    "cli" => MetricFigure.ActiveSecondsCli,
                    _ => MetricFigure.None,
                },
                MetricName.EditDecision => attributes.Text(Names.Decision) switch
                {
                    "accept" => MetricFigure.EditsAccepted,
                    "reject" => MetricFigure.EditsRejected,
                    _ => MetricFigure.None,
                },
                MetricName.Commits => MetricFigure.Commits,
                MetricName.PullRequests => MetricFigure.PullRequests,
                MetricName.SessionCount => MetricFigure.SessionsStarted,
                _ => MetricFigure.None,
            };
}
