using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Cli;

/// <summary>What commands need from outside; tests put their own here.</summary>
internal sealed record CommandServices(Terminal Terminal, TimeProvider Clock)
{
    /// <summary>Opens the store of a data folder for reading, beside a bridge that writes it.</summary>
    public Func<string, IStoreQueries> OpenStore { get; init; } = static folder => StoreQueries.In(folder);

    /// <summary>The same for what pages and <c>tail</c> ask.</summary>
    public Func<string, IStorePages> OpenPages { get; init; } = static folder => StorePages.In(folder);

    /// <summary>Settings that stand above all others.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Overrides { get; init; } = [];
}
