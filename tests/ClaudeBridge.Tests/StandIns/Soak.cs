using System.Globalization;

namespace ClaudeBridge.Tests.StandIns;

/// <summary>The long form of tests that repeat something: <c>tests/soak</c> runs it and gathers what it did; a plain <c>dotnet test</c> runs the short form.</summary>
/// <remarks>Such tests carry <c>[Trait(Soak.Category, Soak.Name)]</c>.</remarks>
internal static class Soak
{
    public const string Category = "Category";
    public const string Name = "Soak";

    /// <summary>Set for the long form. A number is a factor on the long form's counts: 0.1 for a tenth of it.</summary>
    private const string FactorVariable = "CLAUDEBRIDGE_SOAK";

    /// <summary>A file that a row of a Markdown table is added to for each test that reports.</summary>
    private const string ReportVariable = "CLAUDEBRIDGE_SOAK_REPORT";

    private static readonly Lock Gate = new();

    private static readonly double? Factor = double.TryParse(
        Environment.GetEnvironmentVariable(FactorVariable),
        NumberStyles.Float,
        CultureInfo.InvariantCulture,
        out var factor
    )
        ? factor
        : null;

    public static bool IsLong => Factor is > 0;

    /// <summary>How often to do it: the short form's count, or the long form's times its factor.</summary>
    public static int Count(int inSuite, int inSoak) => Factor is { } factor and > 0 ? Math.Max(inSuite, (int)(inSoak * factor)) : inSuite;

    /// <summary>Notes what was done and what was lost, for the report.</summary>
    /// <param name="what">One line a person reads: <c>kill -9 at named points</c>.</param>
    /// <param name="figures">What was counted, in the order to be shown.</param>
    public static void Report(string what, params (string Name, object Value)[] figures)
    {
        if (Environment.GetEnvironmentVariable(ReportVariable) is not { Length: > 0 } file)
        {
            return;
        }

        var line =
            $"| {Cell(what)} | {string.Join(", ", figures.Select(static figure => $"{Cell(figure.Name)}: {Cell(Text(figure.Value))}"))} |";
        lock (Gate)
        {
            File.AppendAllText(file, line + "\n");
        }
    }

    private static string Text(object value) =>
        value switch
        {
            double or float or decimal => string.Create(CultureInfo.InvariantCulture, $"{value:#,0.##}"),
            IFormattable number => number.ToString(value is int or long or uint or ulong ? "#,0" : null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };

    private static string Cell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
