using ClaudeBridge.Exporters;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Exporters;

public sealed class TroubleLinesTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Trouble_and_its_end_are_told_at_once_and_trouble_that_lasts_is_told_once()
    {
        var lines = new TroubleLines(_clock);

        lines.Begins("down").ShouldBeTrue();
        for (var hour = 0; hour < 72; hour++)
        {
            _clock.Advance(TimeSpan.FromHours(1));
            lines.Begins("down").ShouldBeFalse();
        }

        lines.Ends().ShouldBeTrue();
        lines.Ends().ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(61)]
    public void However_it_flaps_there_is_a_line_a_minute_at_most(int seconds)
    {
        var (lines, said) = (new TroubleLines(_clock), 0);
        for (var second = 0; second < 36_000; second += seconds)
        {
            said += lines.Begins(second % 2 == 0 ? "down" : "paused") ? 1 : 0;
            said += lines.Ends() ? 1 : 0;
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        said.ShouldBeInRange(500, 601);
    }

    [Fact]
    public void Trouble_of_another_kind_is_told_when_the_minute_is_over()
    {
        var lines = new TroubleLines(_clock);
        lines.Begins("down").ShouldBeTrue();
        _clock.Advance(TimeSpan.FromSeconds(30));
        lines.Begins("wrong keys").ShouldBeFalse();
        _clock.Advance(TimeSpan.FromSeconds(31));
        lines.Begins("wrong keys").ShouldBeTrue();
    }
}
