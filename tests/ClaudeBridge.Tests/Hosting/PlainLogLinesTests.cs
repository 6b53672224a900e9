using ClaudeBridge.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>The form of a line in the log.</summary>
public sealed class PlainLogLinesTests
{
    [Fact]
    public void A_line_has_time_with_zone_level_part_and_sentence_and_no_event_id() =>
        Line("Delivery waits.", LogLevel.Warning)
            .ShouldBe("2026-01-31T12:00:00.250Z warn  DeliveryLoop: Delivery waits." + Environment.NewLine);

    [Fact]
    public void What_was_received_can_neither_begin_a_line_nor_move_the_cursor()
    {
        var line = Line("one\r\ntwo\u001b[2J\u0085\u2028", LogLevel.Error, new InvalidOperationException("three\nfour"));

        line.TrimEnd('\r', '\n').ShouldAllBe(letter => !char.IsControl(letter) && letter != '\u2028');
        line.ShouldContain("one\\r\\ntwo\\u001b[2J\\u0085\\u2028 | System.InvalidOperationException: three\\nfour");
    }

    [Theory]
    [InlineData("safe\u202eexe.txt", @"safe\u202eexe.txt")]
    [InlineData("\u2066a\u2069\u200b\ufeff\u00ad", @"\u2066a\u2069\u200b\ufeff\u00ad")]
    [InlineData("tag \udb40\udc41", @"tag \udb40\udc41")]
    [InlineData("\u001b]8;;http://x\u0007link", @"\u001b]8;;http://x\u0007link")]
    [InlineData("größer 日本 \U0001F600", "größer 日本 \U0001F600")]
    public void What_acts_without_being_seen_is_written_out(string received, string shown) =>
        Line(received, LogLevel.Warning).ShouldEndWith(": " + shown + Environment.NewLine);

    [Fact]
    public void Half_a_character_is_written_out() =>
        Line("half " + '\ud83d' + " of", LogLevel.Warning).ShouldEndWith(@": half \ud83d of" + Environment.NewLine);

    private static string Line(string sentence, LogLevel level, Exception? exception = null)
    {
        using var text = new StringWriter();
        var entry = new LogEntry<string>(
            level,
            "ClaudeBridge.Exporters.DeliveryLoop",
            new EventId(1533456331),
            sentence,
            exception,
            static (state, _) => state
        );
        new PlainLogLines(new Noon()).Write(entry, null, text);
        return text.ToString();
    }

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 31, 12, 0, 0, 250, TimeSpan.Zero);
    }
}
