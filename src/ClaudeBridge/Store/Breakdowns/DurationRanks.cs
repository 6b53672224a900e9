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

        var sorted = CollectionsMarshal.AsSpan(_micros);
        sorted.Sort();
        return new Percentiles(sorted.Length, At(sorted, 50), At(sorted, 90), At(sorted, 99), sorted[^1] / MicrosPerMilli);
    }

    private static double At(Span<long> sorted, int percent) =>
        sorted[(int)((((long)sorted.Length * percent) + 99) / 100) - 1] / MicrosPerMilli;
}
