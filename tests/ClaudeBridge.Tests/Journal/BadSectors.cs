using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

/// <summary>Other files, but for a stretch of each that gives an I/O error.</summary>
internal sealed class BadSectors(IJournalFiles files) : IJournalFiles
{
    public long From { get; set; }

    public long To { get; set; }

    public void CreateFolder(string folder) => files.CreateFolder(folder);

    public IDisposable Lock(string path) => files.Lock(path);

    public IReadOnlyList<string> List(string folder) => files.List(folder);

    public bool Exists(string path) => files.Exists(path);

    public bool Holds(string path, long length) => files.Holds(path, length);

    public IJournalFile OpenRead(string path) => new BadFile(files.OpenRead(path), this);

    public IJournalFile OpenWrite(string path) => files.OpenWrite(path);

    public IJournalFile CreateNew(string path) => files.CreateNew(path);

    public void Replace(string path, ReadOnlySpan<byte> content) => files.Replace(path, content);

    public void Delete(string path) => files.Delete(path);

    public void SyncFolder(string folder) => files.SyncFolder(folder);

    private sealed class BadFile(IJournalFile file, BadSectors bad) : IJournalFile
    {
        public long Length => file.Length;

        public DateTimeOffset LastWritten => file.LastWritten;

        public int Read(Span<byte> target, long offset) =>
            offset < bad.To && offset + target.Length > bad.From ? throw new IOException("Input/output error") : file.Read(target, offset);

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset) => file.Write(buffers, offset);

        public void Sync() => file.Sync();

        public void SetLength(long length) => file.SetLength(length);

        public void Dispose() => file.Dispose();
    }
}
