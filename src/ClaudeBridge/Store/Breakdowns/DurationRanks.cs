using System.Numerics;
using System.Runtime.InteropServices;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Collects durations and gives their percentiles by nearest rank: the smallest one that at least so many of a hundred do not exceed. Exact.</summary>
internal sealed class DurationRanks
{
    private const double MicrosPerMilli = 1000;

    private readonly List<long> _micros = [];

    public void Add(List<long> micros) => _micros.AddRange(micros);

    public void Add(DurationRanks other) => _micros.AddRange(other._micros);

    /// <summary>Null without durations.</summary>
    public Percentiles? Ranked()
    {
        if (_micros.Count == 0)
        {
            return null;
        }

        // Of the larger rank first: what stands before it holds the smaller ones.
        var all = CollectionsMarshal.AsSpan(_micros);
        var (p99, p90, p50) = (RankOf(99), RankOf(90), RankOf(50));
        var highest = Highest(all);
        var high = Place(all, p99);
        var middle = Place(all[..(p99 + 1)], p90);
        return new Percentiles(
            all.Length,
            Place(all[..(p90 + 1)], p50) / MicrosPerMilli,
            middle / MicrosPerMilli,
            high / MicrosPerMilli,
            highest / MicrosPerMilli
        );

        int RankOf(int percent) => (int)((((long)_micros.Count * percent) + 99) / 100) - 1;
    }

    /// <summary>Moves what sorting would put at a place there, with nothing larger before it, and gives it. Quickselect; sorts what resists it.</summary>
    private static long Place(Span<long> values, int place)
    {
        for (var rounds = 2 * BitOperations.Log2((uint)values.Length); values.Length > 16 && rounds > 0; rounds--)
        {
            var (less, notMore) = Split(values, MedianOf(values[0], values[values.Length / 2], values[^1]));
            if (place >= less && place < notMore)
            {
                return values[place];
            }

            if (place < less)
            {
                values = values[..less];
            }
            else
            {
                values = values[notMore..];
                place -= notMore;
            }
        }

        values.Sort();
        return values[place];
    }

    /// <summary>What is less goes first, then what is equal, then what is more.</summary>
    private static (int Less, int NotMore) Split(Span<long> values, long pivot)
    {
        var (less, next, notMore) = (0, 0, values.Length);
        while (next < notMore)
        {
            var value = values[next];
            if (value < pivot)
            {
                values[next++] = values[less];
                values[less++] = value;
            }
            else if (value > pivot)
            {
                values[next] = values[--notMore];
                values[notMore] = value;
            }
            else
            {
                next++;
            }
        }

        return (less, notMore);
    }

    private static long Highest(Span<long> values)
    {
        var highest = 0L;
        foreach (var value in values)
        {
            highest = Math.Max(highest, value);
        }

        return highest;
    }

    private static long MedianOf(long one, long two, long three) => Math.Max(Math.Min(one, two), Math.Min(Math.Max(one, two), three));
}
