using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary>What commands need from outside; tests put their own here.</summary>
internal sealed record CommandServices(Terminal Terminal, TimeProvider Clock)
{
    /// <summary>Opens the store of a data folder for reading, beside a bridge that writes it.</summary>
    public required Func<string, OpenedStore> OpenStore { get; init; }
}

/// <summary>A store opened for questions; disposing closes it.</summary>
internal sealed class OpenedStore(IStoreQueries queries, IDisposable? owner = null) : IDisposable
{
    public IStoreQueries Queries { get; } = queries;

    public void Dispose() => owner?.Dispose();
}
