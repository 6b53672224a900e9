using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge report</c>: totals by model, day, team or whatever else is asked for.</summary>
internal static class ReportCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge report",
        "claudebridge report --by day,model --from 2026-11-01 --to 2026-11-30",
        "claudebridge report --by team --limit 10",
        "claudebridge report --by repository --format json | jq '.rows[].cost'",
        "claudebridge report --by user,model --from 2026-11-01 --format csv > november.csv",
        "claudebridge report --by team --format markdown >> $GITHUB_STEP_SUMMARY",
    ];

    private const string Table = "table",
        Json = "json",
        Csv = "csv",
        Markdown = "markdown";

    private static readonly string[] s_formats = [Table, Json, Csv, Markdown];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var by = new Option<string>("--by")
        {
            Description =
                $"What to break down by, one or more with commas: {string.Join(", ", Dimension.Known)}, or any key of a trace's metadata or tags.",
            HelpName = "DIM[,DIM]",
            DefaultValueFactory = static _ => "model",
        };
        by.Validators.Add(static result =>
        {
            if (
                result.Tokens.Count > 0
                && NamesOf(result.Tokens[0].Value) is var names
                && (names.Length == 0 || !names.All(Dimension.IsName))
            )
            {
                result.AddError("--by must be names with commas between them, such as 'day,model'.");
            }
        });
        var from = Day("--from", "The first day that counts, such as 2026-11-01 (UTC). Default: the first there is.");
        var to = Day("--to", "The last day that counts (UTC). Default: the last there is.");
        var format = new Option<string?>("--format")
        {
            Description =
                "table: for this terminal. json: for programs. csv: for spreadsheets, exact to the last digit. markdown: for wikis and merge requests. Default: table.",
            HelpName = string.Join('|', s_formats),
        };
        format.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && !s_formats.Contains(result.Tokens[0].Value))
            {
                result.AddError($"--format must be one of {string.Join(", ", s_formats)}.");
            }
        });
        var json = new Option<bool>("--json") { Description = "The same as --format json." };
        var limit = new Option<int?>("--limit")
        {
            Description = "Print at most this many rows, and the rest as one more. Default: all.",
            HelpName = "N",
        };
        limit.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var number) || number < 1))
            {
                result.AddError("--limit must be a whole number above zero.");
            }
        });
        var command = new Command("report", "Add up cost, tokens, requests and metrics, also while the bridge is running.")
        {
            by,
            from,
            to,
            format,
            json,
            limit,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(format) is not null and not Json)
            {
                result.AddError("--json and --format ask for different things; give one of them.");
            }
        });
        command.SetAction(parsed =>
        {
            var request = new TotalsRequest
            {
                By = NamesOf(parsed.GetRequiredValue(by)),
                From = parsed.GetValue(from),
                To = parsed.GetValue(to),
                Limit = parsed.GetValue(limit),
            };
            if (request.From > request.To)
            {
                throw new CommandFailure("--from must not be later than --to.", ExitCode.Usage);
            }

            var report = services.OpenStore(common.DataOf(parsed)).Totals(request);
            Write(services.Terminal, report, parsed.GetValue(json) ? Json : parsed.GetValue(format) ?? Table, common.DataOf(parsed));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(Terminal terminal, TotalsReport report, string format, string folder)
    {
        if (format == Json)
        {
            terminal.Out.WriteLine(TerminalText.Lines(JsonSerializer.Serialize(report, StoreJson.Indented.TotalsReport)));
            return;
        }

        if (format == Csv)
        {
            TotalsCsv.Write(terminal, report);
        }
        else if (report.Rows.Count == 0)
        {
            terminal.Error.WriteLine($"Nothing to add up in {folder} for this time.");
            return;
        }
        else if (format == Markdown)
        {
            TotalsMarkdown.Write(terminal.Out, report);
        }
        else
        {
            TotalsTable.Write(terminal, report);
        }

        foreach (var note in format == Markdown ? [] : TotalsColumns.Notes(report))
        {
            terminal.Error.WriteLine(note);
        }

        foreach (
            var name in report.By.Where(name => !Dimension.Known.Contains(name) && report.Rows.All(row => row.Key[name] == Dimension.None))
        )
        {
            terminal.Error.WriteLine($"Nothing in the store has a value for '{name}'.");
        }
    }

    private static string[] NamesOf(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static Option<DateOnly?> Day(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "DATE",
            CustomParser = result =>
            {
                if (
                    result.Tokens is [{ Value: var text }]
                    && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                )
                {
                    return day;
                }

                result.AddError($"{name} must be a day such as 2026-11-20.");
                return null;
            },
        };
}
