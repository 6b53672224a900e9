using System.Runtime.InteropServices;

namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>Ids that are unique within a run by construction, and between runs by the run's seed. A few nanoseconds each.</summary>
internal sealed class RunIds(ulong seed)
{
    private readonly ulong _other = Mix(seed ^ 0xA0761D6478BD642F);

    /// <param name="number">Unique within the kind.</param>
    public Guid Of(SlotKind kind, ulong number)
    {
        // Mix is one-to-one, so two numbers of a kind never give the same first half.
        var first = Mix(number + Mix(seed + (ulong)kind));
        Span<ulong> both = [first, Mix(first ^ _other)];
        return MemoryMarshal.Read<Guid>(MemoryMarshal.AsBytes(both));
    }

    /// <summary>SplitMix64's finisher.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
