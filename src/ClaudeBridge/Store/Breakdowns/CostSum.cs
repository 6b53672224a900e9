using System.Numerics;
using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>An exact sum of costs, fast where they have no more digits than costs have, right for all others too.</summary>
internal struct CostSum : IEquatable<CostSum>, IComparable<CostSum>
{
    /// <summary>Digits after the point that the fast part holds.</summary>
    private const int Digits = 18;

    /// <summary>What is larger does not go into the fast part, so that no sum of costs overflows it.</summary>
    private const decimal Largest = 1_000_000_000m;

    /// <summary>In place of the number of digits: the sum follows as text.</summary>
    private const byte AsText = 0xff;

    private static readonly UInt128 LargestDecimal = (UInt128.One << 96) - 1;

    private static readonly UInt128[] PowersOfTen =
    [
        .. Enumerable.Range(0, Digits + 1).Select(static n => UInt128.Parse("1" + new string('0', n))),
    ];
    private static readonly UInt128 PerMicro = PowersOfTen[Digits - 6];
    private static readonly BigInteger ToExact = BigInteger.Pow(10, 28 - Digits);

    private Int128 _units;
    private ExactSum _rest;

    public readonly bool IsZero => _rest.IsZero ? _units == 0 : Sum.IsZero;

    public readonly ExactSum Sum => new(((BigInteger)_units * ToExact) + _rest.Units);

    /// <summary>The sum without trailing zeros where a decimal holds it; else the nearest one.</summary>
    public readonly decimal ToDecimal()
    {
        var size = _units < 0 ? (UInt128)(-_units) : (UInt128)_units;
        if (!_rest.IsZero || size > LargestDecimal)
        {
            return Sum.ToDecimal();
        }

        var digits = Digits;
        for (; digits > 0 && size % 10 == 0; digits--)
        {
            if (size == 0)
            {
                return 0;
            }

            size /= 10;
        }

        return new decimal((int)(uint)size, (int)(uint)(size >> 32), (int)(uint)(size >> 64), _units < 0, (byte)digits);
    }

    public static bool operator <(CostSum left, CostSum right) => left.CompareTo(right) < 0;

    public static bool operator >(CostSum left, CostSum right) => left.CompareTo(right) > 0;

    public static bool operator <=(CostSum left, CostSum right) => left.CompareTo(right) <= 0;

    public static bool operator >=(CostSum left, CostSum right) => left.CompareTo(right) >= 0;

    public static bool operator ==(CostSum left, CostSum right) => left.Equals(right);

    public static bool operator !=(CostSum left, CostSum right) => !left.Equals(right);

    /// <summary>Both together; null where neither is known.</summary>
    public static CostSum? Added(CostSum? known, CostSum? more)
    {
        if (more is not { } sum)
        {
            return known;
        }

        sum.Add(known ?? default);
        return sum;
    }

    public void Add(decimal cost)
    {
        Span<int> bits = stackalloc int[4];
        _ = decimal.GetBits(cost, bits);
        var scale = (bits[3] >> 16) & 0xff;
        if (scale > Digits || Math.Abs(cost) > Largest)
        {
            _rest += ExactSum.Of(cost);
            return;
        }

        var digits = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        var units = (Int128)(digits * PowersOfTen[Digits - scale]);
        _units += bits[3] < 0 ? -units : units;
    }

    public void Add(ExactSum other) => _rest += other;

    public void Add(in CostSum other)
    {
        _units += other._units;
        if (!other._rest.IsZero)
        {
            _rest += other._rest;
        }
    }

    public void Subtract(in CostSum other)
    {
        _units -= other._units;
        if (!other._rest.IsZero)
        {
            _rest -= other._rest;
        }
    }

    /// <summary>The number of digits after the point, then the number without it.</summary>
    public readonly void Write(ByteWriter to)
    {
        if (_rest.IsZero && _units >= 0)
        {
            var units = (UInt128)_units;
            if (units % PerMicro == 0 && units / PerMicro <= ulong.MaxValue)
            {
                to.Byte(6);
                to.Number((ulong)(units / PerMicro));
                return;
            }

            if (units <= ulong.MaxValue)
            {
                to.Byte(Digits);
                to.Number((ulong)units);
                return;
            }
        }

        to.Byte(AsText);
        to.Text(Sum.ToString());
    }

    /// <exception cref="StoreDamagedException">It is no sum.</exception>
    public static CostSum Read(ref ByteReader from)
    {
        var digits = from.Byte();
        return digits switch
        {
            <= Digits => new CostSum { _units = (Int128)(from.Number() * PowersOfTen[Digits - digits]) },
            AsText => new CostSum { _rest = SeriesSums.Read(from.Text()) },
            _ => throw new StoreDamagedException("A cost in the store has too many digits."),
        };
    }

    public readonly int CompareTo(CostSum other) =>
        _rest.IsZero && other._rest.IsZero ? _units.CompareTo(other._units) : Sum.CompareTo(other.Sum);

    public readonly bool Equals(CostSum other) => Sum == other.Sum;

    public override readonly bool Equals(object? obj) => obj is CostSum other && Equals(other);

    public override readonly int GetHashCode() => Sum.GetHashCode();
}
