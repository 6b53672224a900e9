namespace ClaudeBridge.Journal;

/// <summary>Reads a journal without holding it, beside a running writer or none: for offline tools.</summary>
/// <remarks>It sees what was on disk when it was opened.</remarks>
internal sealed class JournalReader
{
    private readonly IJournalFiles _files;
    private readonly SegmentList _segments;
    private readonly Action<DamagedPlace> _onDamage;

    private JournalReader(IJournalFiles files, SegmentList segments, Action<DamagedPlace> onDamage)
    {
        (_files, _segments, _onDamage) = (files, segments, onDamage);
    }

    public JournalPosition Oldest => new(_segments.Oldest);

    public JournalPosition End => new(_segments.End);

    /// <param name="onDamage">Told of each damaged place as reading passes it; also of an unfinished end, which is no damage when a writer is at work.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It was written by a newer version of the program.</exception>
    public static JournalReader OpenReadOnly(string folder, Action<DamagedPlace>? onDamage = null, IJournalFiles? files = null)
    {
        files ??= DiskFiles.Instance;
        var found = SegmentFolder.Load(files, Path.GetFullPath(folder));
        var end = found.Segments.Count > 0 ? found.Segments[^1].End : 0;
        return new JournalReader(files, new SegmentList(found.Segments, end, end), onDamage ?? (static _ => { }));
    }

    /// <summary>As <see cref="IJournalReader.ReadFrom"/>.</summary>
    public IEnumerable<JournalItem> ReadFrom(JournalPosition position) => EntryReader.ReadFrom(_files, _segments, position, _onDamage);
}
