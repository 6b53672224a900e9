namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>What people ask and what is answered, of lengths as they come.</summary>
internal static class Phrases
{
    private static readonly string[] s_verbs =
    [
        "Fix",
        "Explain",
        "Refactor",
        "Write tests for",
        "Document",
        "Speed up",
        "Review",
        "Migrate",
        "Find out why CI fails in",
        "Add logging to",
    ];

    private static readonly string[] s_things =
    [
        "the invoice rounding",
        "the login form",
        "the retry policy",
        "the search index",
        "the nightly import",
        "the cart service",
        "the health page",
        "the rate limiter",
        "the settings parser",
        "the upload queue",
        "the currency table",
        "the webhook handler",
        "the cache layer",
        "the billing report",
    ];

    private static readonly string[] s_endings =
    [
        ".",
        " and keep the public API as it is.",
        "; the test in tests/Unit must pass afterwards.",
        " – see the ticket, and do not touch the migrations.",
        ".\n\nSteps to reproduce:\n1. open two windows\n2. save in both\n3. look at the total",
    ];

    private static readonly string[] s_sentences =
    [
        "The handler read its configuration before the listener was up.",
        "I moved the read behind the start and added a test that opens the port first.",
        "Both suites pass now.",
        "One call site still uses the old overload; it is marked obsolete.",
        "The total was computed from rounded parts, which is why it was off by a cent.",
        "No schema change was needed.",
    ];

    private static readonly string[] s_commands =
    [
        "dotnet test tests/Unit --filter Name~Listener",
        "npm run lint",
        "git status --short",
        "make -j2 check",
        "pytest -q tests/test_import.py",
        "ls -la src",
    ];

    private static readonly string[] s_files =
    [
        "src/Server/Listener.cs",
        "src/cart/total.ts",
        "services/import/nightly.py",
        "docs/setup.md",
        "db/migrations/0042_currency.sql",
        "web/src/components/Login.tsx",
    ];

    public static string Prompt(Dice dice)
    {
        var text = $"{dice.Pick(s_verbs)} {dice.Pick(s_things)}{dice.PickFirst(s_endings)}";
        // Now and then someone pastes a whole log.
        return dice.Chance(0.02)
            ? text + "\n\n" + string.Concat(Enumerable.Repeat(dice.Pick(s_sentences) + " ", dice.Between(20, 60)))
            : text;
    }

    public static string Answer(Dice dice) => string.Join(' ', Enumerable.Range(0, dice.Between(1, 6)).Select(_ => dice.Pick(s_sentences)));

    public static string Input(ToolKind tool, Dice dice) =>
        tool switch
        {
            { Name: "Bash" } => $$"""{"command":"{{dice.Pick(s_commands)}}","description":"Run it"}""",
            { Name: "Read" or "Write" } => $$"""{"file_path":"/home/dev/project/{{dice.Pick(s_files)}}"}""",
            { Name: "Edit" } =>
                $$"""{"file_path":"/home/dev/project/{{dice.Pick(s_files)}}","old_string":"Read(options);","new_string":"ReadLater(options);"}""",
            { Name: "Grep" or "Glob" } => """{"pattern":"Listener\\.Start","path":"/home/dev/project/src"}""",
            { Name: "WebFetch" or "WebSearch" } => """{"url":"https://docs.example.com/listener","prompt":"When is the port open?"}""",
            _ => $$"""{"limit":{{dice.Between(1, 50)}}}""",
        };

    public static string Error(ToolKind tool, Dice dice) =>
        tool switch
        {
            { Name: "Bash" } => $"Exit code {dice.Between(1, 3)}",
            { Server: { } server } => $"{server}: the connection was closed after {dice.Between(2, 30)} s",
            { Name: "WebFetch" } => "Request failed with status code 503",
            { Name: "Edit" } => "String to replace not found in file.",
            _ => "File does not exist.",
        };
}
