namespace ClaudeBridge.Store;

/// <summary>The store's file does not hold what was written to it. It is derived, so it is set aside and built again from the journal.</summary>
public sealed class StoreDamagedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The store cannot be read: there is none, or it belongs to another version of the program.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A question took longer than <see cref="StoreOptions.AskAtMost"/>.</summary>
public sealed class QuestionTooLongException(TimeSpan limit, Exception? inner = null)
    : Exception(
        $"This takes longer than {limit.TotalSeconds:0.###} s ({StoreOptions.Section}:{nameof(StoreOptions.AskAtMost)}): narrow it by time or by filters, or ask for fewer entries.",
        inner
    );

/// <summary>The beginning of an id fits several.</summary>
/// <param name="prefix">What was asked for.</param>
/// <param name="candidates">Full ids that it could mean, at most ten.</param>
public sealed class AmbiguousIdException(string prefix, IReadOnlyList<string> candidates)
    : Exception($"\"{prefix}\" could be any of: {string.Join(", ", candidates)}. Give more of the id.")
{
    public string Prefix { get; } = prefix;

    public IReadOnlyList<string> Candidates { get; } = candidates;
}
