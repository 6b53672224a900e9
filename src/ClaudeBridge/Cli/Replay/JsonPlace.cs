using System.Text.Json;

namespace ClaudeBridge.Cli.Replay;

/// <summary>Where a text stops being JSON: by its bytes alone, since the lines of the file are counted by the reader.</summary>
internal static class JsonPlace
{
    /// <returns>Such as <c> at byte 12: 'x' is an invalid start of a value</c>; bytes count from 1.</returns>
    public static string Of(JsonException damage, ReadOnlySpan<byte> text)
    {
        var position = damage.BytePositionInLine ?? 0;
        for (var line = damage.LineNumber ?? 0; line > 0; line--)
        {
            var length = text.IndexOf((byte)'\n') + 1;
            text = text[length..];
            position += length;
        }

        var end = damage.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var what = end < 0 ? damage.Message : damage.Message[..end];
        return $" at byte {position + 1}: {what.TrimEnd('.', ' ')}";
    }
}
