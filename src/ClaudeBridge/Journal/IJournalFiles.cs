namespace ClaudeBridge.Journal;

/// <summary>Everything the journal asks of a file system, in one place, so that tests can cut the power, fill the disk or fail a sync.</summary>
/// <remarks>All paths are absolute. Every member throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when it fails.</remarks>
internal interface IJournalFiles
{
    /// <summary>Makes the folder, readable by its owner alone, unless it is there; it survives a power cut from then on.</summary>
    void CreateFolder(string folder);

    /// <summary>Holds a file for this process alone until disposed or until the process ends, however it ends.</summary>
    /// <exception cref="JournalLockedException">Another process holds it.</exception>
    IDisposable Lock(string path);

    /// <summary>The full paths of the files in a folder, in no particular order.</summary>
    IReadOnlyList<string> List(string folder);

    bool Exists(string path);

    /// <summary>Whether a file of that many bytes is at the path: not when somebody moved or deleted what was there while it was open.</summary>
    bool Holds(string path, long length);

    /// <exception cref="FileNotFoundException">It is not there.</exception>
    IJournalFile OpenRead(string path);

    IJournalFile OpenWrite(string path);

    /// <summary>Makes a file, readable by its owner alone; fails when it is there. Its name is safe only after <see cref="SyncFolder"/>.</summary>
    IJournalFile CreateNew(string path);

    /// <summary>Puts a small file in the place of another: after a power cut either the old or the new one is there, whole.</summary>
    void Replace(string path, ReadOnlySpan<byte> content);

    void Delete(string path);

    /// <summary>Makes names that were created or deleted survive a power cut.</summary>
    void SyncFolder(string folder);
}

/// <summary>One open file. Reading is safe from several threads and beside a writer, also after the file was deleted.</summary>
internal interface IJournalFile : IDisposable
{
    long Length { get; }

    DateTimeOffset LastWritten { get; }

    /// <summary>Reads at most as much as fits; 0 only at the end of the file.</summary>
    int Read(Span<byte> target, long offset);

    /// <summary>Writes all buffers one after the other. When it fails, any part of them may have been written.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset);

    /// <summary>Returns when all that was written survives a power cut.</summary>
    void Sync();

    void SetLength(long length);
}

/// <summary>An open file is no longer at its path: what is written to it would be found by nobody.</summary>
internal sealed class JournalMovedException(string path)
    : IOException($"The file '{path}' was moved, replaced or deleted while it was written.");

/// <summary>Another process is using the journal folder.</summary>
internal sealed class JournalLockedException(string message, Exception? inner = null) : Exception(message, inner);
