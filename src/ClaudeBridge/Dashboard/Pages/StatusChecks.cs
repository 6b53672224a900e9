using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>What has arrived, step by step, and for what has not the variable that is missing.</summary>
internal sealed class StatusChecks
{
    private readonly DateTimeOffset? _any;
    private readonly DateTimeOffset? _logs;
    private readonly DateTimeOffset? _metrics;
    private readonly DateTimeOffset? _traces;
    private readonly SetupSigns _signs;

    /// <param name="senders">What came since the bridge was started, also of those who have no name.</param>
    public StatusChecks(IReadOnlyList<MemberRow> members, IReadOnlyList<EventRow> events, IReadOnlyList<ArrivedSender> senders)
    {
        _logs = Latest(members.Max(static member => member.LastLogs), OfKind("event"), OfSignal("logs"));
        _metrics = Latest(members.Max(static member => member.LastMetrics), OfSignal("metrics"));
        _traces = Latest(members.Max(static member => member.LastTraces), OfKind("span"), OfSignal("traces"));
        _any = Latest(_logs, _metrics, _traces);
        _signs =
            members.Aggregate(SetupSigns.None, static (sum, member) => sum | member.Signs)
            | senders.Aggregate(SetupSigns.None, static (sum, sender) => sum | (SetupSigns)sender.Marks);

        DateTimeOffset? OfKind(string kind) => events.FirstOrDefault(one => one.Kind == kind)?.Time;

        DateTimeOffset? OfSignal(string signal) =>
            senders
                .SelectMany(static sender => sender.Signals)
                .Where(one => one.Signal == signal && one.Count > 0)
                .Max(static one => (DateTimeOffset?)one.Last);
    }

    /// <summary>Nothing has come, ever.</summary>
    public bool IsNothing => _any is null;

    public Fragment Card(PageContext page) =>
        html =>
        {
            html.Write($"<section class=\"card\" aria-labelledby=\"arrives\"><h2 id=\"arrives\">What arrives</h2><ul class=\"checks\">");
            Check(
                html,
                page,
                "Events: sessions, turns, cost, tools",
                _logs,
                static inner => inner.Write($"<code>OTEL_LOGS_EXPORTER=otlp</code> is missing. Without events there are no turns.")
            );
            Check(
                html,
                page,
                "Metrics: lines, commits, active time",
                _metrics,
                static inner =>
                    inner.Write(
                        $"<code>OTEL_METRICS_EXPORTER=otlp</code> is missing, or the first minute is not over: the client sends them once a minute."
                    )
            );
            Check(
                html,
                page,
                "Spans: exact nesting and waits (optional)",
                _traces,
                static inner =>
                    inner.Write(
                        $"<code>OTEL_TRACES_EXPORTER=otlp</code> or <code>CLAUDE_CODE_ENHANCED_TELEMETRY_BETA=1</code> is missing. Turns show without spans too, with some places inferred."
                    ),
                isOptional: true
            );
            Content(
                html,
                "Text of prompts and answers (optional)",
                SetupSigns.Text,
                SetupSigns.TextLeftOut,
                static inner => inner.Write($"<code>OTEL_LOG_USER_PROMPTS=1</code> is missing: only their lengths come.")
            );
            Content(
                html,
                "Inputs of tools (optional)",
                SetupSigns.ToolDetails,
                SetupSigns.ToolWithoutDetails,
                static inner => inner.Write($"<code>OTEL_LOG_TOOL_DETAILS=1</code> is missing: only their names come.")
            );
            html.Write(
                $"</ul><p class=\"small dim\">Who sends what: <a href=\"{page.Query.LinkAfresh(Paths.Members)}\">Members</a></p></section>"
            );
        };

    private static void Check(
        HtmlWriter html,
        PageContext page,
        string what,
        DateTimeOffset? last,
        Fragment advice,
        bool isOptional = false
    )
    {
        if (last is { } seen)
        {
            html.Write(
                $"<li class=\"ok\">{new Icon("ok", "Arrives")}<div><strong>{what}</strong><span class=\"dim\"> last {new Ago(seen, page.Now)}</span></div></li>"
            );
        }
        else
        {
            html.Write(
                $"<li class=\"none\">{(isOptional ? new Icon("span", "Not sent") : new Icon("warning", "Missing"))}<div><strong>{what}</strong><p>{advice}</p></div></li>"
            );
        }
    }

    /// <summary>Nothing is said where there was nothing yet that could have had the content.</summary>
    private void Content(HtmlWriter html, string what, SetupSigns there, SetupSigns leftOut, Fragment advice)
    {
        if (_signs.HasFlag(there))
        {
            html.Write($"<li class=\"ok\">{new Icon("ok", "Arrives")}<div><strong>{what}</strong></div></li>");
        }
        else if (_signs.HasFlag(leftOut))
        {
            html.Write($"<li class=\"off\">{new Icon("span", "Not sent")}<div><strong>{what}</strong><p>{advice}</p></div></li>");
        }
    }

    private static DateTimeOffset? Latest(params ReadOnlySpan<DateTimeOffset?> times)
    {
        DateTimeOffset? latest = null;
        foreach (var time in times)
        {
            latest = latest is null || time > latest ? time ?? latest : latest;
        }

        return latest;
    }
}
