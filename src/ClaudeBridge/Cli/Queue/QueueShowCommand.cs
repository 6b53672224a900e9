using System.CommandLine;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Ledger;

namespace ClaudeBridge.Cli.Queue;

/// <summary><c>claudebridge queue show ID</c>: one dead letter whole, with the content that was refused.</summary>
internal static class QueueShowCommand
{
    public static readonly string[] Examples = ["claudebridge queue show 12", "claudebridge queue show 12 --raw > letter.bin"];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var id = new Argument<long>("ID") { Description = "The number of a dead letter, as 'queue list' shows it." };
        var raw = new Option<bool>("--raw") { Description = "Write the content alone, byte by byte as it was to be sent." };
        var command = new Command("show", "Print one dead letter with the content that was refused. It may hold prompts and answers.")
        {
            id,
            raw,
        };
        command.SetAction(
            (parsed, cancel) =>
                QueueFolder.GuardAsync(
                    common.DataOf(parsed),
                    async folder =>
                    {
                        var asked = parsed.GetValue(id);
                        using var connection = QueueFolder.OpenForReading(folder.Ledger) ?? throw None(asked);
                        var ledger = new LedgerFile(connection);
                        var letter = ledger.DeadLetters(new DeadLetterFilter { Ids = [asked] }, 1).SingleOrDefault() ?? throw None(asked);
                        var payload = ledger.Payload(asked) ?? throw None(asked);
                        if (parsed.GetValue(raw))
                        {
                            await using var output = Console.OpenStandardOutput();
                            await output.WriteAsync(payload, cancel);
                        }
                        else
                        {
                            Write(services.Terminal.Out, letter, KeptContent.ToText(payload));
                        }

                        return ExitCode.Done;
                    }
                )
        );
        return command;
    }

    private static void Write(TextWriter output, DeadLetterRow letter, string content)
    {
        output.WriteLine($"Dead letter  {letter.Id}");
        output.WriteLine($"Destination  {Texts.OneLine(letter.Destination, 500)}");
        output.WriteLine($"Refused      {Texts.Time(letter.Time)}");
        output.WriteLine($"Session      {Texts.OneLine(letter.SessionId, 500)}");
        output.WriteLine(
            letter.Score is { } score
                ? $"Score        {Texts.OneLine(score, 500)}"
                : $"Observation  {letter.Observation} of trace {letter.Trace}"
        );
        output.WriteLine($"Status       {letter.Status?.ToString() ?? "none"}");
        output.WriteLine($"Reason       {Texts.OneLine(letter.Reason, 4_000)}");
        if (letter.AskedAt is { } asked)
        {
            output.WriteLine($"Asked for    {Texts.Time(asked)}");
        }

        if (letter.Note is { } note)
        {
            output.WriteLine($"Note         {Texts.OneLine(note, 500)}");
        }

        output.WriteLine($"Content      {QueueTexts.Size(letter.PayloadBytes)}");
        output.WriteLine();
        output.WriteLine(Texts.Plain(content));
    }

    private static CommandFailure None(long id) => new($"There is no dead letter {id}; 'claudebridge queue list' shows what there is.");
}
