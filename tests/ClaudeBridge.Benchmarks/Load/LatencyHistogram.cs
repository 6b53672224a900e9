using System.Numerics;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>Counts durations in buckets that are at most 1.6 % wide. 17 KB whatever the number of answers. For one thread.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int Sub = 1 << SubBits;

    private readonly long[] _counts = new long[(40 - SubBits) * Sub];
    private long _total;

    public TimeSpan Max { get; private set; }

    public void Add(TimeSpan duration)
    {
        var micros = (ulong)Math.Max(0, duration.Ticks / TimeSpan.TicksPerMicrosecond);
        _counts[Math.Min(IndexOf(micros), _counts.Length - 1)]++;
        _total++;
        Max = duration > Max ? duration : Max;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        _total += other._total;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <param name="share">Between 0 and 1.</param>
    /// <returns>A duration that this share of all is not above; zero when there are none.</returns>
    public TimeSpan Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(share * _total);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
            {
                var upper = TimeSpan.FromMicroseconds(UpperOf(i));
                return upper < Max ? upper : Max;
            }
        }

        return TimeSpan.Zero;
    }

    private static int IndexOf(ulong micros)
    {
        if (micros < Sub)
        {
            return (int)micros;
        }

        var shift = BitOperations.Log2(micros) - SubBits;
        return ((shift + 1) << SubBits) + (int)(micros >> shift) - Sub;
    }

    private static long UpperOf(int index)
    {
        var shift = (index >> SubBits) - 1;
        return shift < 0 ? index + 1 : ((long)(index & (Sub - 1)) + Sub + 1) << shift;
    }
}
