using System.CommandLine;
using ClaudeBridge.Benchmarks.Measure;

namespace ClaudeBridge.Benchmarks.Verbs;

/// <summary><c>measure</c>: the table of figures, each row several times, on targets that it starts and stops itself.</summary>
internal static class MeasureVerb
{
    public static Command Create()
    {
        var bridge = new Option<string>("--bridge")
        {
            Description = "The bridge's executable or dll; a published one for the figures.",
            DefaultValueFactory = static _ =>
                Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "claudebridge.exe" : "claudebridge"),
        };
        var langfuse = new Option<bool>("--with-langfuse") { Description = "Deliver to a stand-in for Langfuse, in this process." };
        var rows = new Option<string[]>("--rows")
        {
            Description = $"Which rows: {string.Join(", ", MeasureRows.All.Select(static row => row.Name))}. Default: all.",
            AllowMultipleArgumentsPerToken = true,
        };
        rows.AcceptOnlyFromAmong([.. MeasureRows.All.Select(static row => row.Name)]);
        var runs = CommonOptions.Number("--runs", "How often each row is measured; the median counts.", 3, 1, 99);
        var seconds = CommonOptions.Seconds("--seconds", "How long each run sends.", 5, 600);
        var warmup = CommonOptions.Seconds("--warmup", "How long each run sends before it measures.", 5, 600);
        var data = new Option<string>("--data")
        {
            Description = "A folder on the disk to measure; each run makes and deletes a folder in it.",
            DefaultValueFactory = _ => Path.GetTempPath(),
        };
        var json = CommonOptions.Json();
        var command = new Command("measure", "Measure the rows of the table of figures on targets of its own. Takes some minutes.")
        {
            bridge,
            langfuse,
            rows,
            runs,
            seconds,
            warmup,
            data,
            json,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                var wanted = parsed.GetValue(rows) is { Length: > 0 } names ? names : [.. MeasureRows.All.Select(static row => row.Name)];
                var settings = new MeasureSettings(
                    parsed.GetValue(bridge)!,
                    parsed.GetValue(data)!,
                    parsed.GetValue(langfuse),
                    [.. MeasureRows.All.Where(row => wanted.Contains(row.Name))],
                    parsed.GetValue(runs),
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    TimeSpan.FromSeconds(parsed.GetValue(warmup))
                );
                var measured = await MeasureRun.RunAsync(settings, Console.Error, cancel);
                if (parsed.GetValue(json))
                {
                    CommonOptions.WriteJson(measured);
                }
                else
                {
                    MeasureRun.Print(measured, Console.Out);
                }

                return measured.All(static row => row.Runs.Count > 0) ? 0 : 1;
            }
        );
        return command;
    }
}
