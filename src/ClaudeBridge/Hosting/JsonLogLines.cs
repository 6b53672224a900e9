using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ClaudeBridge.Hosting;

/// <summary>One JSON object an event, on a line of its own: time, level, part, event, message, the message's values as fields, the exception.</summary>
/// <remarks>Everything but ASCII is escaped, so a line is valid whatever was received, on any terminal and in any code page.</remarks>
internal sealed class JsonLogLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "json-lines";

    private const string OriginalFormat = "{OriginalFormat}";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level"u8, Word(logEntry.LogLevel));
            json.WriteString("part"u8, logEntry.Category.AsSpan(logEntry.Category.LastIndexOf('.') + 1));
            if (logEntry.EventId.Name is { Length: > 0 } name)
            {
                json.WriteString("event"u8, name);
            }

            json.WriteString("message"u8, logEntry.Formatter(logEntry.State, logEntry.Exception));
            WriteFields(json, logEntry.State);
            WriteException(json, logEntry.Exception);
            json.WriteEndObject();
        }

        textWriter.Write(Encoding.ASCII.GetString(memory.GetBuffer(), 0, (int)memory.Length) + "\n");
    }

    private static void WriteFields<TState>(Utf8JsonWriter json, TState state)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values || values.All(static value => value.Key == OriginalFormat))
        {
            return;
        }

        json.WriteStartObject("fields"u8);
        foreach (var (name, value) in values.Where(static value => value.Key != OriginalFormat).DistinctBy(static value => value.Key))
        {
            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
            WriteValue(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case float or double when Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
        }
    }

    private static void WriteException(Utf8JsonWriter json, Exception? exception)
    {
        if (exception is null)
        {
            return;
        }

        json.WriteStartObject("exception"u8);
        json.WriteString("type"u8, exception.GetType().FullName);
        json.WriteString("trace"u8, exception.ToString());
        json.WriteEndObject();
    }

    private static string Word(LogLevel level) =>
        level switch
        {
            LogLevel.Warning => "warn",
            LogLevel.Information => "info",
            LogLevel.Critical => "fatal",
            _ => level.ToString().ToLowerInvariant(),
        };
}
