using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>The choice of time by links, the filters as a form that puts them into the address, and what is set as chips that take it back.</summary>
internal static class FilterBar
{
    /// <summary>Links to spans of time.</summary>
    /// <param name="standard">The range that is shown when the address names none; null for all time.</param>
    public static Fragment Ranges(PageContext page, string? standard) =>
        html =>
        {
            var isCustom = page.Query["from"] is not null || page.Query["to"] is not null;
            var current = isCustom ? null : page.Query["range"] ?? standard ?? "all";
            html.Write($"<nav class=\"ranges\" aria-label=\"Time\"><ul>");
            foreach (var (name, label, _) in ViewQuery.Ranges)
            {
                html.Write(
                    $"<li><a href=\"{page.Query.Link(page.Path, ("range", name))}\"{Current(name == current)}><span class=\"hidden\">the last </span>{label}</a></li>"
                );
            }

            if (standard is null)
            {
                html.Write($"<li><a href=\"{page.Query.Link(page.Path, ("range", null))}\"{Current(current == "all")}>all</a></li>");
            }

            html.Write($"</ul></nav>");
        };

    /// <summary>The form and the chips.</summary>
    /// <param name="names">Which filters this page has.</param>
    public static Fragment Form(PageContext page, FilterValues values, bool hasText, params string[] names) =>
        html =>
        {
            html.Write(
                $"<details class=\"filterbox\"><summary>Filters</summary><form class=\"filters\" method=\"get\" action=\"{page.Path}\" aria-label=\"Filters\">"
            );
            if (hasText)
            {
                html.Write(
                    $"<label class=\"wide\">Words or id<input type=\"search\" name=\"q\" value=\"{page.Query["q"]}\" maxlength=\"200\" title=\"Words that all stand in a prompt or an answer, or the beginning of an id\"></label>"
                );
            }

            foreach (var name in names)
            {
                Select(html, page, name, ChoicesOf(values, name));
            }

            Day(html, page, "from", "From");
            Day(html, page, "to", "To");
            if (hasText)
            {
                html.Write(
                    $"<label class=\"check\"><input type=\"checkbox\" name=\"failed\" value=\"1\"{(page.Query.OnlyFailed ? Checked : null)}>With errors only</label>"
                );
            }

            var fields = names.Concat(["from", "to", "q", "failed"]);
            foreach (var (name, value) in page.Query.Except(fields))
            {
                if (name != "range")
                {
                    html.Write($"<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
                }
            }

            // The range that is on stays, unless days are given: those come first.
            if (page.Query["range"] is { } range)
            {
                html.Write($"<input type=\"hidden\" name=\"range\" value=\"{range}\">");
            }

            html.Write($"<button type=\"submit\">Apply</button></form></details>{Chips(page)}");
        };

    private static IReadOnlyList<string> ChoicesOf(FilterValues values, string name) =>
        name switch
        {
            "user" => values.Users,
            "model" => values.Models,
            "tool" => values.Tools,
            "tenant" => values.Tenants,
            _ => values.Labels.GetValueOrDefault(name) ?? [],
        };

    private static void Select(HtmlWriter html, PageContext page, string name, IReadOnlyList<string> choices)
    {
        var chosen = page.Query[name];
        if (name == "tenant" && (page.Caller.Tenant is not null || choices.Count < 2 && chosen is null))
        {
            return;
        }

        if (choices.Count == 0 && chosen is null)
        {
            return;
        }

        html.Write($"<label>{LabelOf(name)}<select name=\"{name}\"><option value=\"\">all</option>");
        foreach (var choice in chosen is null || choices.Contains(chosen) ? choices : choices.Prepend(chosen))
        {
            if (choice.Length > 0)
            {
                html.Write($"<option value=\"{choice}\"{(choice == chosen ? Selected : null)}>{choice}</option>");
            }
        }

        html.Write($"</select></label>");
    }

    private static void Day(HtmlWriter html, PageContext page, string name, string label) =>
        html.Write(
            $"<label>{label}<input type=\"date\" name=\"{name}\" value=\"{(page.Query[name] is { Length: 10 } day ? day : "")}\"></label>"
        );

    private static Fragment Chips(PageContext page) =>
        html =>
        {
            var set = ViewQuery
                .Filters.Append((Name: "q", Label: "Words"))
                .Append((Name: "failed", Label: "With errors"))
                .Append((Name: "completeness", Label: "Data"))
                .Append((Name: "from", Label: "From"))
                .Append((Name: "to", Label: "To"))
                .Where(filter => page.Query[filter.Name] is not null)
                .ToArray();
            if (set.Length == 0)
            {
                return;
            }

            html.Write($"<ul class=\"chips\" aria-label=\"Filters that are set\">");
            foreach (var (name, label) in set)
            {
                html.Write(
                    $"<li><a href=\"{page.Query.Link(page.Path, (name, null))}\"><span class=\"dim\">{label}</span> {new Foreign(name == "failed" ? "only" : (name, page.Query[name]) is ("service", "*") ? "all" : page.Query[name])} <span aria-hidden=\"true\">×</span><span class=\"hidden\">: take back</span></a></li>"
                );
            }

            html.Write($"<li><a class=\"clear\" href=\"{page.Path}\">Clear all</a></li></ul>");
        };

    private static string LabelOf(string name) => ViewQuery.Filters.First(filter => filter.Name == name).Label;

    private static void Checked(HtmlWriter html) => html.Write($" checked");

    private static void Selected(HtmlWriter html) => html.Write($" selected");

    private static Fragment? Current(bool isCurrent) => isCurrent ? static html => html.Write($" aria-current=\"true\"") : null;
}
