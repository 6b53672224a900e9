namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>What a data set is made from. The same settings give the same bytes on every machine.</summary>
internal sealed record DatasetSettings
{
    public const int UsualSessions = 10_000;

    /// <summary>Below it there is no room for the sessions that are special.</summary>
    public const int LeastSessions = 10;

    public int Sessions { get; init; } = UsualSessions;

    /// <summary>Days over which the sessions are spread, the last of them being that of <see cref="Until"/>.</summary>
    public int Days { get; init; } = 90;

    /// <summary>Nothing happens after it.</summary>
    public required DateTimeOffset Until { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Observations of the largest trace.</summary>
    public int LargestTrace { get; init; } = 5_000;
}

/// <summary>What is known of a data set without asking the bridge.</summary>
internal sealed record DatasetFacts
{
    public required int Sessions { get; init; }

    public required int Turns { get; init; }

    public required long Records { get; init; }

    /// <summary>The cost of everything that was sent, in millionths of a US dollar.</summary>
    public required long CostMicros { get; init; }

    public required TurnFacts Dearest { get; init; }

    /// <summary>The turn with <see cref="DatasetSettings.LargestTrace"/> observations.</summary>
    public required TurnFacts Largest { get; init; }

    /// <summary>A session whose names and contents are HTML, formulas and control characters.</summary>
    public required string HostileSession { get; init; }

    /// <summary>A session whose names are as long as they may be.</summary>
    public required string LongSession { get; init; }

    /// <summary>The tool that fails most, by number and by share of its calls.</summary>
    public required string WorstTool { get; init; }
}

internal sealed record TurnFacts(string SessionId, string PromptId, string Prompt, long CostMicros);
