using ClaudeBridge.Dashboard.Html;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary>Pages that say one thing and where to go from there.</summary>
internal static class Messages
{
    public static PageContent NotFound(string what) =>
        Of(
            StatusCodes.Status404NotFound,
            "Not found",
            what,
            static html =>
                html.Write(
                    $"<p>It may have been deleted after the time that sessions are kept, or it belongs to a tenant that this key does not see.</p><p><a class=\"button\" href=\"{Paths.Overview}\">Overview</a> <a class=\"button\" href=\"{Paths.Turns}\">Latest turns</a></p>"
                )
        );

    public static PageContent BadQuery(string reason, string path) =>
        Of(
            StatusCodes.Status400BadRequest,
            "That address cannot be read",
            reason,
            html => html.Write($"<p><a class=\"button\" href=\"{path}\">The page without filters</a></p>")
        );

    public static PageContent TooMuch(string reason, int status) =>
        Of(status, "This is too much to look at in one go", reason, static _ => { });

    public static PageContent Unavailable(string reason) =>
        Of(
            StatusCodes.Status503ServiceUnavailable,
            "The store cannot be read now",
            reason,
            static html =>
                html.Write(
                    $"<p>Nothing that arrived is lost: it is in the journal. <a href=\"{Paths.Status}\">Status</a> says how the parts are.</p>"
                )
        ) with
        {
            IsLive = true,
        };

    public static PageContent Busy(string reason, int status) =>
        Of(
            status,
            "The bridge is busy",
            reason,
            static html =>
                html.Write($"<p>What arrives is taken in all the same. <a href=\"{Paths.Status}\">Status</a> says how the parts are.</p>")
        );

    public static PageContent Failed() =>
        Of(
            StatusCodes.Status500InternalServerError,
            "This page could not be made",
            "That is a mistake of the bridge, not yours. Its log says more; what it takes in and delivers goes on.",
            static html => html.Write($"<p><a class=\"button\" href=\"{Paths.Overview}\">Overview</a></p>")
        );

    private static PageContent Of(int status, string title, string reason, Fragment way) =>
        new(
            title,
            html => html.Write($"<section class=\"message\"><p class=\"code\">{status}</p><h1>{title}</h1><p>{reason}</p>{way}</section>")
        )
        {
            Status = status,
        };

    /// <summary>What stands in place of a list that is empty.</summary>
    public static Fragment Empty(string title, Fragment way) => html => html.Write($"<div class=\"empty\"><h2>{title}</h2>{way}</div>");
}
