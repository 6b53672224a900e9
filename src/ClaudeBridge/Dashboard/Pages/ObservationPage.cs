using System.Text.Encodings.Web;
using System.Text.Json;
using ClaudeBridge.Dashboard.Html;
using ClaudeBridge.Dashboard.Waterfall;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard.Pages;

/// <summary><c>/traces/{id}/observations/{id}</c>: one observation with its whole contents.</summary>
internal sealed class ObservationPage(IStorePages store)
{
    /// <summary>Longer contents are shown as they are, not set out.</summary>
    private const int MaxSetOut = 500_000;

    public PageContent? Make(PageContext page, string traceId, string observationId) =>
        store.Observation(page.Caller.Tenant, traceId, observationId) is { } found
            ? new(found.Name, html => Write(html, traceId, found))
            : Messages.NotFound($"There is no observation {observationId} in trace {traceId}.");

    private static void Write(HtmlWriter html, string traceId, ObservationDetail found) =>
        html.Write(
            $"""
            <nav class="crumbs" aria-label="Way here"><ol><li><a href="{Paths.Turns}">Turns</a></li><li><a href="{Paths.Trace(
                traceId
            )}#o-{found.Id}">trace <span class="id">{Parts.ShortId(
                traceId
            )}</span></a></li><li aria-current="page"><span class="id">{found.Id}</span></li></ol></nav>
            <div class="head"><h1 class="long">{Icon.Of(found.Type)} {new Foreign(found.Name)}</h1></div>
            <p class="facts">{Parts.Level(found.Level)}<span>{found.Type.ToLowerInvariant()}</span><span>{new Moment(
                found.StartTime
            )}</span></p>
            {Status(found)}
            <dl class="tiles small">
            {Parts.Tile("Took", inner => inner.Write($"{new Length(found.EndTime - found.StartTime)}"))}{(
                found.CostMicros is { } micros
                    ? Parts.Tile("Cost, estimate", inner => inner.Write($"{new Money(micros, found.Cost)}"))
                    : null
            )}{Usage(found.Usage)}
            </dl>
            {Content("Input", found.Input)}{Content("Output", found.Output)}{Metadata(found)}
            """
        );

    private static Fragment? Status(ObservationDetail found) =>
        string.IsNullOrEmpty(found.StatusMessage)
            ? null
            : html =>
                html.Write(
                    $"<div class=\"note {(found.Level == "ERROR" ? "error" : "")}\"><p>{new Foreign(found.StatusMessage)}</p></div>"
                );

    private static Fragment? Usage(UsageSummary? usage) =>
        usage is null
            ? null
            : html =>
                html.Write(
                    $"{Parts.Tile("Input tokens", inner => inner.Write($"{new Number(usage.Input)}"))}{Parts.Tile("Cache read", inner => inner.Write($"{new Number(usage.CacheRead)}"))}{Parts.Tile("Cache write", inner => inner.Write($"{new Number(usage.CacheCreation)}"))}{Parts.Tile("Output tokens", inner => inner.Write($"{new Number(usage.Output)}"))}"
                );

    private static Fragment? Content(string title, string? content) =>
        string.IsNullOrEmpty(content)
            ? null
            : html =>
                html.Write(
                    $"<section class=\"content\"><h2>{title} <span class=\"dim small\">{Format.Count(content.Length, "character", "characters")}</span></h2><pre tabindex=\"0\" dir=\"auto\">{Readable(content)}</pre></section>"
                );

    private static Fragment? Metadata(ObservationDetail found) =>
        found.Metadata.Count == 0 && found.Model is null
            ? null
            : html =>
            {
                html.Write($"<section><h2>Metadata</h2><div class=\"card\">");
                WaterfallView.Table(
                    html,
                    "Metadata",
                    found.Model is { } model ? found.Metadata.Prepend(new("model", model)) : found.Metadata
                );
                html.Write($"</div></section>");
            };

    /// <summary>JSON with an entry a line; anything else as it is.</summary>
    private static string Readable(string content)
    {
        if (content.Length > MaxSetOut || content[0] is not ('{' or '['))
        {
            return content;
        }

        try
        {
            using var json = JsonDocument.Parse(content);
            using var memory = new MemoryStream();
            using (
                var writer = new Utf8JsonWriter(memory, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            )
            {
                json.WriteTo(writer);
            }

            return System.Text.Encoding.UTF8.GetString(memory.ToArray());
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException)
        {
            return content;
        }
    }
}
