using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

/// <summary>Other files, but some may not be opened: a test may run as a user whom no rights keep out.</summary>
internal sealed class ForbiddenFiles(IJournalFiles files, string[] forbidden) : IJournalFiles
{
    public string[] Forbidden { get; set; } = forbidden;

    public void CreateFolder(string folder) => files.CreateFolder(folder);

    public IDisposable Lock(string path) => files.Lock(path);

    public IReadOnlyList<string> List(string folder) => files.List(folder);

    public bool Exists(string path) => files.Exists(path);

    public bool Holds(string path, long length) => files.Holds(path, length);

    public IJournalFile OpenRead(string path) =>
        Forbidden.Contains(path) ? throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.") : files.OpenRead(path);

    public IJournalFile OpenWrite(string path) => files.OpenWrite(path);

    public IJournalFile CreateNew(string path) => files.CreateNew(path);

    public void Replace(string path, ReadOnlySpan<byte> content) => files.Replace(path, content);

    public void Delete(string path) => files.Delete(path);

    public void SyncFolder(string folder) => files.SyncFolder(folder);
}
