using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/</c>: what the last prompt did, and the figures of a span of time.</summary>
internal sealed class OverviewPage(IStorePages store)
{
    private const int LatestTurns = 5;

    /// <summary>As many points in time as one question to the store may have.</summary>
    private const int MaxSteps = 1000;

    public PageContent Make(PageContext page)
    {
        var filter = page.Query.Filter(page.Caller, page.Now) with
        {
            Text = null,
            OnlyFailed = false,
            Completeness = null,
            SessionId = null,
        };
        var period = Period.Of(page);
        var report = store.Overview(period.Request(filter));
        var before = store.Overview(period.Before().Request(filter));
        var latest = store.Turns(filter with { From = null, To = null }, new PageRequest(LatestTurns)).Items;
        var values = store.Values(filter.Tenant);
        return new(
            "Overview",
            html =>
            {
                html.Write(
                    $"""
                    <div class="head"><h1>Overview</h1>{FilterBar.Ranges(page, ViewQuery.DefaultRange)}</div>
                    {(
                        latest.Count > 0 || page.Query.IsFiltered || page.Query.HasTime
                            ? FilterBar.Form(page, values, hasText: false, "user", "model", "tool", "team", "repository", "tenant")
                            : null
                    )}
                    {(latest.Count > 0 ? Latest(page, latest) : page.Query.IsFiltered ? TurnsPage.NothingFits(page) : Welcome)}
                    {(
                        report.Total.Traces > 0 || report.Total.Generations > 0 ? Figures(page, period, report, before)
                        : latest.Count > 0 ? Elsewhere(page, latest[0])
                        : null
                    )}
                    """
                );
            }
        )
        {
            IsLive = true,
        };
    }

    /// <summary>The last prompt as a card, those before it as lines.</summary>
    private static Fragment Latest(PageContext page, IReadOnlyList<TurnRow> turns) =>
        html =>
        {
            var last = turns[0];
            html.Write(
                $"""
                <section class="card last{(last.Level == "ERROR" ? " failed" : "")}" aria-labelledby="last"><div class="cardhead"><h2 id="last">Last prompt</h2><span class="dim">{new Ago(
                    last.StartTime,
                    page.Now
                )}</span>{(last.IsSettled ? null : Parts.Running("More of this turn is expected"))}{Parts.Level(
                    last.Level
                )}<a class="more" href="{page.Query.Link(Paths.Turns, ("range", null))}">All turns</a></div>
                <p class="say"><a class="prompt" href="{Paths.Trace(last.TraceId, last.SessionId)}">{new Foreign(
                    Parts.Prompt(last.Input, last.Name)
                )}</a></p>
                {Answer(last)}
                <dl class="row"><div><dt>Cost, estimate</dt><dd class="strong">{new Money(
                    last.CostMicros,
                    last.Cost
                )}</dd></div><div><dt>Took</dt><dd>{new Length(
                    last.EndTime - last.StartTime
                )}</dd></div><div><dt>Model requests</dt><dd>{new Number(last.Generations)}</dd></div><div><dt>Tools</dt><dd>{new Number(
                    last.Tools
                )}</dd></div><div><dt>Errors</dt><dd class="{(last.Errors > 0 ? "bad" : "")}">{new Number(
                    last.Errors
                )}</dd></div><div><dt>Tokens in → out</dt><dd>{new Tokens(last.Usage)}</dd></div><div><dt>Models</dt><dd>{Parts.Chips(
                    last.Models
                )}</dd></div></dl>

                """
            );
            if (turns.Count > 1)
            {
                html.Write(
                    $"<details class=\"before\"><summary>{(turns.Count == 2 ? "The one" : $"The {turns.Count - 1}")} before it</summary>{TurnTable.Of(page, [.. turns.Skip(1)], "Earlier turns", withSession: true, isOrdered: false)}</details>"
                );
            }

            html.Write($"</section>");
        };

    private static Fragment? Answer(TurnRow turn) =>
        string.IsNullOrWhiteSpace(turn.Output) ? null : html => html.Write($"<p class=\"answer\">{new Foreign(turn.Output)}</p>");

    private static Fragment Figures(PageContext page, Period period, OverviewReport report, OverviewReport before) =>
        html =>
        {
            OverviewTiles.Write(html, page, report, before);
            html.Write($"<div class=\"charts\">");
            var drawn = OverviewCharts.FromFirst(report);
            OverviewCharts.Cost(page, period, drawn).Write(html);
            OverviewCharts.Tokens(page, period, drawn).Write(html);
            html.Write($"</div>");
            Breakdown.Write(html, page, "Models", "Model", "model", report.Models, withLatency: true);
            Breakdown.WriteTools(html, page, report.Tools);
            html.Write($"<div class=\"narrow\">");
            Breakdown.Write(html, page, "Users", "User", "user", report.Users, withLatency: false);
            Breakdown.Write(html, page, "Teams", "Team", "team", report.Teams, withLatency: false);
            Breakdown.Write(html, page, "Repositories", "Repository", "repository", report.Repositories, withLatency: false);
            html.Write($"</div>");
        };

    /// <summary>There are turns, only not at this time or not with these filters.</summary>
    private static Fragment Elsewhere(PageContext page, TurnRow latest) =>
        Messages.Empty(
            "Nothing in this time",
            html =>
                html.Write(
                    $"<p>The latest turn that fits is of {new Moment(latest.StartTime)}. <a class=\"button\" href=\"{page.Query.Link(page.Path, ("from", Format.Utc(latest.StartTime.AddDays(-29), "yyyy-MM-dd")), ("to", Format.Utc(latest.StartTime, "yyyy-MM-dd")))}\">Show the 30 days up to it</a></p>"
                )
        );

    private static void Welcome(HtmlWriter html) =>
        html.Write(
            $"{Messages.Empty("Nothing has arrived yet", static inner => inner.Write($"<p>The first turn shows here seconds after its prompt.</p><ol><li>Set the variables that <a href=\"{Paths.Status}#setup\">Status</a> lists, in the shell that starts Claude Code.</li><li>Give it a prompt.</li><li>Come back: this page follows by itself.</li></ol><p><a class=\"button\" href=\"{Paths.Status}\">What has arrived so far</a></p>"))}"
        );

    /// <summary>The span of time that is shown, in whole hours or days.</summary>
    internal sealed record Period(DateTimeOffset From, DateTimeOffset To, TimeSpan Step)
    {
        private static readonly DateTimeOffset Last = DateTimeOffset.MaxValue.AddDays(-2);

        /// <exception cref="BadQueryException">It is longer than can be shown.</exception>
        public static Period Of(PageContext page)
        {
            var (first, last) = page.Query.Span(page.Now, ViewQuery.DefaultRange);
            var to = Known(last ?? page.Now);
            var from = Known(first ?? to.AddDays(-Math.Min(90, (to - DateTimeOffset.UnixEpoch).TotalDays)));
            if (from >= to)
            {
                throw new BadQueryException("from must be before to, and both within the times that computers know.");
            }

            var step = ViewQuery.StepOf(to - from);
            from = Floor(from, step);
            to = Floor(to + step - TimeSpan.FromTicks(1), step);
            return (to - from) / step <= MaxSteps
                ? new(from, to, step)
                : throw new BadQueryException($"At most {MaxSteps} days can be shown at once.");
        }

        public Period Before() => this with { From = From - (To - From), To = From };

        public OverviewRequest Request(ViewFilter filter) => new(filter with { From = null, To = null }, From, To, Step);

        /// <summary>Nothing is older than the clocks of computers, and the calendar's last days leave no room for a step.</summary>
        private static DateTimeOffset Known(DateTimeOffset time) =>
            time < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch
            : time > Last ? Last
            : time;

        private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan step) =>
            new(time.UtcTicks - time.UtcTicks % step.Ticks, TimeSpan.Zero);
    }
}
