using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Dashboard;

/// <summary>What stands around every page: head, navigation, foot.</summary>
internal static class Layout
{
    private static readonly (string Path, string Name)[] Navigation =
    [
        (Paths.Overview, "Overview"),
        (Paths.Turns, "Turns"),
        (Paths.Sessions, "Sessions"),
        (Paths.Members, "Members"),
        (Paths.Status, "Status"),
    ];

    public static void Write(HtmlWriter html, PageContext page, PageContent content)
    {
        var refresh = content.IsLive ? (long)page.Options.RefreshEvery.TotalSeconds : 0;
        html.Write(
            $"""
            <!DOCTYPE html>
            <html lang="en"{ThemeOf(page)}>
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="same-origin">
            <title>{content.Title} · ClaudeBridge</title>
            <link rel="icon" href="{AssetStore.Icon.Path}" type="image/svg+xml">
            <link rel="stylesheet" href="{AssetStore.Style.Path}">
            <script src="{AssetStore.Script.Path}" defer></script>
            {Refresh(refresh)}</head>
            <body{LiveMark(content.IsLive)}>
            <a class="skip" href="#main">Skip to the content</a>
            {IconSheet.Write}
            {Header(page, content)}
            <main id="main" tabindex="-1">
            {content.Main}
            </main>
            <footer class="foot"><p>Costs are what the client computed: an <strong>estimate</strong> in US dollars, not a bill. <span id="zone">Times are UTC.</span></p><p>ClaudeBridge {BridgeVersion.Text}</p></footer>
            </body>
            </html>

            """
        );
    }

    /// <summary>Without JavaScript alone: with it the page follows the store and keeps its place.</summary>
    private static Fragment? Refresh(long seconds) =>
        seconds > 0 ? html => html.Write($"<noscript><meta http-equiv=\"refresh\" content=\"{seconds}\"></noscript>\n") : null;

    private static Fragment? LiveMark(bool isLive) => isLive ? static html => html.Write($" data-live=\"{Paths.Live}\"") : null;

    private static Fragment? ThemeOf(PageContext page) => page.Theme is { } theme ? html => html.Write($" data-theme=\"{theme}\"") : null;

    private static Fragment Header(PageContext page, PageContent content) =>
        html =>
        {
            html.Write(
                $"""
                <header class="top"><div class="bar">
                <a class="brand" href="{Paths.Overview}"><svg class="icon logo" aria-hidden="true"><use href="#i-logo"/></svg>ClaudeBridge</a>

                """
            );
            if (!content.IsBare)
            {
                html.Write($"<nav aria-label=\"Pages\"><ul>");
                foreach (var (path, name) in Navigation)
                {
                    html.Write($"<li><a href=\"{page.Query.LinkAfresh(path)}\"{Current(page, path)}>{name}</a></li>");
                }

                html.Write(
                    $"""
                    </ul></nav>
                    <form class="search" role="search" action="{Paths.Turns}"><label class="hidden" for="search">Search prompts, answers and ids</label>{new Icon(
                        "search"
                    )}<input id="search" type="search" name="q" placeholder="Search prompts, answers, ids" value="{page.Query[
                        "q"
                    ]}" maxlength="200">{Carried(page)}</form>
                    """
                );
            }

            html.Write(
                $"""
                <div class="tools">
                <span id="live" class="live" hidden><span id="live-state" role="status">live</span><button type="button" id="pause" aria-pressed="false" title="Pause updates">{new Icon(
                    "pause",
                    "Pause updates"
                )}</button></span>
                <button type="button" id="theme" hidden title="Light or dark">{new Icon("theme", "Light or dark")}</button>
                {Leave(page, content)}</div></div></header>
                """
            );
        };

    private static Fragment Carried(PageContext page) =>
        html =>
        {
            if (page.Query["tenant"] is { } tenant)
            {
                html.Write($"<input type=\"hidden\" name=\"tenant\" value=\"{tenant}\">");
            }
        };

    private static Fragment? Leave(PageContext page, PageContent content) =>
        content.IsBare || !page.HasLogin
            ? null
            : static html =>
                html.Write(
                    $"<form method=\"post\" action=\"{Paths.Logout}\"><button type=\"submit\" class=\"plain\">Log out</button></form>"
                );

    private static Fragment? Current(PageContext page, string path) =>
        path == Paths.Overview
            ? page.Path == path
                ? Mark("page")
                : null
            : page.Path == path
                ? Mark("page")
                : page.Path.StartsWith(path + "/", StringComparison.Ordinal)
                || path == Paths.Turns && page.Path.StartsWith("/traces/", StringComparison.Ordinal)
                    ? Mark("true")
                    : null;

    private static Fragment Mark(string how) => html => html.Write($" aria-current=\"{how}\"");
}
