using System.Buffers.Text;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Whole numbers as JSON may write them: digits, or a decimal or exponent form whose value is whole (<c>1.0</c>, <c>1e3</c>), without loss.</summary>
internal static class WholeNumber
{
    private const int MaxDigits = 20;

    /// <returns>False: not a number, not whole, or out of the range of 64 bits.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        if (Utf8Parser.TryParse(text, out value, out var used) && used == text.Length && text[0] != '+')
        {
            return true;
        }

        if (!TryParseMagnitude(text, out var negative, out var magnitude) || magnitude > (negative ? 1UL << 63 : long.MaxValue))
        {
            return false;
        }

        value = negative ? unchecked(-(long)magnitude) : (long)magnitude;
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out long)"/>
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong value) =>
        (Utf8Parser.TryParse(text, out value, out var used) && used == text.Length && text[0] != '+')
        || (TryParseMagnitude(text, out var negative, out value) && (!negative || value == 0));

    private static bool TryParseMagnitude(ReadOnlySpan<byte> text, out bool negative, out ulong magnitude)
    {
        magnitude = 0;
        negative = !text.IsEmpty && text[0] == '-';
        text = negative ? text[1..] : text;
        var mark = text.IndexOfAny((byte)'e', (byte)'E');
        var exponent = 0;
        if (mark >= 0)
        {
            if (!Utf8Parser.TryParse(text[(mark + 1)..], out exponent, out var used) || used != text.Length - mark - 1)
            {
                // An exponent beyond int: only zero could still be whole and in range, and nobody writes it so.
                return false;
            }

            text = text[..mark];
        }

        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? default : text[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && fraction.IsEmpty) || HasOther(whole) || HasOther(fraction))
        {
            return false;
        }

        fraction = fraction.TrimEnd((byte)'0');
        return TryScale(whole, fraction, (long)exponent - fraction.Length, out magnitude);
    }

    // value = (whole followed by fraction) * 10^scale
    private static bool TryScale(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, long scale, out ulong magnitude)
    {
        magnitude = 0;
        if (fraction.IsEmpty)
        {
            var trimmed = whole.TrimEnd((byte)'0');
            scale += whole.Length - trimmed.Length;
            whole = trimmed;
        }

        whole = whole.TrimStart((byte)'0');
        if (whole.IsEmpty && fraction.TrimStart((byte)'0').IsEmpty)
        {
            return true;
        }

        if (scale is < 0 or > MaxDigits)
        {
            return false;
        }

        UInt128 value = 0;
        return TryAppend(ref value, whole)
            && TryAppend(ref value, fraction)
            && TryShift(ref value, (int)scale)
            && TryNarrow(value, out magnitude);
    }

    private static bool TryAppend(ref UInt128 value, ReadOnlySpan<byte> digits)
    {
        foreach (var digit in digits)
        {
            value = (value * 10) + (uint)(digit - '0');
            if (value > ulong.MaxValue)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryShift(ref UInt128 value, int zeros)
    {
        for (; zeros > 0 && value <= ulong.MaxValue; zeros--)
        {
            value *= 10;
        }

        return value <= ulong.MaxValue;
    }

    private static bool TryNarrow(UInt128 value, out ulong magnitude)
    {
        magnitude = (ulong)value;
        return value <= ulong.MaxValue;
    }

    private static bool HasOther(ReadOnlySpan<byte> digits) => digits.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
