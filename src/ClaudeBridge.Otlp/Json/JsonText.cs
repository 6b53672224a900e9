using System.Buffers;
using System.Text;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Text of a JSON string token, always a valid one: lone surrogates and invalid UTF-8 become U+FFFD.</summary>
internal static class JsonText
{
    private const int MaxOnStack = 512;
    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    /// <param name="token">The bytes between the quotes; the JSON reader has checked the form of every escape.</param>
    public static string Unescape(ReadOnlySpan<byte> token)
    {
        byte[]? rented = null;
        var buffer = token.Length <= MaxOnStack ? stackalloc byte[MaxOnStack] : rented = ArrayPool<byte>.Shared.Rent(token.Length);
        var text = Encoding.UTF8.GetString(buffer[..Unescape(token, buffer)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return text;
    }

    // An escape is never shorter than what it stands for, so the token's length is enough room.
    private static int Unescape(ReadOnlySpan<byte> token, Span<byte> utf8)
    {
        var written = 0;
        while (true)
        {
            var plain = token.IndexOf((byte)'\\');
            if (plain < 0)
            {
                token.CopyTo(utf8[written..]);
                return written + token.Length;
            }

            token[..plain].CopyTo(utf8[written..]);
            written += plain;
            token = token[plain..];
            if (token[1] == 'u')
            {
                written += UnescapeUtf16(ref token, utf8[written..]);
            }
            else
            {
                utf8[written++] = token[1] switch
                {
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    var same => same,
                };
                token = token[2..];
            }
        }
    }

    private static int UnescapeUtf16(ref ReadOnlySpan<byte> token, Span<byte> utf8)
    {
        var first = Unit(token);
        token = token[6..];
        if (char.IsHighSurrogate(first) && token.Length >= 6 && token[0] == '\\' && token[1] == 'u' && char.IsLowSurrogate(Unit(token)))
        {
            var pair = new Rune(first, Unit(token));
            token = token[6..];
            return pair.EncodeToUtf8(utf8);
        }

        if (Rune.TryCreate(first, out var rune))
        {
            return rune.EncodeToUtf8(utf8);
        }

        Replacement.CopyTo(utf8);
        return Replacement.Length;
    }

    private static char Unit(ReadOnlySpan<byte> escape) =>
        (char)((Hex.Digit(escape[2]) << 12) | (Hex.Digit(escape[3]) << 8) | (Hex.Digit(escape[4]) << 4) | Hex.Digit(escape[5]));
}
