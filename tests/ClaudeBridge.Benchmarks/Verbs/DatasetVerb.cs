using System.CommandLine;
using System.Globalization;
using ClaudeBridge.Benchmarks.Dataset;
using ClaudeBridge.Cli;

namespace ClaudeBridge.Benchmarks.Verbs;

/// <summary><c>dataset</c>: a data folder full of sessions, for pages, queries and reports.</summary>
internal static class DatasetVerb
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "The data folder; made when it is not there.", Required = true };
        var sessions = CommonOptions.Number(
            "--sessions",
            "Sessions, of about three turns and thirty observations each.",
            DatasetSettings.UsualSessions,
            DatasetSettings.LeastSessions,
            1_000_000
        );
        var days = CommonOptions.Number("--days", "Days over which they are spread.", 90, 1, 3_650);
        var seed = CommonOptions.Number("--seed", "Another number gives other sessions.", 1, 0, int.MaxValue);
        var largest = CommonOptions.Number("--largest-trace", "Observations of the largest trace.", 5_000, 50, 100_000);
        var until = new Option<DateTimeOffset?>("--until")
        {
            Description = "The end of the last day, such as 2026-11-20T18:00:00Z. Default: now.",
            CustomParser = static result =>
            {
                if (
                    DateTimeOffset.TryParse(
                        result.Tokens[0].Value,
                        CultureInfo.InvariantCulture,
                        DateTimeStyles.AssumeUniversal,
                        out var time
                    )
                )
                {
                    return time;
                }

                result.AddError("--until must be a time such as 2026-11-20T18:00:00Z.");
                return null;
            },
        };
        var json = CommonOptions.Json();
        var command = new Command(
            "dataset",
            "Fill a data folder with sessions as Claude Code reports them, through the bridge's own parts."
        )
        {
            data,
            sessions,
            days,
            seed,
            largest,
            until,
            json,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                var settings = new DatasetSettings
                {
                    Sessions = parsed.GetValue(sessions),
                    Days = parsed.GetValue(days),
                    Seed = parsed.GetValue(seed),
                    LargestTrace = parsed.GetValue(largest),
                    Until = parsed.GetValue(until) ?? TimeProvider.System.GetUtcNow(),
                };
                var began = TimeProvider.System.GetTimestamp();
                try
                {
                    var facts = await DatasetRun.WriteAsync(settings, Path.GetFullPath(parsed.GetRequiredValue(data)), cancel);
                    Write(facts, TimeProvider.System.GetElapsedTime(began), parsed.GetValue(json));
                }
                catch (CommandFailure failure)
                {
                    throw new BenchmarkException(failure.Message);
                }

                return 0;
            }
        );
        return command;
    }

    private static void Write(DatasetFacts facts, TimeSpan took, bool json)
    {
        if (json)
        {
            CommonOptions.WriteJson(new { facts, seconds = took.TotalSeconds });
            return;
        }

        Console.Out.WriteLine(
            $"{facts.Sessions} sessions, {facts.Turns} turns, {facts.Records} records in {took.TotalSeconds:0.0} s; all of them cost ${facts.CostMicros / 1e6:0.000000}."
        );
        Console.Out.WriteLine(
            $"dearest turn: prompt {facts.Dearest.PromptId} of session {facts.Dearest.SessionId}, ${facts.Dearest.CostMicros / 1e6:0.000000}"
        );
        Console.Out.WriteLine($"largest trace: prompt {facts.Largest.PromptId} of session {facts.Largest.SessionId}");
        Console.Out.WriteLine($"hostile names: session {facts.HostileSession}; long names: session {facts.LongSession}");
        Console.Out.WriteLine($"the tool that fails most: {facts.WorstTool}");
    }
}
