using System.Globalization;
using System.Numerics;

namespace ClaudeBridge.Sessions.Metrics;

/// <summary>A sum of decimals that never rounds and never overflows, so that the order of adding cannot show in it.</summary>
public readonly record struct ExactSum(BigInteger Units) : IComparable<ExactSum>
{
    /// <summary>Digits after the point: as many as a decimal can have.</summary>
    private const int Digits = 28;

    private static readonly BigInteger[] PowersOfTen = [.. Enumerable.Range(0, Digits + 1).Select(static n => BigInteger.Pow(10, n))];

    public static ExactSum Zero => default;

    public bool IsZero => Units.IsZero;

    public static ExactSum Of(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        _ = decimal.GetBits(value, bits);
        var scale = (bits[3] >> 16) & 0xff;
        var digits = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        var units = (BigInteger)digits * PowersOfTen[Digits - scale];
        return new ExactSum(bits[3] < 0 ? -units : units);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static ExactSum? Read(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var fraction = point < 0 ? 0 : text.Length - point - 1;
        return
            fraction <= Digits
            && BigInteger.TryParse(
                point < 0 ? text : text.Remove(point, 1),
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
            ? new ExactSum(number * PowersOfTen[Digits - fraction])
            : null;
    }

    public static ExactSum operator +(ExactSum left, ExactSum right) => new(left.Units + right.Units);

    public static ExactSum operator -(ExactSum left, ExactSum right) => new(left.Units - right.Units);

    public static bool operator <(ExactSum left, ExactSum right) => left.Units < right.Units;

    public static bool operator >(ExactSum left, ExactSum right) => left.Units > right.Units;

    public static bool operator <=(ExactSum left, ExactSum right) => left.Units <= right.Units;

    public static bool operator >=(ExactSum left, ExactSum right) => left.Units >= right.Units;

    public int CompareTo(ExactSum other) => Units.CompareTo(other.Units);

    /// <summary>The same number where it has at most 28 digits, else the nearest decimal; the largest or smallest one where it does not fit.</summary>
    public decimal ToDecimal() =>
        decimal.TryParse(ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
        : Units.Sign < 0 ? decimal.MinValue
        : decimal.MaxValue;

    /// <summary>Exact, without an exponent and without trailing zeros: <c>0.06883</c>.</summary>
    public override string ToString()
    {
        if (Units.IsZero)
        {
            return "0";
        }

        var digits = BigInteger.Abs(Units).ToString(CultureInfo.InvariantCulture).PadLeft(Digits + 1, '0');
        var fraction = digits.AsSpan(digits.Length - Digits).TrimEnd('0');
        var sign = Units.Sign < 0 ? "-" : "";
        var whole = digits.AsSpan(0, digits.Length - Digits);
        return fraction.IsEmpty ? $"{sign}{whole}" : $"{sign}{whole}.{fraction}";
    }
}
