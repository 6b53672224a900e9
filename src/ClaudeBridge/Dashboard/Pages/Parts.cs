using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>Small pieces that several pages are made of.</summary>
internal static class Parts
{
    /// <summary>A figure with its name; what it was in the period before, or a remark, below it.</summary>
    public static Fragment Tile(string name, Fragment figure, Fragment? below = null, string? title = null) =>
        html => html.Write($"<div class=\"tile\"{Title(title)}><dt>{name}</dt><dd>{figure}</dd><dd class=\"below\">{below}</dd></div>\n");

    /// <summary>How a figure compares with the one of the period before; null where there was none to compare with.</summary>
    public static Fragment? Change(decimal now, decimal before, Func<decimal, string> form) =>
        before == 0
            ? null
            : html =>
            {
                if (now == before)
                {
                    html.Write($"<span class=\"dim\">as before</span>");
                    return;
                }

                var change = (double)((now - before) / before);
                var (sign, word) = change > 0 ? ("▲", "more") : ("▼", "less");
                html.Write(
                    $"<span class=\"change\" title=\"in the period before: {form(before)}\"><span aria-hidden=\"true\">{sign}</span> {(change > 9.995 ? "×" + ((double)(now / before)).ToString("0", System.Globalization.CultureInfo.InvariantCulture) : Format.Percent(Math.Abs(change)))}<span class=\"hidden\"> {word} than {form(before)} in the period before</span></span>"
                );
            };

    /// <summary>A remark beside another one, behind a dot.</summary>
    public static Fragment? Also(Fragment? remark) =>
        remark is null ? null : html => html.Write($"<span aria-hidden=\"true\"> · </span>{remark}");

    public static Fragment Level(string level) =>
        html =>
        {
            switch (level)
            {
                case "ERROR":
                    html.Write($"<span class=\"badge error\">{new Icon("error")}error</span>");
                    break;
                case "WARNING":
                    html.Write($"<span class=\"badge warning\">{new Icon("warning")}warning</span>");
                    break;
            }
        };

    public static Fragment Running(string title) =>
        html =>
            html.Write(
                $"<span class=\"badge running\" title=\"{title}\"><span class=\"dot\" aria-hidden=\"true\"></span>in progress</span>"
            );

    public static Fragment Completeness(string word, IReadOnlyList<string> reasons) =>
        html =>
        {
            var icon = word == "complete" ? new Icon("ok") : new Icon("warning");
            html.Write($"<span class=\"badge {ClassOf(word)}\" title=\"{string.Join("; ", reasons)}\">{icon}{word}</span>");
        };

    public static Fragment Chips(IEnumerable<string> names) =>
        html =>
        {
            foreach (var name in names)
            {
                html.Write($"<span class=\"tag\">{new Foreign(name)}</span> ");
            }
        };

    /// <summary>A heading of a column that the list can be ordered by.</summary>
    public static Fragment Column(PageContext page, string label, PageOrder order, bool isNumber = true) =>
        html =>
        {
            var isCurrent = page.Query.Order == order;
            var name = order.ToString().ToLowerInvariant();
            html.Write(
                $"<th scope=\"col\"{(isNumber ? Numeric : null)}{(isCurrent ? Sorted : null)}><a href=\"{page.Query.Link(page.Path, ("order", order == PageOrder.Latest ? null : name))}\" title=\"{TitleOf(order)}\">{label}<span class=\"arrow\" aria-hidden=\"true\">{(isCurrent ? " ↓" : "")}</span></a></th>"
            );
        };

    public static Fragment Pager(PageContext page, string? next) =>
        html =>
        {
            var isFirst = page.Query["cursor"] is null;
            if (isFirst && next is null)
            {
                return;
            }

            html.Write($"<nav class=\"pager\" aria-label=\"Pages of this list\">");
            if (!isFirst)
            {
                html.Write($"<a class=\"button\" href=\"{page.Query.Link(page.Path)}\">First page</a>");
            }

            if (next is not null)
            {
                html.Write($"<a class=\"button\" rel=\"next\" href=\"{page.Query.Link(page.Path, ("cursor", next))}\">Next page</a>");
            }

            html.Write($"</nav>");
        };

    /// <summary>The beginning of a prompt, or why there is none.</summary>
    public static string Prompt(string? input, string name) =>
        !string.IsNullOrWhiteSpace(input) ? input
        : name.StartsWith("claude-code", StringComparison.Ordinal) ? "(no prompt text)"
        : name;

    public static string ShortId(string id) => id.Length <= 8 ? id : id[..8];

    private static string TitleOf(PageOrder order) =>
        order switch
        {
            PageOrder.Cost => "The most expensive first",
            PageOrder.Tokens => "The most tokens first",
            PageOrder.Errors => "The most errors first",
            PageOrder.Duration => "The longest first",
            _ => "The latest first",
        };

    private static string ClassOf(string completeness) =>
        completeness switch
        {
            "complete" => "ok",
            "conflict" => "error",
            _ => "warning",
        };

    private static Fragment? Title(string? title) => title is null ? null : html => html.Write($" title=\"{title}\"");

    private static void Numeric(HtmlWriter html) => html.Write($" class=\"num\"");

    private static void Sorted(HtmlWriter html) => html.Write($" aria-sort=\"descending\"");
}
