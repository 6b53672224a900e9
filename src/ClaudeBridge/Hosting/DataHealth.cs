using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Hosting;

/// <summary>How the journal's disk is. What cannot be written is not taken, so the bridge is not ready then.</summary>
internal sealed class DataHealth(Journal.Journal journal) : IHealthSource
{
    public string Name => "journal";

    public HealthReport Check() =>
        journal.IsWritable
            ? HealthReport.Ok
            : new HealthReport(HealthState.Down, "The journal cannot write to its disk; senders are told to try again until it can.");
}
