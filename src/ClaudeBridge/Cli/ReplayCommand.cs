using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ClaudeBridge.Cli.Replay;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge replay PATH…</c>: recordings through the same pipeline as live traffic, settled and delivered at the end.</summary>
internal static class ReplayCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge replay ./my-session                     (into a throw-away folder)",
        "claudebridge replay telemetry.jsonl.gz --data ./kept (then: claudebridge show ID --data ./kept)",
        "claudebridge replay recordings/ --expect expected.json",
        "claudebridge replay recordings/ --expect expected.json --update",
    ];

    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromSeconds(60);

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description =
                "One or more recording folders, OTLP/JSON-lines files (.jsonl, .jsonl.gz), or single bodies (.json, .pb, also .gz).",
            Arity = ArgumentArity.OneOrMore,
        };
        var timeout = new Option<TimeSpan?>("--deliver-timeout")
        {
            Description = "How long delivery may take at the end, in seconds (or h:mm:ss). Default: 60.",
            HelpName = "SECONDS",
            CustomParser = ParseTimeout,
        };
        var noDelivery = new Option<bool>("--no-deliver") { Description = "Deliver nothing, whatever is configured." };
        var expect = new Option<string?>("--expect")
        {
            Description = "Compare the result, ids normalised, with this file; a difference is printed and fails.",
            HelpName = "FILE",
        };
        var update = new Option<bool>("--update") { Description = "Write the result into the file of --expect instead." };
        var command = new Command("replay", "Send recordings through the bridge and see what comes of them.")
        {
            paths,
            timeout,
            noDelivery,
            expect,
            update,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(update) && result.GetValue(expect) is null)
            {
                result.AddError("--update needs --expect FILE.");
            }
        });
        command.SetAction(
            (parsed, cancel) =>
                new ReplayRun(services, parsed.GetValue(common.Verbose)).RunAsync(
                    new ReplayRequest
                    {
                        Paths = parsed.GetRequiredValue(paths),
                        Data = parsed.GetValue(common.Data) is { } given ? DataFolder.Resolve(given) : null,
                        SettingsFolder = common.DataOf(parsed),
                        DeliverTimeout = parsed.GetValue(timeout) ?? s_defaultTimeout,
                        Deliver = !parsed.GetValue(noDelivery),
                        Expect = parsed.GetValue(expect),
                        Update = parsed.GetValue(update),
                    },
                    cancel
                )
        );
        return command;
    }

    private static TimeSpan? ParseTimeout(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= int.MaxValue / 1000
        )
        {
            return TimeSpan.FromSeconds(seconds);
        }

        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero)
        {
            return span;
        }

        result.AddError($"--deliver-timeout '{text}' is no time; write seconds such as 60.");
        return null;
    }
}
