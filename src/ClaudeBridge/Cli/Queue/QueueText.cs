using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Exporters.Ledger;
using Spectre.Console;

namespace ClaudeBridge.Cli.Queue;

/// <summary><c>queue list</c> for people. Names, sessions and reasons come from outside: nothing of them reaches the terminal as it is.</summary>
internal static class QueueText
{
    private const int LongestReason = 300;
    private const int LongestName = 200;

    public static void Write(Terminal terminal, QueueState state, DeadLetterFilter filter)
    {
        var output = terminal.Out;
        output.WriteLine($"Folder   {state.Folder}");
        output.WriteLine($"Journal  {Journal(state)}");
        output.WriteLine($"Store    {Store(state)}");
        if (state.Disk is { } disk)
        {
            output.WriteLine($"Disk     {QueueTexts.Size(disk.FreeBytes)} free of {QueueTexts.Size(disk.TotalBytes)}");
        }

        foreach (var destination in state.Destinations)
        {
            output.WriteLine();
            output.WriteLine(Texts.OneLine(destination.Name, LongestName));
            output.WriteLine("  " + Delivery(destination));
            output.WriteLine("  " + Letters(destination, filter));
            Write(terminal, destination.NewestDeadLetters);
        }

        if (state.Destinations.Count == 0)
        {
            output.WriteLine();
            output.WriteLine(
                filter.Destination is { } named
                    ? $"Nothing was ever sent to a destination whose name begins with '{Texts.OneLine(named, LongestName)}'."
                    : "Nothing was ever sent to a destination from here."
            );
        }
    }

    private static string Journal(QueueState state)
    {
        if (state.Journal is not { } journal)
        {
            return "none";
        }

        var held =
            $"{QueueTexts.Number(journal.Entries, "entry", "entries")}, {QueueTexts.Size(journal.Bytes)} in {QueueTexts.Number(journal.Segments, "file", "files")}";
        var times =
            journal.OldestReceivedAt is { } oldest && journal.NewestReceivedAt is { } newest
                ? $", from {Texts.Time(oldest)} to {Texts.Time(newest)}"
                : "";
        var waiting =
            journal.Waiting == 0
                ? "; the store has taken all of it"
                : $"; {QueueTexts.Number(journal.Waiting, "entry", "entries")}, {QueueTexts.Size(journal.WaitingBytes)}, the store has not taken yet, the oldest from {Texts.Time(journal.OldestWaiting!.Value)}";
        return held + times + waiting;
    }

    private static string Store(QueueState state) =>
        state.Store is not { } store
            ? "none; it is built from the journal when the bridge starts"
            : $"{QueueTexts.Size(store.Bytes)}, true up to journal position {store.Position}, revision {store.LatestRevision}"
                + (store.HistoryFrom is { } from ? $"; what came before {Texts.Time(from)} is incomplete" : "")
                + Snapshots(state);

    private static string Snapshots(QueueState state) =>
        state.Snapshots is [var newest, ..]
            ? $"; {QueueTexts.Number(state.Snapshots.Count, "snapshot", "snapshots")}, the newest from {Texts.Time(newest.Taken)} up to position {newest.Position}"
            : "";

    private static string Delivery(DestinationState destination)
    {
        var route = destination.Route is { } way ? $" by {Texts.OneLine(way, 40)}" : "";
        var owed =
            destination.Undelivered is not { } count ? "How much waits cannot be told without a store"
            : count == 0 ? $"All {destination.Things} are delivered{route}"
            : destination.State == "compare"
                ? $"The store was built anew: its {QueueTexts.Number(count, "item is", "items are")} compared with what was sent, and what is new goes out{route}"
            : destination.Things == "scores" ? $"The scores of {QueueTexts.Number(count, "session wait", "sessions wait")}{route}"
            : $"{QueueTexts.Number(count, "observation waits", "observations wait")}{route}";
        var age = destination.OldestUndeliveredSeconds is { } seconds
            ? $", the oldest for {QueueTexts.Age(TimeSpan.FromSeconds(seconds))}"
            : "";
        return $"{owed}{age}. Cursor {destination.Cursor} of {destination.LatestRevision?.ToString() ?? "?"}.";
    }

    private static string Letters(DestinationState destination, DeadLetterFilter filter)
    {
        if (destination.DeadLetters == 0)
        {
            return "No dead letters.";
        }

        var asked = destination.Asked > 0 ? $", {destination.Asked} of them asked for again" : "";
        var shown = destination.NewestDeadLetters.Count;
        var which =
            shown == 0 ? (filter.Session is null ? "." : "; none shown of this session.")
            : shown < destination.DeadLetters ? $"; {shown} are shown, the newest first:"
            : ":";
        return QueueTexts.Number(destination.DeadLetters, "dead letter", "dead letters") + asked + which;
    }

    private static void Write(Terminal terminal, IReadOnlyList<DeadLetterRow> letters)
    {
        if (letters.Count == 0)
        {
            return;
        }

        var table = new Table { Border = terminal.IsOutRedirected ? TableBorder.None : TableBorder.Simple };
        foreach (var header in (string[])["Id", "Refused (UTC)", "Session", "Trace", "Observation", "Status", "Size", "Reason"])
        {
            var column = new TableColumn(header);
            table.AddColumn(header == "Reason" ? column : column.NoWrap());
        }

        foreach (var letter in letters)
        {
            table.AddRow([
                .. (
                    (string[])
                        [
                            $"{letter.Id}{(letter.AskedAt is null ? "" : "*")}",
                            Texts.Time(letter.Time, "yyyy-MM-dd HH:mm:ss"),
                            Id(terminal, letter.SessionId),
                            Id(terminal, letter.Trace ?? ""),
                            letter.Score is { } score ? Texts.OneLine(score, 60) : Id(terminal, letter.Observation ?? ""),
                            letter.Status?.ToString() ?? "none",
                            QueueTexts.Size(letter.PayloadBytes),
                            Texts.OneLine(letter.Note is { } note ? $"{note} {letter.Reason}" : letter.Reason, LongestReason),
                        ]
                ).Select(static text => new Text(text)),
            ]);
        }

        terminal.OutConsole.Write(table);
        if (letters.Any(static letter => letter.AskedAt is not null))
        {
            terminal.Out.WriteLine("  * asked for again: goes at the next start, or within seconds where a bridge runs.");
        }
    }

    /// <summary>Whole for programs; for people the beginning, which the commands take.</summary>
    private static string Id(Terminal terminal, string id)
    {
        var plain = Texts.OneLine(id, LongestName);
        return terminal.IsOutRedirected ? plain : Texts.ShortId(plain);
    }
}
