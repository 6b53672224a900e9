using System.Text;
using System.Text.Json;
using ClaudeBridge.Dashboard.Html;

namespace ClaudeBridge.Dashboard.Waterfall;

/// <summary>What a tool was called with, in one line: the first text among its arguments, such as the command or the file.</summary>
internal static class ToolHint
{
    private const int MaxLength = 120;

    /// <summary>Of an input that may be cut anywhere only the beginning is read.</summary>
    private const int MaxRead = 4_000;

    public static string Of(string input) => Format.Cut((FirstText(input) ?? input).ReplaceLineEndings(" "), MaxLength);

    private static string? FirstText(string input)
    {
        if (input is not ['{', ..])
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(Format.Cut(input, MaxRead));
        var json = new Utf8JsonReader(bytes, isFinalBlock: false, state: default);
        try
        {
            while (json.Read())
            {
                if (json is { TokenType: JsonTokenType.String, CurrentDepth: 1 })
                {
                    return json.GetString();
                }
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // It only looked like JSON.
        }

        return null;
    }
}
