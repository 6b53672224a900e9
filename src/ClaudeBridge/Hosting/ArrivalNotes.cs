using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Hosting;

/// <summary>Keeps account of who sent what, from what the assembly reads anyway. Used by the loop alone.</summary>
internal sealed class ArrivalNotes(Arrivals arrivals, Attribution attribution)
{
    private const string Unnamed = "(unknown)";

    private (JournalPosition Entry, int Part) _noted;

    /// <summary>An entry that is read again, because the store is built anew or refused it, counts once.</summary>
    /// <param name="part">Which part of the entry it is, from 0.</param>
    /// <param name="isLast">No further part follows.</param>
    public void Note(JournalItem item, ReadExport read, int part = 0, bool isLast = true)
    {
        if ((item.Position, part).CompareTo(_noted) < 0)
        {
            return;
        }

        _noted = isLast ? (item.Next, 0) : (item.Position, part + 1);
        var (tenant, at) = (SenderAttributes.TenantOf(item.Entry), item.Entry.ReceivedAt);
        foreach (var (_, facts) in read.Sessions)
        {
            NoteFacts(tenant, at, item.Entry.Signal, facts);
        }

        foreach (var (_, points) in read.Points)
        {
            NotePoints(tenant, at, points);
        }
    }

    private void NoteFacts(string tenant, DateTimeOffset at, Signal signal, IReadOnlyList<Fact> facts)
    {
        var first = facts[0];
        var signs = SetupSigns.None;
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var fact in facts)
        {
            signs |= SetupSignsReader.Of(fact);
            names[fact.Reading.Name] = names.GetValueOrDefault(fact.Reading.Name) + 1;
        }

        arrivals.Note(
            SourceOf(tenant, first.Origin, attribution.UserOf(first.Origin.ResourceAttributes, first.Attributes)),
            at,
            signal == Signal.Traces ? "traces" : "logs",
            names,
            (int)signs
        );
    }

    private void NotePoints(string tenant, DateTimeOffset at, IReadOnlyList<MetricPoint> points)
    {
        var series = points[0].Series;
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var point in points)
        {
            names[point.Series.Metric] = names.GetValueOrDefault(point.Series.Metric) + 1;
        }

        arrivals.Note(SourceOf(tenant, series.Origin, series.UserBy(attribution)), at, "metrics", names, (int)SetupSigns.Metrics);
    }

    /// <summary>Records of one session in one request are of one sender.</summary>
    private static ArrivalSource SourceOf(string tenant, Origin origin, string? user) =>
        new(tenant, user ?? origin.Service ?? Unnamed, origin.ClientVersion ?? "");
}
