using System.Globalization;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>Chance that comes out the same for the same seed.</summary>
internal sealed class Dice(int seed)
{
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789";

    // Seeded, it gives the same numbers in every version of .NET.
    private readonly Random _random = new(seed);

    public static Dice Of(int seed, int index) => new(unchecked((seed * 1_000_003) + (index * 7919) + 17));

    public bool Chance(double share) => _random.NextDouble() < share;

    public double Share() => _random.NextDouble();

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => _random.Next(least, most + 1);

    /// <summary>Mostly near <paramref name="usual"/>, now and then many times as much.</summary>
    public long Skewed(double usual, double spread = 0.8)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return (long)Math.Clamp(usual * Math.Exp(spread * normal), 1, usual * 40);
    }

    public T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    /// <summary>The earlier ones more often than the later ones.</summary>
    public T PickFirst<T>(IReadOnlyList<T> from) => from[(int)(Math.Pow(_random.NextDouble(), 2.5) * from.Count)];

    public string Hex(int characters) =>
        string.Create(characters, _random, static (span, random) => random.GetHexString(span, lowercase: true));

    public string Id(string prefix, int characters) =>
        prefix + string.Create(characters, _random, static (span, random) => random.GetItems(Letters, span));

    public string Uuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }
}
