using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Tests.Sessions;

public sealed class CompletenessTests
{
    [Fact]
    public void A_session_whose_events_and_metrics_agree_is_complete()
    {
        var verdict = Judge(
            Session() with
            {
                Metrics = [Tokens("input", 10), Tokens("output", 20), Tokens("cacheRead", 0), Cost(0.030000000000000002m)],
            }
        );

        verdict.Word.ShouldBe("complete");
        verdict.Reasons.ShouldBeEmpty();
    }

    [Fact]
    public void Without_metrics_a_session_is_judged_by_its_events_alone() => Judge(Session()).Word.ShouldBe("complete");

    [Fact]
    public void Metrics_that_counted_more_say_that_events_are_missing()
    {
        var verdict = Judge(Session() with { Metrics = [Tokens("input", 10), Tokens("output", 140), Cost(0.05m)] });

        verdict.Word.ShouldBe("partial");
        verdict.Reasons.ShouldBe(["the metrics counted more than the events tell of: 120 output tokens, $0.02"]);
    }

    [Fact]
    public void Events_that_tell_of_more_than_the_metrics_are_a_conflict()
    {
        var verdict = Judge(Session() with { Metrics = [Tokens("input", 10), Tokens("output", 11), Cost(0.02m)] });

        verdict.Word.ShouldBe("conflict");
        verdict.Reasons.ShouldBe(["the events tell of more than the metrics counted: 9 output tokens, $0.01"]);
    }

    [Fact]
    public void While_a_session_is_not_quiet_its_last_metrics_or_events_and_the_end_of_its_last_turn_may_still_come()
    {
        var session = Session() with { Metrics = [Tokens("output", 11), Tokens("input", 25)], IsLastTurnOpen = true };

        CompletenessRules.Judge(session, isQuiet: false).Word.ShouldBe("complete");
        CompletenessRules.Judge(session, isQuiet: true).Reasons.Count.ShouldBe(3);
    }

    [Fact]
    public void One_unit_of_difference_is_enough()
    {
        Judge(Session() with { Metrics = [Tokens("input", 10), Tokens("output", 21)] }).Word.ShouldBe("partial");
        Judge(Session() with { Metrics = [Cost(0.030_003m)] }).Word.ShouldBe("partial");
    }

    [Fact]
    public void Each_request_may_round_its_cost_by_a_millionth_of_a_dollar() =>
        Judge(Session() with { Metrics = [Cost(0.030_002m)] }).Word.ShouldBe("complete");

    [Fact]
    public void Gaps_and_turns_without_beginning_or_end_are_named()
    {
        var verdict = Judge(Session() with { MissingEvents = 3, TurnsWithoutPrompt = 1, TurnsWithoutEnd = 1, IsLastTurnOpen = true });

        verdict.Word.ShouldBe("partial");
        verdict.Reasons.ShouldBe([
            "3 events are missing: there are gaps in event.sequence",
            "1 turn has no prompt: the user_prompt never came",
            "2 turns have no end: the interaction span never came",
        ]);
    }

    [Fact]
    public void Scores_are_the_figures_that_the_client_told_and_no_others()
    {
        var scores = SessionView
            .Of(
                Session() with
                {
                    ToolFailures = 2,
                    Metrics =
                    [
                        Series("claude_code.lines_of_code.count", 14, ("type", "added"), ("model", "opus")),
                        Series("claude_code.lines_of_code.count", 6, ("type", "added"), ("model", "haiku")),
                        Series("claude_code.lines_of_code.count", 0, ("type", "removed")),
                        Series("claude_code.active_time.total", 1.25m, ("type", "cli")),
                        Series("claude_code.code_edit_tool.decision", 2, ("decision", "accept")),
                        Series("claude_code.code_edit_tool.decision", 1, ("decision", "reject")),
                    ],
                },
                isQuiet: true
            )
            .Scores;

        scores
            .Scores.Select(static score => (score.Name, score.Value))
            .ShouldBe([
                ("active_seconds_cli", 1.25m),
                ("active_seconds_user", 0m),
                ("edit_acceptance_rate", 0.6667m),
                ("lines_added", 20m),
                ("lines_removed", 0m),
                ("telemetry_complete", 1m),
                ("tool_failures", 2m),
            ]);
        scores.Metadata["completeness"].ShouldBe("complete");
    }

    private static CompletenessVerdict Judge(SessionFigures session) => CompletenessRules.Judge(session, isQuiet: true);

    private static SessionFigures Session() =>
        new()
        {
            SessionId = "S",
            StartUnixNano = 1,
            FirstTrace = new TraceId(1),
            Usage = new Usage(10, 20, 0, 0),
            Cost = 0.03m,
            Generations = 2,
            ToolFailures = 0,
        };

    private static SeriesTotal Tokens(string type, decimal sum) =>
        Series("claude_code.token.usage", sum, ("type", type), ("model", "opus"));

    private static SeriesTotal Cost(decimal sum) => Series("claude_code.cost.usage", sum, ("model", "opus"));

    private static SeriesTotal Series(string metric, decimal sum, params (string Key, string Value)[] attributes) =>
        new()
        {
            Metric = metric,
            Sum = sum,
            Attributes = attributes.ToDictionary(static pair => pair.Key, static pair => pair.Value),
        };
}
