namespace ClaudeBridge.Otlp.Json;

internal static class Hex
{
    /// <summary>The value of one hexadecimal digit in either case; negative for anything else.</summary>
    public static int Digit(byte character) =>
        character switch
        {
            >= (byte)'0' and <= (byte)'9' => character - '0',
            >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
            _ => -1,
        };

    /// <summary>False unless <paramref name="text"/> is exactly two digits for each byte of <paramref name="bytes"/>.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        if (text.Length != bytes.Length * 2)
        {
            return false;
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            var value = (Digit(text[2 * i]) << 4) | Digit(text[(2 * i) + 1]);
            if (value < 0)
            {
                return false;
            }

            bytes[i] = (byte)value;
        }

        return true;
    }
}
