using ClaudeBridge.Dashboard.Html;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/login</c>: a key, once.</summary>
internal static class LoginPage
{
    /// <param name="to">Where it leads to: a path of this bridge.</param>
    /// <param name="error">What was wrong with the key before; null at first.</param>
    public static PageContent Make(string to, string? error, int status = StatusCodes.Status200OK) =>
        new(
            "Log in",
            html =>
                html.Write(
                    $"""
                    <form class="login card" method="post" action="{Paths.Login}">
                    <h1>Log in</h1>
                    <p>This bridge is locked with a key. A tenant's key opens what that tenant sent; the key of the bridge opens everything.</p>
                    {Error(error)}
                    <input type="hidden" name="to" value="{to}">
                    <label for="key">Key</label>
                    <input id="key" type="password" name="key" required autofocus autocomplete="current-password" maxlength="1024"{(
                        error is null ? null : Invalid
                    )}>
                    <button type="submit" class="primary">Log in</button>
                    <p class="small dim">It is the key that your Claude Code sends as <code>x-api-key</code>, or <code>API_KEY</code> of the bridge. Your browser gets a cookie in its place and does not keep the key.</p>
                    </form>
                    """
                )
        )
        {
            Status = status,
            IsBare = true,
        };

    private static Fragment? Error(string? error) =>
        error is null ? null : html => html.Write($"<p class=\"note error\" id=\"wrong\" role=\"alert\">{new Icon("error")}{error}</p>");

    private static void Invalid(HtmlWriter html) => html.Write($" aria-invalid=\"true\" aria-describedby=\"wrong\"");
}
