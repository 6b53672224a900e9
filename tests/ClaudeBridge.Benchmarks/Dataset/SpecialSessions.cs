namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>Sessions that every data set has among its latest: names that attack whoever shows them, and names as long as they may be.</summary>
internal static class SpecialSessions
{
    /// <summary>HTML, a formula, a table's borders, and what moves a terminal's cursor or turns the direction of writing.</summary>
    public static readonly Person Hostile = new(
        "<img src=x onerror=alert(1)>",
        new string('f', 64),
        new Team("=HYPERLINK(\"http://127.0.0.1:9/\",\"team\")", "a|b\\|c", "@SUM(1+1)", ["\"><script>alert(2)</script>"]),
        "\u001b[31mred\u001b]8;;http://127.0.0.1:9/\u0007",
        "2.1.329",
        SendsContents: true
    );

    public const string HostilePrompt =
        "</textarea></script><script>alert(3)</script><img src=http://127.0.0.1:9/x.png onerror=alert(4)>\n"
        + "'; DROP TABLE turns; -- \u202Etxt.exe\u202C \u0000 \u001b[2J {{7*7}} ${7*7} | cell | &amp; &lt;b&gt; 日本語 🦀🦀🦀";

    public static readonly Person Long = new(
        string.Join('-', Enumerable.Repeat("bartholomew", 14)),
        new string('e', 64),
        new Team(
            string.Concat(Enumerable.Repeat("Abteilungsübergreifend", 8)),
            "Engineering, Research, Operations and Everything Else That Needs a Department",
            "00000000000000000000000000004711",
            [string.Join('/', Enumerable.Repeat("monorepository", 10))]
        ),
        "xterm-256color",
        "2.1.329",
        SendsContents: true
    );

    public static readonly string LongPrompt =
        string.Concat(Enumerable.Repeat("Donaudampfschifffahrtsgesellschaft", 40))
        + "\n\n"
        + string.Join('\n', Enumerable.Range(1, 400).Select(static line => $"{line:000}  a log line that someone pasted into the prompt"));
}
