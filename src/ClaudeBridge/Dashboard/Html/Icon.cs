namespace ClaudeBridge.Dashboard.Html;

/// <summary>A drawing of 16 by 16 from the sheet that every page carries (<see cref="IconSheet"/>).</summary>
/// <param name="Name">Its name on the sheet.</param>
/// <param name="Label">What it says to those who do not see it; null where the text beside it says it already.</param>
internal readonly record struct Icon(string Name, string? Label = null) : IHtml
{
    /// <summary>The icon of an observation's type.</summary>
    public static Icon Of(string type) =>
        type switch
        {
            "GENERATION" => new("generation", "Model request"),
            "AGENT" => new("agent", "Agent"),
            "TOOL" => new("tool", "Tool"),
            "EVENT" => new("event", "Event"),
            _ => new("span", "Span"),
        };

    public void WriteTo(HtmlWriter html)
    {
        if (Label is null)
        {
            html.Write($"<svg class=\"icon i-{Name}\" aria-hidden=\"true\"><use href=\"#i-{Name}\"/></svg>");
        }
        else
        {
            html.Write($"<svg class=\"icon i-{Name}\" role=\"img\" aria-label=\"{Label}\"><use href=\"#i-{Name}\"/></svg>");
        }
    }
}

/// <summary>The drawings of all icons, once a page; <c>use</c> refers to them.</summary>
internal static class IconSheet
{
    public static void Write(HtmlWriter html) =>
        html.Write(
            $"""
            <svg class="sheet" width="0" height="0" aria-hidden="true" focusable="false">
            <symbol id="i-logo" viewBox="0 0 24 24"><path d="M2 17h20M5 17V8M19 17V8M5 8c2.5 5 11.5 5 14 0M2 11c1.5-.6 2.5-1.7 3-3M22 11c-1.5-.6-2.5-1.7-3-3M9 11.2V17M12 12v5M15 11.2V17"/></symbol>
            <symbol id="i-generation" viewBox="0 0 16 16"><path d="M8 1.5 9.7 6.3 14.5 8 9.7 9.7 8 14.5 6.3 9.7 1.5 8 6.3 6.3z"/></symbol>
            <symbol id="i-agent" viewBox="0 0 16 16"><path d="M3 6.5h10v6.5H3zM8 6.5V3M6 9.2v1.2M10 9.2v1.2"/><circle cx="8" cy="2.3" r=".9"/></symbol>
            <symbol id="i-tool" viewBox="0 0 16 16"><path d="M10 2.2a3.5 3.5 0 0 0-3.3 4.7L2 11.6 4.4 14l4.7-4.7a3.5 3.5 0 0 0 4.7-3.9L11.5 7.6 9.3 7l-.9-2.5z"/></symbol>
            <symbol id="i-event" viewBox="0 0 16 16"><path d="M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z"/></symbol>
            <symbol id="i-span" viewBox="0 0 16 16"><path d="M2 4h8M4 8h8M6 12h8"/></symbol>
            <symbol id="i-error" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><path d="M8 4.7v4M8 11v.3"/></symbol>
            <symbol id="i-warning" viewBox="0 0 16 16"><path d="M8 2 14.5 13.5h-13zM8 6.5v3.5M8 11.8v.2"/></symbol>
            <symbol id="i-ok" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><path d="m5.2 8.2 2 2 3.6-4"/></symbol>
            <symbol id="i-search" viewBox="0 0 16 16"><circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/></symbol>
            <symbol id="i-theme" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><path class="fill" d="M8 2a6 6 0 0 1 0 12z"/></symbol>
            <symbol id="i-pause" viewBox="0 0 16 16"><path d="M5.5 3.5v9M10.5 3.5v9"/></symbol>
            <symbol id="i-wait" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.3 1.7"/></symbol>
            </svg>
            """
        );
}
