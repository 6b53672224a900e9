using ClaudeBridge.Hosting;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>What repeats is counted; nothing that is new is left out of the log.</summary>
public sealed class LogRepeatsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void The_first_line_is_written_and_the_rest_of_its_minute_is_one_count()
    {
        var repeats = new LogRepeats(Minute, _clock);

        repeats.Note(Key("full"), "full").ShouldBeTrue();
        for (var i = 0; i < 999; i++)
        {
            repeats.Note(Key("full"), "full").ShouldBeFalse();
        }

        repeats.Take().ShouldBeEmpty();
        _clock.Advance(Minute);
        var told = repeats.Take().ShouldHaveSingleItem();
        told.Count.ShouldBe(999);
        told.Last.ShouldBe("full");
        told.Key.ShouldBe(Key("full"));
    }

    [Fact]
    public void A_flood_that_goes_on_is_one_line_a_minute_and_one_that_ended_is_news_again()
    {
        var repeats = new LogRepeats(Minute, _clock);
        var written = 0;
        for (var minute = 0; minute < 10; minute++)
        {
            for (var i = 0; i < 100; i++)
            {
                written += repeats.Note(Key("full"), "full") ? 1 : 0;
            }

            _clock.Advance(Minute);
            repeats.Take().ShouldHaveSingleItem();
        }

        written.ShouldBe(1);
        _clock.Advance(Minute);
        repeats.Take().ShouldBeEmpty();
        repeats.Note(Key("full"), "full").ShouldBeTrue();
    }

    [Fact]
    public void The_same_sentence_of_other_things_is_written_until_there_are_too_many_and_then_all_are_counted()
    {
        var repeats = new LogRepeats(Minute, _clock);

        var written = Enumerable.Range(0, 1000).Count(i => repeats.Note(Key("damaged at {Place}"), $"damaged at {i}"));

        written.ShouldBe(LogRepeats.MaxDifferent);
        repeats.Take(all: true).ShouldHaveSingleItem().Count.ShouldBe(1000 - LogRepeats.MaxDifferent);
    }

    [Fact]
    public void Another_part_another_level_and_another_sentence_are_no_repeats()
    {
        var repeats = new LogRepeats(Minute, _clock);

        repeats.Note(Key("full"), "full").ShouldBeTrue();
        repeats.Note(Key("full") with { Part = "Store" }, "full").ShouldBeTrue();
        repeats.Note(Key("full") with { Level = LogLevel.Error }, "full").ShouldBeTrue();
        repeats.Note(Key("empty"), "empty").ShouldBeTrue();
    }

    [Fact]
    public void Sentences_without_end_do_not_fill_the_memory_and_are_written()
    {
        var repeats = new LogRepeats(Minute, _clock);

        for (var i = 0; i < 3 * LogRepeats.MaxKeys; i++)
        {
            repeats.Note(Key($"sentence {i}"), "x").ShouldBeTrue();
        }

        _clock.Advance(Minute);
        repeats.Take().ShouldBeEmpty();
        _clock.Advance(Minute);
        repeats.Take().ShouldBeEmpty();
        repeats.Note(Key("a new one"), "x").ShouldBeTrue();
        repeats.Note(Key("a new one"), "x").ShouldBeFalse();
    }

    private static LogKey Key(string template) => new("Journal", LogLevel.Warning, template);
}
