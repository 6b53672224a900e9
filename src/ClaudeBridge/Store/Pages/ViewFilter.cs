namespace ClaudeBridge.Store.Pages;

/// <summary>What is looked at. Every part that is set narrows it; texts are compared exactly unless said otherwise.</summary>
public sealed record ViewFilter
{
    /// <summary>Null for every tenant, empty for what belongs to none.</summary>
    public string? Tenant { get; init; }

    /// <summary>Words that all stand in a prompt or an answer, or the beginning of an id of a session, trace, prompt or request; letter case does not matter.</summary>
    public string? Text { get; init; }

    public string? SessionId { get; init; }

    public string? User { get; init; }

    /// <summary>A turn that asked this model.</summary>
    public string? Model { get; init; }

    /// <summary>A turn that called this tool.</summary>
    public string? Tool { get; init; }

    /// <summary>Values by dimension: any name that totals can be broken down by, but session, day, user, model and tool. <c>(none)</c> finds what has no value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>Only what has an observation of level ERROR; with <see cref="Tool"/>, a failure of that tool.</summary>
    public bool OnlyFailed { get; init; }

    /// <summary><c>complete</c>, <c>partial</c> or <c>conflict</c>; sessions only.</summary>
    public string? Completeness { get; init; }

    /// <summary>The first moment that counts: of a session its end, of a turn its start.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first moment that does not count any more: of a session its start, of a turn its start.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The <c>service.name</c> of another program; null for Claude Code alone, <c>*</c> for all.</summary>
    public string? Service { get; init; }

    /// <summary>Equal for filters that narrow by the same, times left out: those may be counted back from now and move on between two pages.</summary>
    internal string Scope =>
        string.Join(
            '\u001f',
            [
                Tenant ?? "*",
                Text,
                SessionId,
                User,
                Model,
                Tool,
                OnlyFailed ? "failed" : null,
                Completeness,
                Service,
                .. Labels.Select(static label => $"{label.Key}={label.Value}").Order(StringComparer.Ordinal),
            ]
        );

    /// <summary>The value of <see cref="Service"/> that stands for all.</summary>
    public const string AnyService = "*";
}

/// <summary>What stands first.</summary>
public enum PageOrder
{
    /// <summary>The latest: sessions by their end, turns and events by their start.</summary>
    Latest,
    Cost,
    Tokens,
    Errors,
    Duration,
}

/// <summary>One page of a list.</summary>
/// <param name="Limit">Entries at most.</param>
/// <param name="Cursor">Where the page before ended (<see cref="Page{T}.Next"/>); null for the first.</param>
public sealed record PageRequest(int Limit, string? Cursor = null, PageOrder Order = PageOrder.Latest);

/// <param name="Next">The cursor of the next page; null on the last. What comes in meanwhile neither repeats nor hides entries of a list by time.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>The cursor was not made by this version of the program for this order and these filters.</summary>
public sealed class BadCursorException()
    : Exception("The cursor is not one of this list with this order and these filters; begin at its first page.");
