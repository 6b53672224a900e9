using ClaudeBridge.Journal;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Journal;

/// <summary>What the log says of a disk that the journal cannot write to.</summary>
public sealed class WritingTroubleTests : ILogger
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<(string Text, Exception? Trace)> _lines = [];

    [Fact]
    public void A_full_disk_is_told_in_one_sentence_and_once_a_minute()
    {
        var trouble = new WritingTrouble(new JournalClock(_time), "/data/journal", this);

        for (var second = 0; second < 90; second++)
        {
            trouble.Met(new IOException("No space left on device"), entries: 1);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        _lines.Count.ShouldBe(2);
        _lines.ShouldAllBe(static line => line.Trace == null && line.Text.Contains("No space left on device."));
        _lines[1].Text.ShouldContain("since this was last said: 60;");
    }

    [Fact]
    public void What_nobody_expected_is_told_with_its_trace()
    {
        new WritingTrouble(new JournalClock(_time), "/data/journal", this).Met(new InvalidOperationException("odd"), entries: 1);

        _lines.ShouldHaveSingleItem().Trace.ShouldBeOfType<InvalidOperationException>();
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _lines.Add((formatter(state, exception), exception));
}
