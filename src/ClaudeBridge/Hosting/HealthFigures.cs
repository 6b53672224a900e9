using System.Text.Json;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;

namespace ClaudeBridge.Hosting;

/// <summary>The figures of <c>/health</c>: what came, what waits, what went out, what was lost. From memory; since the start where nothing else is said.</summary>
internal sealed class HealthFigures(
    Journal.Journal journal,
    AssemblyLoop assembly,
    AssemblyLag lag,
    IEnumerable<DeliveryLoop> deliveries,
    DeliveryBacklog backlog,
    ReceiverMetrics received,
    RefusalLog refusals,
    DiskSpace disk,
    ProcessMetrics process,
    TimeProvider clock
)
{
    private readonly DeliveryLoop[] _deliveries = [.. deliveries];

    /// <summary>Writes properties into an object that is open.</summary>
    public void Write(Utf8JsonWriter json)
    {
        Destination[] destinations = [.. _deliveries.Select(Read)];
        json.WriteString("startedAt"u8, process.StartedAt);
        json.WriteNumber("uptimeSeconds"u8, Seconds(process.Uptime));
        WriteTime(json, "lastDelivery", destinations.Max(static one => one.Progress.LastDelivered));
        WriteQueue(json, destinations);
        WriteDestinations(json, destinations);
        WriteJournal(json);
        WriteLosses(json);
        json.WriteStartObject("disk"u8);
        json.WriteNumber("journalBytes"u8, disk.Now.JournalBytes);
        json.WriteNumber("storeBytes"u8, disk.Now.StoreBytes);
        json.WriteNumber("ledgerBytes"u8, disk.Now.LedgerBytes);
        WriteNumber(json, "freeBytes", disk.Now.FreeBytes);
        json.WriteEndObject();
    }

    /// <summary>What is stored and not yet where it should be: in the store, or with the destination that is furthest behind.</summary>
    private void WriteQueue(Utf8JsonWriter json, Destination[] destinations)
    {
        var (behind, oldest) = (lag.Bytes, lag.Age);
        var undelivered = destinations.Max(static one => one.Backlog.OldestAge) ?? TimeSpan.Zero;
        json.WriteStartObject("queue"u8);
        json.WriteNumber("ageSeconds"u8, Seconds(undelivered > oldest ? undelivered : oldest));
        json.WriteNumber("bytes"u8, behind + destinations.Select(static one => one.Backlog.Bytes).DefaultIfEmpty().Max());
        json.WriteNumber("notInStoreBytes"u8, behind);
        json.WriteNumber("notInStoreAgeSeconds"u8, Seconds(oldest));
        json.WriteNumber("undelivered"u8, destinations.Select(static one => one.Progress.Undelivered).DefaultIfEmpty().Max());
        json.WriteEndObject();
    }

    private void WriteDestinations(Utf8JsonWriter json, Destination[] destinations)
    {
        json.WriteStartArray("destinations"u8);
        foreach (var (name, progress, owed) in destinations)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteString("state"u8, progress.State.ToString().ToLowerInvariant());
            WriteTime(json, "lastDelivery", progress.LastDelivered);
            WriteNumber(json, "lastStatus", progress.LastStatus);
            json.WriteString("lastFault"u8, progress.LastFault);
            json.WriteString("pausedReason"u8, progress.PausedReason);
            json.WriteNumber("delivered"u8, progress.Delivered);
            json.WriteNumber("undelivered"u8, progress.Undelivered);
            json.WriteNumber("undeliveredBytes"u8, owed.Bytes);
            json.WriteNumber("oldestUndeliveredAgeSeconds"u8, Seconds(owed.OldestAge ?? TimeSpan.Zero));
            json.WriteNumber("deadLetters"u8, progress.DeadLetters);
            json.WriteNumber("rejected"u8, progress.Rejected);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteJournal(Utf8JsonWriter json)
    {
        var figures = journal.Figures;
        json.WriteStartObject("journal"u8);
        json.WriteBoolean("writable"u8, figures.IsWritable);
        json.WriteNumber("bytes"u8, journal.HeldBytes);
        json.WriteNumber("writtenEntries"u8, figures.Entries);
        json.WriteNumber("writtenBytes"u8, figures.Bytes);
        json.WriteNumber("refusedEntries"u8, figures.Refused);
        json.WriteNumber("damagedPlaces"u8, figures.DamagedPlaces);
        json.WriteNumber("damagedBytes"u8, figures.DamagedBytes);
        json.WriteNumber("salvagedEntries"u8, figures.SalvagedEntries);
        json.WriteEndObject();
    }

    private void WriteLosses(Utf8JsonWriter json)
    {
        var assembled = assembly.Figures;
        json.WriteStartObject("dropped"u8);
        json.WriteNumber("overLimitBytes"u8, journal.Figures.LostBytes);
        json.WriteNumber("damagedBytes"u8, journal.Figures.DamagedBytes);
        json.WriteNumber("unreadableEntries"u8, assembled.SkippedEntries);
        json.WriteNumber("unreadableRecords"u8, assembled.SkippedRecords);
        json.WriteNumber("duplicateRecords"u8, assembled.Duplicates);
        json.WriteEndObject();
        json.WriteStartObject("refused"u8);
        json.WriteNumber("requests"u8, refusals.Total);
        json.WriteNumber("records"u8, received.RefusedRecords);
        json.WriteEndObject();
        json.WriteStartObject("accepted"u8);
        json.WriteNumber("records"u8, received.AcceptedRecords);
        json.WriteEndObject();
    }

    /// <summary>A point in time and how long ago that was; both null when there was none.</summary>
    private void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        var age = at is { } time ? clock.GetUtcNow() - time : (TimeSpan?)null;
        if (at is { } known)
        {
            json.WriteString(name, known);
        }
        else
        {
            json.WriteNull(name);
        }

        WriteNumber(json, name + "AgeSeconds", age is { } length ? Seconds(length > TimeSpan.Zero ? length : TimeSpan.Zero) : null);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static double Seconds(TimeSpan length) => Math.Round(length.TotalSeconds, 3);

    private Destination Read(DeliveryLoop loop)
    {
        var progress = loop.Progress;
        return new(DestinationName.Of(loop.Destination), progress, backlog.Of(loop, progress));
    }

    private sealed record Destination(string Name, DeliveryProgress Progress, Backlog Backlog);
}
