using System.Globalization;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Waterfall;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/traces/{id}</c>: one turn as a waterfall.</summary>
internal sealed class TracePage(IStorePages store)
{
    /// <summary>Failures that are named above the waterfall; the rest is counted.</summary>
    private const int NamedFailures = 8;

    /// <summary>Characters of why something failed; the line below has the whole.</summary>
    private const int MaxReason = 240;

    public PageContent? Make(PageContext page, string traceId)
    {
        var limit = LimitOf(page);
        if (store.Trace(page.Caller.Tenant, traceId, page.Query["session"], page.Options.MaxContent, limit) is not { } found)
        {
            return Messages.NotFound($"There is no trace {traceId}.");
        }

        var title = Parts.Prompt(found.Turn.Input, found.Turn.Name);
        return new(title, html => Write(html, page, found, title))
        {
            IsLive = !found.Turn.IsSettled || page.Now - found.Turn.EndTime < page.Options.LiveFor,
        };
    }

    /// <summary>How many observations the address asks for.</summary>
    /// <exception cref="BadQueryException">It is no number.</exception>
    private static int LimitOf(PageContext page) =>
        page.Query["limit"] is not { } text ? page.Options.Observations
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? Math.Min(limit, page.Options.MaxObservations)
        : throw new BadQueryException("limit must be a number above zero.");

    private static void Write(HtmlWriter html, PageContext page, Store.Pages.TracePage found, string title)
    {
        var (turn, trace) = (found.Turn, found.Trace);
        var rows = WaterfallTree.Of(trace.Observations, trace.StartTime, trace.EndTime);
        html.Write(
            $"""
            <nav class="crumbs" aria-label="Way here"><ol><li><a href="{Paths.Turns}">Turns</a></li><li><a href="{Paths.Session(
                turn.SessionId,
                turn.Service
            )}">session <span class="id">{Parts.ShortId(
                turn.SessionId
            )}</span></a></li><li aria-current="page"><span class="id" title="{turn.TraceId}">trace {Parts.ShortId(
                turn.TraceId
            )}</span></li></ol></nav>
            <div class="head"><h1 class="long">{new Foreign(title)}</h1></div>
            <p class="facts">{(turn.IsSettled ? null : Parts.Running("More of this turn is expected"))}{Parts.Level(
                turn.Level
            )}<span>{new Moment(turn.StartTime)}</span>{User(turn)}<span>{turn.Service
                ?? "Claude Code"} {turn.ClientVersion}</span>{Parts.Chips(turn.Tags)}</p>
            <dl class="tiles small">
            {Parts.Tile("Cost, estimate", inner => inner.Write($"{new Money(turn.CostMicros, turn.Cost)}"))}{Parts.Tile(
                "Took",
                inner => inner.Write($"{new Length(turn.EndTime - turn.StartTime)}")
            )}{Parts.Tile("Model requests", inner => inner.Write($"{new Number(turn.Generations)}"))}{Parts.Tile(
                "Tools",
                inner => inner.Write($"{new Number(turn.Tools)}")
            )}{Parts.Tile(
                "Errors",
                inner => inner.Write($"<span class=\"{(turn.Errors > 0 ? "bad" : "")}\">{new Number(turn.Errors)}</span>")
            )}{Parts.Tile("Tokens in → out", inner => inner.Write($"{new Tokens(turn.Usage)}"))}{Waited(rows)}{Parts.Tile(
                "Models",
                inner => inner.Write($"{Parts.Chips(turn.Models)}")
            )}
            </dl>
            {Said(page, trace)}
            {Failures(rows, found.ObservationsLeftOut > 0)}
            {TraceHighlights.Of(rows, found.ObservationsLeftOut > 0)}
            <section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
            {WaterfallView.Of(rows, trace, ContentOf(page, rows.Count), isWhole: found.ObservationsLeftOut == 0)}
            {LeftOut(page, found)}</section>
            {Context(trace)}
            """
        );
    }

    /// <summary>Characters of each content, so that all of them together stay within what one page may have.</summary>
    private static int ContentOf(PageContext page, int rows) =>
        Math.Clamp(page.Options.MaxPageContent / (2 * Math.Max(1, rows)), Math.Min(200, page.Options.MaxContent), page.Options.MaxContent);

    private static Fragment? User(TurnRow turn) =>
        turn.UserId is { } user
            ? html => html.Write($"<a href=\"{ViewQuery.None.Link(Paths.Turns, ("user", user))}\">{new Foreign(user)}</a>")
            : null;

    private static Fragment? Said(PageContext page, TraceDetail trace) =>
        string.IsNullOrEmpty(trace.Input) && string.IsNullOrEmpty(trace.Output)
            ? null
            : html =>
                html.Write(
                    $"<details class=\"said card\"><summary>Prompt and answer{Beginning(trace.Output)}</summary>{WaterfallView.Content("Prompt", trace.Input, page.Options.MaxContent)}{WaterfallView.Content("Answer", trace.Output, page.Options.MaxContent)}</details>"
                );

    /// <summary>The answer's first words, so that they are read without unfolding it.</summary>
    private static Fragment? Beginning(string? answer) =>
        string.IsNullOrWhiteSpace(answer)
            ? null
            : html =>
                html.Write($" <span class=\"answer\">{new Foreign(Format.Cut(answer.Trim().ReplaceLineEndings(" "), MaxReason))}</span>");

    private static Fragment? Waited(IReadOnlyList<WaterfallRow> rows)
    {
        var waited = rows.Aggregate(TimeSpan.Zero, static (sum, row) => sum + WaterfallTree.WaitOf(row.Observation));
        return waited == TimeSpan.Zero
            ? null
            : Parts.Tile("Waited for a person", html => html.Write($"{new Length(waited)}"), title: "How long tools waited to be allowed");
    }

    private static Fragment? Failures(IReadOnlyList<WaterfallRow> rows, bool isCut)
    {
        var failed = rows.Where(static row => row.Observation.Level == "ERROR" && row.Observation.ParentId is not null).ToArray();
        return failed.Length == 0
            ? null
            : html =>
            {
                html.Write(
                    $"<div class=\"note error\"><p>{new Icon("error")}<strong>{Format.Count(failed.Length, "failure", "failures")}</strong>{(isCut ? " among the observations that are shown" : "")}</p><ul>"
                );
                foreach (var (observation, _, _, _, _, _) in failed.Take(NamedFailures))
                {
                    html.Write(
                        $"<li><a href=\"#o-{observation.Id}\">{new Foreign(observation.Name)}</a> <span class=\"clip\">{new Foreign(Format.Cut(observation.StatusMessage ?? "", MaxReason))}</span></li>"
                    );
                }

                html.Write(
                    $"</ul>{(failed.Length > NamedFailures ? (Fragment)(inner => inner.Write($"<p>and {failed.Length - NamedFailures} more below</p>")) : null)}</div>"
                );
            };
    }

    private static Fragment? LeftOut(PageContext page, Store.Pages.TracePage found)
    {
        if (found.ObservationsLeftOut == 0)
        {
            return null;
        }

        var shown = found.Trace.Observations.Count;
        var next = Math.Min(shown + Math.Max(page.Options.Observations, shown), page.Options.MaxObservations);
        return html =>
        {
            html.Write(
                $"<p class=\"note\">{Format.Count(found.ObservationsLeftOut, "later observation is", "later observations are")} not shown. "
            );
            if (next > shown)
            {
                html.Write(
                    $"<a class=\"button\" href=\"{page.Query.Link(page.Path, ("limit", next.ToString(CultureInfo.InvariantCulture)))}#timeline\">Show up to {Format.Whole(next)}</a>"
                );
            }
            else
            {
                html.Write($"A page shows {Format.Whole(page.Options.MaxObservations)} at most; the API has all of them.");
            }

            html.Write($"</p>");
        };
    }

    /// <summary>Who it was and for what.</summary>
    private static Fragment Context(TraceDetail trace) =>
        html =>
        {
            html.Write($"<section aria-labelledby=\"about\"><h2 id=\"about\">About this turn</h2><div class=\"card\">");
            WaterfallView.Table(
                html,
                "About this turn",
                new Dictionary<string, string?>
                {
                    ["trace"] = trace.TraceId,
                    ["prompt"] = trace.PromptId,
                    ["environment"] = trace.Environment,
                    ["release"] = trace.Release,
                }
                    .Where(static pair => !string.IsNullOrEmpty(pair.Value))
                    .Select(static pair => new KeyValuePair<string, string>(pair.Key, pair.Value!))
                    .Concat(trace.Metadata)
            );
            html.Write($"</div></section>");
        };
}
