using System.Globalization;
using ClaudeBridge.Store;

namespace ClaudeBridge.Dashboard.Html;

/// <summary>US dollars, short; the exact amount in its title.</summary>
/// <param name="Exact">As the store gives it; null where only millionths are known.</param>
internal readonly record struct Money(long Micros, string? Exact = null) : IHtml
{
    public void WriteTo(HtmlWriter html)
    {
        var exact = Exact ?? Format.Dollars(Micros).ToString("0.######", CultureInfo.InvariantCulture);
        html.Write($"<data value=\"{exact}\" title=\"${exact}, the client's estimate\">{Format.Money(Micros)}</data>");
    }
}

/// <summary>A number, short; all of its digits in its title.</summary>
internal readonly record struct Number(decimal Value) : IHtml
{
    public void WriteTo(HtmlWriter html)
    {
        var whole = Format.Whole(Value);
        var plain = Value.ToString(CultureInfo.InvariantCulture);
        if (Math.Abs(Value) < 1000)
        {
            html.Write($"<data value=\"{plain}\">{whole}</data>");
        }
        else
        {
            html.Write($"<data value=\"{plain}\" title=\"{whole}\">{Format.Short(Value)}</data>");
        }
    }
}

/// <summary>Tokens in and out; the four kinds in its title.</summary>
internal readonly record struct Tokens(UsageSummary Usage) : IHtml
{
    public static long In(UsageSummary usage) => usage.Input + usage.CacheRead + usage.CacheCreation;

    public static long Sum(UsageSummary usage) => In(usage) + usage.Output;

    public static string Title(UsageSummary usage) =>
        $"input {Format.Whole(usage.Input)}, cache read {Format.Whole(usage.CacheRead)}, cache write {Format.Whole(usage.CacheCreation)}, output {Format.Whole(usage.Output)}";

    public void WriteTo(HtmlWriter html) =>
        html.Write(
            $"<span class=\"nowrap\" title=\"{Title(Usage)}\">{Format.Short(In(Usage))}<span class=\"dim\"> → </span>{Format.Short(Usage.Output)}</span>"
        );
}

/// <summary>How long something took; milliseconds in its title.</summary>
internal readonly record struct Length(TimeSpan Value) : IHtml
{
    public void WriteTo(HtmlWriter html) =>
        html.Write(
            $"<data class=\"nowrap\" value=\"{Value.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture)}\" title=\"{Value.TotalMilliseconds.ToString("#,0.###", CultureInfo.InvariantCulture)} ms\">{Format.Length(Value)}</data>"
        );
}

/// <summary>A moment in UTC. The script may show it in the reader's own time.</summary>
internal readonly record struct Moment(DateTimeOffset Time, string Form = "yyyy-MM-dd HH:mm:ss") : IHtml
{
    public void WriteTo(HtmlWriter html) =>
        html.Write($"<time datetime=\"{Format.Iso(Time)}\" title=\"{Format.Utc(Time)}\" data-local>{Format.Utc(Time, Form)}</time>");
}

/// <summary>How long ago a moment was, as it was when the page was made.</summary>
internal readonly record struct Ago(DateTimeOffset Time, DateTimeOffset Now) : IHtml
{
    public void WriteTo(HtmlWriter html) =>
        html.Write($"<time datetime=\"{Format.Iso(Time)}\" title=\"{Format.Utc(Time)}\">{Format.Ago(Now - Time)}</time>");
}

/// <summary>A share of 0 to 1, or a dash where there is nothing to have a share of.</summary>
internal readonly record struct Percent(double? Share) : IHtml
{
    public void WriteTo(HtmlWriter html)
    {
        if (Share is { } share)
        {
            html.Write(
                $"<data value=\"{share.ToString("0.######", CultureInfo.InvariantCulture)}\" title=\"{(share * 100).ToString("0.###", CultureInfo.InvariantCulture)}%\">{Format.Percent(share)}</data>"
            );
        }
        else
        {
            html.Write($"<span class=\"dim\" title=\"nothing to take a share of\">–</span>");
        }
    }
}

/// <summary>A text that somebody else wrote: isolated, so that its direction does not spill over.</summary>
internal readonly record struct Foreign(string? Text) : IHtml
{
    public void WriteTo(HtmlWriter html) => html.Write($"<bdi>{Text}</bdi>");
}

/// <summary>A bar of a share of 0 to 1, below the text of a cell. The number stands beside it, so it is hidden from readers of the text.</summary>
internal readonly record struct ShareBar(double Share) : IHtml
{
    public void WriteTo(HtmlWriter html) =>
        html.Write(
            $"<svg class=\"share\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"4\"/><rect width=\"{Format.Coordinate(Math.Clamp(Share, 0, 1) * 100)}\" height=\"4\"/></svg>"
        );
}
