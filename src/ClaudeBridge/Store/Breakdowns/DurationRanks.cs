using System.Numerics;
using System.Runtime.InteropServices;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>Collects durations and gives their percentiles by nearest rank: the smallest one that at least so many of a hundred do not exceed. Exact.</summary>
/// <remarks>Few are kept one by one. Of many, equal ones are counted together: clients measure in milliseconds, so that a million of them have some ten thousand values.</remarks>
internal sealed class DurationRanks
{
    private const double MicrosPerMilli = 1000;

    private const int MaxSingle = 32 * 1024;

    private readonly List<long> _single = [];
    private long[] _values = [];
    private int[] _counts = [];

    public void Add(List<long> micros)
    {
        _single.AddRange(micros);
        if (_single.Count >= MaxSingle + (_values.Length / 4))
        {
            CountTogether();
        }
    }

    public void Add(DurationRanks other)
    {
        Merge(other._values, other._counts);
        Add(other._single);
    }

    /// <summary>Null without durations.</summary>
    public Percentiles? Ranked()
    {
        if (_values.Length > 0)
        {
            CountTogether();
            return RankedOfCounts();
        }

        if (_single.Count == 0)
        {
            return null;
        }

        // Of the larger rank first: what stands before it holds the smaller ones.
        var all = CollectionsMarshal.AsSpan(_single);
        var (p99, p90, p50) = (RankOf(99, all.Length), RankOf(90, all.Length), RankOf(50, all.Length));
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
    }

    private static int RankOf(int percent, int count) => (int)((((long)count * percent) + 99) / 100) - 1;

    private Percentiles RankedOfCounts()
    {
        var count = _counts.Sum();
        return new Percentiles(count, At(50), At(90), At(99), _values[^1] / MicrosPerMilli);

        double At(int percent)
        {
            var left = RankOf(percent, count);
            var place = 0;
            while (left >= _counts[place])
            {
                left -= _counts[place++];
            }

            return _values[place] / MicrosPerMilli;
        }
    }

    private void CountTogether()
    {
        _single.Sort();
        var values = new List<long>();
        var counts = new List<int>();
        foreach (var value in _single)
        {
            if (values.Count == 0 || values[^1] != value)
            {
                values.Add(value);
                counts.Add(0);
            }

            counts[^1]++;
        }

        _single.Clear();
        Merge(CollectionsMarshal.AsSpan(values), CollectionsMarshal.AsSpan(counts));
    }

    /// <param name="values">Ascending, each once.</param>
    private void Merge(ReadOnlySpan<long> values, ReadOnlySpan<int> counts)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var (merged, mergedCounts) = (new long[_values.Length + values.Length], new int[_values.Length + values.Length]);
        var (mine, other, length) = (0, 0, 0);
        while (mine < _values.Length || other < values.Length)
        {
            var isMine = other == values.Length || (mine < _values.Length && _values[mine] <= values[other]);
            var isBoth = isMine && other < values.Length && _values[mine] == values[other];
            merged[length] = isMine ? _values[mine] : values[other];
            mergedCounts[length++] = (isMine ? _counts[mine++] : 0) + (isMine && !isBoth ? 0 : counts[other++]);
        }

        (_values, _counts) =
            length == merged.Length
                ? (merged, mergedCounts)
                : (merged.AsSpan(0, length).ToArray(), mergedCounts.AsSpan(0, length).ToArray());
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
