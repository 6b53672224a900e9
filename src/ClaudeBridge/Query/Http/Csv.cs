using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ClaudeBridge.Query.Http;

/// <summary>A column of a CSV answer, named by the path of its value in the JSON answer.</summary>
/// <param name="Value">A text, a number, a time, a flag, a list or map of texts, or null.</param>
internal sealed record Column<T>(string Name, Func<T, object?> Value);

/// <summary>CSV by RFC 4180 with a header. Everything in the store was chosen by strangers: a text that a spreadsheet would take for a formula gets a quote before it.</summary>
internal sealed class Csv
{
    public const string ContentType = "text/csv; charset=utf-8; header=present";

    /// <summary>What formulas begin with, also in the wide forms that some programs read alike.</summary>
    private const string Formula = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    private readonly StringBuilder _text = new();

    public Csv Header<T>(IReadOnlyList<Column<T>> columns)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            Cell(columns[i].Name, i == 0);
        }

        return End();
    }

    public Csv Row<T>(T row, IReadOnlyList<Column<T>> columns)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            Cell(columns[i].Value(row), i == 0);
        }

        return End();
    }

    /// <summary>A line with one text alone.</summary>
    public Csv Note(string text)
    {
        Cell(text, isFirst: true);
        return End();
    }

    /// <summary>What was written since the last time.</summary>
    public string Take()
    {
        var text = _text.ToString();
        _text.Clear();
        return text;
    }

    private void Cell(object? value, bool isFirst)
    {
        if (!isFirst)
        {
            _text.Append(',');
        }

        switch (value)
        {
            case null:
                break;
            case string text:
                Text(text);
                break;
            case ExactNumber number:
                _text.Append(number.Digits);
                break;
            case bool flag:
                _text.Append(flag ? "true" : "false");
                break;
            case DateTimeOffset time:
                _text.Append(JsonSerializer.Serialize(time, QueryJson.Compact.DateTimeOffset).Trim('"'));
                break;
            case IReadOnlyList<string> list:
                Quoted(JsonSerializer.Serialize(list, QueryJson.Compact.IReadOnlyListString));
                break;
            case IReadOnlyDictionary<string, string> map:
                Quoted(JsonSerializer.Serialize(map, QueryJson.Compact.IReadOnlyDictionaryStringString));
                break;
            case IFormattable number:
                _text.Append(number.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException($"There is no CSV for {value.GetType()}.", nameof(value));
        }
    }

    private void Text(string text)
    {
        var defused = IsFormula(text) ? "'" + text : text;
        if (defused.AsSpan().ContainsAny(",\"\r\n"))
        {
            Quoted(defused);
        }
        else
        {
            _text.Append(defused);
        }
    }

    /// <remarks>Programs skip blanks, and characters of no width, before they look for one.</remarks>
    private static bool IsFormula(string text)
    {
        if (text.Length > 0 && Formula.Contains(text[0]))
        {
            return true;
        }

        var bare = text.AsSpan();
        while (!bare.IsEmpty && (char.IsWhiteSpace(bare[0]) || char.GetUnicodeCategory(bare[0]) == UnicodeCategory.Format))
        {
            bare = bare[1..];
        }

        return !bare.IsEmpty && Formula.Contains(bare[0]);
    }

    private void Quoted(string text) => _text.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');

    private Csv End()
    {
        _text.Append("\r\n");
        return this;
    }
}

/// <summary>A number that is kept as the text of its digits, so that none is lost.</summary>
internal readonly record struct ExactNumber(string Digits)
{
    public static object? Of(string? digits) => digits is null ? null : new ExactNumber(digits);
}
