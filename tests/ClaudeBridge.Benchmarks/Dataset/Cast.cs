namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>Someone who works with Claude Code, and what the exporter says of the machine.</summary>
/// <param name="Name">Empty for one whose organisation sets no attributes: then only the hash of the installation is known.</param>
internal sealed record Person(string Name, string Hash, Team? Team, string Terminal, string Version, bool SendsContents)
{
    /// <summary>In place of those of the team.</summary>
    public IReadOnlyList<string>? OwnRepositories { get; init; }
}

internal sealed record Team(string Name, string Department, string CostCenter, IReadOnlyList<string> Repositories);

/// <summary>US dollars for a million tokens.</summary>
internal sealed record Model(string Name, decimal Input, decimal Output, decimal CacheWrite, decimal CacheRead)
{
    public long CostMicros(long input, long output, long cacheRead, long cacheCreation) =>
        (long)Math.Round((input * Input) + (output * Output) + (cacheRead * CacheRead) + (cacheCreation * CacheWrite));
}

/// <param name="Failures">The share of its calls that fail.</param>
/// <param name="UsualMs">How long a call takes, mostly.</param>
/// <param name="Server">The MCP server that it belongs to.</param>
internal sealed record ToolKind(string Name, double Failures, double UsualMs, string? Server = null)
{
    public bool IsEdit => Name is "Edit" or "Write";
}

/// <summary>Who and what takes part.</summary>
internal static class Cast
{
    public static readonly Model[] Models =
    [
        new("claude-opus-5-5", 4m, 20m, 5m, 0.2m),
        new("claude-sonnet-5-5", 2m, 10m, 2.5m, 0.1m),
        new("claude-haiku-5-5", 0.5m, 2.5m, 0.625m, 0.025m),
    ];

    /// <summary>The one that fails most stands well apart from the others, so that it can be found.</summary>
    public static readonly ToolKind WorstTool = new("take_screenshot", 0.55, 2_400, "browser");

    /// <summary>The more frequent first.</summary>
    public static readonly ToolKind[] Tools =
    [
        new("Read", 0.02, 25),
        new("Bash", 0.09, 900),
        new("Edit", 0.05, 40),
        new("Grep", 0.01, 60),
        new("Write", 0.01, 35),
        new("Glob", 0, 30),
        new("TodoWrite", 0, 5),
        new("WebFetch", 0.14, 1_800),
        new("search_issues", 0.03, 450, "tracker"),
        new("query", 0.11, 240, "postgres"),
        new("create_pull_request", 0.06, 1_300, "forge"),
        WorstTool,
        new("WebSearch", 0.02, 1_400),
        new("Skill", 0, 12),
    ];

    public static readonly string[] Agents = ["general-purpose", "code-reviewer", "test-writer", "Explore"];

    public static readonly string[] Skills = ["changelog", "release-notes", "pdf", "migration-guide"];

    public static readonly string[] Languages = ["C#", "TypeScript", "Python", "Markdown", "Go", "SQL"];

    private static readonly string[] s_names =
    [
        "mia",
        "noah",
        "emma",
        "leon",
        "lina",
        "paul",
        "ida",
        "finn",
        "clara",
        "jonas",
        "ella",
        "luis",
        "marta",
        "tom",
        "sofia",
        "ben",
        "greta",
        "max",
        "anouk",
        "henri",
        "yuki",
        "amara",
        "diego",
        "priya",
        "olu",
        "ines",
        "tariq",
        "zoe",
        "kofi",
        "mei",
        "ravi",
        "nadia",
        "sven",
        "lucia",
        "omar",
        "freya",
    ];

    private static readonly string[] s_terminals = ["xterm-256color", "vscode", "iTerm.app", "WarpTerminal", "tmux"];

    private static readonly string[] s_versions = ["2.1.329", "2.1.329", "2.1.328", "2.1.310", "2.1.119", "2.0.76"];

    private static readonly Team[] s_teams =
    [
        new("payments", "engineering", "4711", ["ledger", "checkout-service", "fraud-rules"]),
        new("storefront", "engineering", "4712", ["shop-web", "shop-api"]),
        new("platform", "engineering", "4720", ["infra", "build-tools", "service-mesh-configuration"]),
        new("data", "analytics", "5100", ["warehouse", "forecasting"]),
        new("mobile", "engineering", "4713", ["shop-ios", "shop-android"]),
        new("docs & support", "operations", "6000", ["handbook"]),
    ];

    /// <summary>Everyone, the busiest first.</summary>
    public static IReadOnlyList<Person> People(int seed)
    {
        var dice = new Dice(seed);
        return
        [
            .. s_names.Select(
                (name, place) =>
                    new Person(
                        place % 12 == 11 ? "" : name,
                        dice.Hex(64),
                        place % 12 == 11 ? null : s_teams[place % s_teams.Length],
                        dice.Pick(s_terminals),
                        dice.Pick(s_versions),
                        SendsContents: place % 5 != 4
                    )
            ),
        ];
    }
}
