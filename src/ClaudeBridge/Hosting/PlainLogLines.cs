using System.Globalization;
using System.Text;
using ClaudeBridge.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ClaudeBridge.Hosting;

/// <summary>One line an event: time in UTC, level, the part that speaks, the sentence. <c>2026-01-31T12:00:00.000Z warn  DeliveryLoop: …</c></summary>
/// <remarks>What is not seen is escaped, so that nothing that was received can begin a line of its own, move a terminal's cursor or turn a line round.</remarks>
internal sealed class PlainLogLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "plain";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = new StringBuilder();
        line.Append(clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append(' ')
            .Append(Word(logEntry.LogLevel).PadRight(6))
            .Append(logEntry.Category.AsSpan(logEntry.Category.LastIndexOf('.') + 1))
            .Append(": ");
        TerminalText.AppendEscaped(line, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception)
        {
            TerminalText.AppendEscaped(line.Append(" | "), exception.ToString());
        }

        textWriter.Write(line.Append(Environment.NewLine));
    }

    private static string Word(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "error",
            _ => "fatal",
        };
}
