using ClaudeBridge.Journal;

namespace ClaudeBridge.Cli.Queue;

/// <summary>What a walk over a whole data folder found. The JSON of <c>queue verify</c>.</summary>
/// <param name="Journal">Null when there is none.</param>
internal sealed record VerifiedFolder(
    string Folder,
    bool IsWhole,
    VerifiedJournal? Journal,
    IReadOnlyList<CheckedDatabase> Databases,
    IReadOnlyList<CheckedSnapshot> Snapshots
);

/// <param name="Damage">The first of them, in order.</param>
/// <param name="TornBytes">Behind the last whole entry, as a crash or a writer at work leaves them; they were never answered.</param>
/// <param name="Foreign">Files that do not belong to this journal.</param>
internal sealed record VerifiedJournal(
    string Path,
    int Segments,
    long Entries,
    long Bytes,
    DateTimeOffset? OldestReceivedAt,
    DateTimeOffset? NewestReceivedAt,
    long DamagedPlaces,
    long DamagedBytes,
    IReadOnlyList<DamageFact> Damage,
    long TornBytes,
    IReadOnlyList<string> Foreign
)
{
    public static VerifiedJournal Of(string path, JournalReport report) =>
        new(
            path,
            report.Segments,
            report.Entries,
            report.Bytes,
            report.OldestReceivedAt,
            report.NewestReceivedAt,
            report.DamagedPlaces,
            report.DamagedBytes,
            [.. report.Damage.Select(DamageFact.Of)],
            report.TornBytes,
            report.Foreign
        );
}

/// <param name="From">The journal position where it begins.</param>
/// <param name="To">The position where reading goes on.</param>
internal sealed record DamageFact(string File, long From, long To, long Bytes, string Reason)
{
    public static DamageFact Of(DamagedPlace place) => new(place.Path, place.From.Value, place.To.Value, place.Bytes, place.Reason);

    public override string ToString() => $"{File}: from {From} to {To}, {QueueTexts.Size(Bytes)}: {Reason}";
}
