using System.Text.Json;
using ClaudeBridge.Hosting;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>The log as JSON: an object a line, whatever was received.</summary>
public sealed class JsonLogLinesTests
{
    [Fact]
    public void A_line_is_an_object_with_time_level_part_event_message_and_the_values_as_fields()
    {
        var json = Line("{Destination} waits with {Count} things for {Share}", "Langfuse", 7, 0.5);

        json.GetProperty("time").GetString().ShouldBe("2026-01-31T12:00:00.250Z");
        json.GetProperty("level").GetString().ShouldBe("warn");
        json.GetProperty("part").GetString().ShouldBe("DeliveryLoop");
        json.GetProperty("event").GetString().ShouldBe("Down");
        json.GetProperty("message").GetString().ShouldBe("Langfuse waits with 7 things for 0.5");
        var fields = json.GetProperty("fields");
        fields.GetProperty("destination").GetString().ShouldBe("Langfuse");
        fields.GetProperty("count").GetInt32().ShouldBe(7);
        fields.GetProperty("share").GetDouble().ShouldBe(0.5);
        fields.EnumerateObject().Count().ShouldBe(3);
    }

    [Theory]
    [InlineData("one\r\ntwo\u001b[2J\u0085\u2028\u202e\0\"\\")]
    [InlineData("half \ud800 and \udc00 half")]
    [InlineData("\ud83d\ude00 é \uffff")]
    public void Whatever_was_received_is_one_valid_line_of_ASCII(string hostile)
    {
        var text = Text("It said {What}", new InvalidOperationException(hostile), hostile);

        text.TrimEnd('\n').ShouldAllBe(static letter => letter >= ' ' && letter < 127);
        text.Count(static letter => letter == '\n').ShouldBe(1);
        var json = JsonDocument.Parse(text).RootElement;
        json.GetProperty("fields").GetProperty("what").ValueKind.ShouldBe(JsonValueKind.String);
        json.GetProperty("exception").GetProperty("type").GetString().ShouldBe("System.InvalidOperationException");
        json.GetProperty("exception").GetProperty("trace").GetString()!.ShouldStartWith("System.InvalidOperationException");
    }

    [Fact]
    public void Numbers_that_JSON_does_not_know_are_texts() =>
        Line("{A} {B}", double.NaN, float.PositiveInfinity).GetProperty("fields").GetProperty("a").GetString().ShouldBe("NaN");

    private static JsonElement Line(string template, params object?[] values) =>
        JsonDocument.Parse(Text(template, null, values)).RootElement;

    private static string Text(string template, Exception? exception, params object?[] values)
    {
        using var log = new OneEntry();
#pragma warning disable CA1848, CA2254 // The template is the test's.
        log.LogWarning(new EventId(3, "Down"), exception, template, values);
#pragma warning restore CA1848, CA2254
        return log.Text;
    }

    private sealed class OneEntry : ILogger, IDisposable
    {
        private readonly StringWriter _text = new();

        public string Text => _text.ToString();

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var entry = new LogEntry<TState>(logLevel, "ClaudeBridge.Exporters.DeliveryLoop", eventId, state, exception, formatter);
            new JsonLogLines(new ManualTimeProvider(new(2026, 1, 31, 12, 0, 0, 250, TimeSpan.Zero))).Write(entry, null, _text);
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose() => _text.Dispose();
    }
}
