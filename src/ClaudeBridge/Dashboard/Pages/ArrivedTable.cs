using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>Who sent what since the bridge was started, and which settings each seems to lack.</summary>
internal static class ArrivedTable
{
    private const int ShownSenders = 50;

    private static readonly string[] Signals = ["logs", "metrics", "traces"];

    public static Fragment Of(PageContext page, IReadOnlyList<ArrivedSender> senders) =>
        html =>
        {
            html.Write($"<section aria-labelledby=\"senders\"><h2 id=\"senders\">Who has sent what since the bridge was started</h2>");
            if (senders.Count == 0)
            {
                html.Write(
                    $"<p class=\"dim\">Nobody yet. What came before is kept: see <a href=\"{page.Query.LinkAfresh(Paths.Members)}\">Members</a>.</p></section>"
                );
                return;
            }

            html.Write(
                $"<div class=\"scroll\"><table class=\"list\"><caption class=\"hidden\">Senders since the start</caption><thead><tr><th scope=\"col\">Sender</th><th scope=\"col\">Last</th><th scope=\"col\" class=\"num\">Events</th><th scope=\"col\" class=\"num\">Metrics</th><th scope=\"col\" class=\"num\">Spans</th><th scope=\"col\">Names</th><th scope=\"col\">Seems to lack</th></tr></thead><tbody>\n"
            );
            foreach (var sender in senders.Take(ShownSenders))
            {
                Row(html, page, sender);
            }

            html.Write(
                $"</tbody></table></div>{(senders.Count > ShownSenders ? (Fragment)(inner => inner.Write($"<p class=\"dim\">and {senders.Count - ShownSenders} more senders</p>")) : null)}</section>"
            );
        };

    private static void Row(HtmlWriter html, PageContext page, ArrivedSender sender)
    {
        html.Write(
            $"<tr><th scope=\"row\">{new Foreign(sender.Source.Sender)}<span class=\"badges\">{Parts.Chips(new[] { sender.Source.Tenant, sender.Source.Version }.Where(static text => text.Length > 0))}</span></th><td data-label=\"Last\" class=\"nowrap\">{new Ago(sender.Last, page.Now)}</td>"
        );
        foreach (var signal in Signals)
        {
            var count = sender.Signals.FirstOrDefault(one => one.Signal == signal)?.Count ?? 0;
            html.Write($"<td data-label=\"{LabelOf(signal)}\" class=\"num\">{new Number(count)}</td>");
        }

        html.Write(
            $"<td data-label=\"Names\">{Names(sender.Names)}</td><td data-label=\"Seems to lack\" class=\"missing\">{Advice(SetupAdvice.For((SetupSigns)sender.Marks))}</td></tr>\n"
        );
    }

    private static Fragment Names(IReadOnlyList<ArrivedName> names) =>
        html =>
        {
            html.Write($"<details><summary class=\"dim\">{Format.Count(names.Count, "name", "names")}</summary><ul class=\"small\">");
            foreach (var name in names)
            {
                html.Write($"<li>{new Foreign(name.Name)} <span class=\"dim\">{Format.Whole(name.Count)}</span></li>");
            }

            html.Write($"</ul></details>");
        };

    /// <summary>Settings, with what one would see with each.</summary>
    public static Fragment Advice(IReadOnlyList<SetupAdvice> lacking) =>
        lacking.Count == 0
            ? static html => html.Write($"<span class=\"dim\">nothing</span>")
            : html =>
            {
                html.Write($"<ul class=\"advice\">");
                foreach (var advice in lacking)
                {
                    html.Write(
                        $"<li><details><summary><code>{advice.Variable}={advice.Value}</code>{(advice.IsContent ? Choice : null)}</summary>{advice.Sentence}</details></li>"
                    );
                }

                html.Write($"</ul>");
            };

    private static void Choice(HtmlWriter html) =>
        html.Write(
            $" <span class=\"tag\" title=\"It makes Claude Code send contents: that is your choice, nothing is wrong without it\">optional</span>"
        );

    private static string LabelOf(string signal) =>
        signal switch
        {
            "logs" => "Events",
            "metrics" => "Metrics",
            _ => "Spans",
        };
}
