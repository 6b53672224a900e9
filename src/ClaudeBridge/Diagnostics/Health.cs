namespace ClaudeBridge.Diagnostics;

/// <summary>How a component is, from best to worst.</summary>
internal enum HealthState
{
    Ok,

    /// <summary>Works, and a person should look: a destination refuses the keys, the disk is nearly full.</summary>
    Degraded,

    /// <summary>Cannot do its work now, so the bridge is not ready.</summary>
    Down,
}

/// <param name="Detail">One plain sentence with the way out; null when there is nothing to say. Never a key, a path, a name or a content: who holds no key may be shown <paramref name="State"/>, who holds it sees both.</param>
internal readonly record struct HealthReport(HealthState State, string? Detail = null)
{
    public static readonly HealthReport Ok = new(HealthState.Ok);
}

/// <summary>A component that can tell how it is. Registered as a service by each room; asked on every probe, so it answers from memory.</summary>
internal interface IHealthSource
{
    /// <summary>A short name in lower case, such as <c>journal</c> or <c>langfuse</c>.</summary>
    string Name { get; }

    HealthReport Check();
}

/// <summary>All components at one moment.</summary>
internal sealed record HealthSummary(HealthState State, IReadOnlyList<(string Name, HealthReport Report)> Components)
{
    public static HealthSummary Of(IEnumerable<IHealthSource> sources)
    {
        List<(string Name, HealthReport Report)> components = [];
        foreach (var source in sources)
        {
            components.Add((source.Name, Ask(source)));
        }

        return new(components.Select(c => c.Report.State).DefaultIfEmpty(HealthState.Ok).Max(), components);
    }

    /// <summary>A probe must be answered even when a component breaks while it is asked.</summary>
    private static HealthReport Ask(IHealthSource source)
    {
        try
        {
            return source.Check();
        }
        catch (Exception)
        {
            return new(HealthState.Down, "It failed while it was asked; the log says more.");
        }
    }
}
