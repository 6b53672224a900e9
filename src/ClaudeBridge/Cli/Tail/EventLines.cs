using System.Text.Json;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ClaudeBridge.Cli.Tail;

/// <summary>Prints events, one line each: cut to the width of a terminal and coloured there, whole in a pipe.</summary>
/// <param name="output">Where lines without colours go.</param>
internal sealed class EventLines(Terminal terminal, TextWriter output, bool json)
{
    /// <summary>As wide as most names of events.</summary>
    private const int NameWidth = 18;

    public void Write(EventRow row)
    {
        if (json)
        {
            output.WriteLine(TerminalText.Lines(JsonSerializer.Serialize(row, StoreJson.Compact.EventRow)));
            return;
        }

        var parts = PartsOf(row);
        if (terminal.IsOutRedirected)
        {
            output.WriteLine(string.Join("  ", parts.Select(static part => part.Text)).TrimEnd());
            return;
        }

        var line = new Paragraph();
        var left = Math.Max(20, terminal.OutConsole.Profile.Width);
        foreach (var (place, part) in parts.Index())
        {
            var text = Cut((place == 0 ? "" : "  ") + part.Text, ref left);
            line.Append(text, StyleOf(part.Kind));
        }

        terminal.OutConsole.Write(line);
        terminal.OutConsole.WriteLine();
    }

    private List<EventPart> PartsOf(EventRow row)
    {
        var name = Texts.OneLine(EventTexts.NameOf(row), 40);
        return
        [
            // In a file the day must stand in every line.
            new(Texts.Time(row.Time, terminal.IsOutRedirected ? "yyyy-MM-dd'T'HH:mm:ss.fff'Z'" : "HH:mm:ss.fff'Z'"), PartKind.Dim),
            new(Texts.OneLine(Texts.ShortId(row.SessionId ?? "-"), Texts.ShortIdLength).PadRight(Texts.ShortIdLength), PartKind.Dim),
            new(name.PadRight(NameWidth), EventTexts.IsFailure(row) ? PartKind.Bad : PartKind.Plain),
            .. EventTexts.Of(row),
        ];
    }

    /// <summary>As much as still fits, with an ellipsis where something is left out.</summary>
    private static string Cut(string text, ref int left)
    {
        var width = Width(text);
        if (width <= left)
        {
            left -= width;
            return text;
        }

        if (left <= 0)
        {
            return "";
        }

        var kept = "";
        foreach (var rune in text.EnumerateRunes())
        {
            if (Width(kept) + Width(rune.ToString()) >= left)
            {
                break;
            }

            kept += rune.ToString();
        }

        left = 0;
        return kept + "…";
    }

    private static int Width(string text) => new Segment(text).CellCount();

    private static Style StyleOf(PartKind kind) =>
        kind switch
        {
            PartKind.Name => new Style(Color.Aqua),
            PartKind.Good => new Style(Color.Green),
            PartKind.Warning => new Style(Color.Yellow),
            PartKind.Bad => new Style(Color.Red),
            PartKind.Dim => new Style(decoration: Decoration.Dim),
            _ => Style.Plain,
        };
}
