using System.Text;
using ClaudeBridge.Access;
using ClaudeBridge.Dashboard;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Pages;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>What the pages say is missing: the variable that is, and no other.</summary>
public sealed class StatusChecksTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Nothing_at_all_is_told_from_something() => new StatusChecks([], [], []).IsNothing.ShouldBeTrue();

    [Fact]
    public void Without_metrics_only_their_variable_is_named()
    {
        var said = Said(Member(SetupSigns.Logs | SetupSigns.Spans | SetupSigns.Text) with { LastLogs = Now, LastTraces = Now });

        Variables(said).ShouldBe(["OTEL_METRICS_EXPORTER"]);
    }

    [Fact]
    public void Without_spans_only_their_variables_are_named()
    {
        var said = Said(Member(SetupSigns.Logs | SetupSigns.Text) with { LastLogs = Now, LastMetrics = Now });

        Variables(said).ShouldBe(["OTEL_TRACES_EXPORTER", "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA"]);
    }

    [Fact]
    public void Without_the_text_of_prompts_only_its_variable_is_named()
    {
        var said = Said(Member(SetupSigns.TextLeftOut) with { LastLogs = Now, LastMetrics = Now, LastTraces = Now });

        Variables(said).ShouldBe(["OTEL_LOG_USER_PROMPTS"]);
    }

    [Fact]
    public void What_comes_of_nobody_that_is_known_counts_as_well()
    {
        var sender = new ArrivedSender(
            new ArrivalSource("", "(unknown)", ""),
            Now,
            Now,
            (int)(SetupSigns.Logs | SetupSigns.Text),
            [new ArrivedSignal("logs", 3, Now)],
            []
        );

        var checks = new StatusChecks([], [], [sender]);

        checks.IsNothing.ShouldBeFalse();
        Variables(Written(checks.Card(Page()))).ShouldNotContain("OTEL_LOGS_EXPORTER");
    }

    [Fact]
    public void A_member_lacks_nothing_for_tools_it_never_used_and_for_spans_its_version_does_not_know()
    {
        var all = Member(SetupSigns.None) with { LastLogs = Now, LastMetrics = Now, LastTraces = Now };

        SignalAdvice.Of(all).ShouldBeEmpty("no prompt came and no tool ran");
        SignalAdvice.Of(all with { LastTraces = null, Signs = SetupSigns.OldClient }).ShouldBeEmpty();
        SignalAdvice
            .Of(all with { Signs = SetupSigns.ToolWithoutDetails })
            .ShouldHaveSingleItem()
            .Variable.ShouldBe("OTEL_LOG_TOOL_DETAILS");
    }

    private static MemberRow Member(SetupSigns signs) =>
        new()
        {
            UserId = "mia",
            Sessions = 1,
            Traces = 1,
            Cost = "0",
            CostMicros = 0,
            Signs = signs,
        };

    private static string Said(MemberRow member) => Written(new StatusChecks([member], [], []).Card(Page()));

    private static IEnumerable<string> Variables(string said) =>
        new[]
        {
            "CLAUDE_CODE_ENABLE_TELEMETRY",
            "OTEL_LOGS_EXPORTER",
            "OTEL_METRICS_EXPORTER",
            "OTEL_TRACES_EXPORTER",
            "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA",
            "OTEL_LOG_USER_PROMPTS",
            "OTEL_LOG_TOOL_DETAILS",
        }.Where(said.Contains);

    private static PageContext Page() =>
        new(Caller.Operator, ViewQuery.None, Paths.Status, Now, null, false, new DashboardOptions(), CancellationToken.None);

    private static string Written(Fragment fragment)
    {
        var html = new HtmlWriter();
        html.Write($"{fragment}");
        return Encoding.UTF8.GetString(html.Written.Span);
    }
}
