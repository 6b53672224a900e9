using ClaudeBridge.Diagnostics;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Journal;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>Somebody sets the clock, or it is wrong for a while: nothing spins, nothing is deleted that a right clock would keep, everything still settles.</summary>
public sealed class ClockJumpTests : IDisposable
{
    private const double Hour = 1;
    private const double TenYears = 10 * 365 * 24;

    private static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-clock-").FullName;
    private readonly ManualTimeProvider _clock = new(Start);

    public static TheoryData<double> Jumps => [Hour, -Hour, TenYears, -TenYears];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task A_jump_while_running_settles_all_within_the_usual_time_turns_no_faster_and_deletes_nothing(double hours)
    {
        var journal = new MemoryJournal { IsLive = true };
        await using var running = await StartAsync(journal, new AgingClock(_clock, folder: null));
        Append(journal);
        await running.Loop.CatchUpAsync(journal.End, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        var turns = _clock.TimersMade;

        _clock.Jump(TimeSpan.FromHours(hours));
        var settling = new SettlingOptions();
        TimeSpan[] waits =
        [
            settling.Unchanged,
            settling.Counterpart,
            settling.OpenQuiet,
            settling.TurnQuiet,
            settling.RootAgain,
            settling.SessionQuiet,
        ];
        // After a jump back it waits at most once more as long as it ever does, and the loop looks every ten seconds.
        var bound = (int)(2 * waits.Max().TotalSeconds) + 30;
        await PassAsync(bound);

        running.Queries.Sessions().Count.ShouldBe(1);
        running.Feed.Read(0, int.MaxValue).OfType<ObservationItem>().ShouldNotBeEmpty();
        (await running.Loop.SettleAllAsync(TestContext.Current.CancellationToken)).ShouldBe(0, "something had not settled");
        // Not one turn for each second that passed.
        (_clock.TimersMade - turns).ShouldBeLessThan(bound);
    }

    [Fact]
    public async Task A_clock_that_is_ten_years_ahead_for_a_few_hours_or_some_starts_takes_nothing_from_the_store()
    {
        var journal = new MemoryJournal();
        await using (var first = await StartAsync(journal, new AgingClock(_clock, _folder)))
        {
            Append(journal);
            await first.FinishAsync(journal.End);
        }

        _clock.Jump(TimeSpan.FromHours(TenYears));
        for (var start = 0; start < 3; start++)
        {
            await using var wrong = await StartAsync(journal, new AgingClock(_clock, _folder));
            await PassAsync(3600, step: 60);
            wrong.Queries.Sessions().Count.ShouldBe(1);
        }

        _clock.Jump(-TimeSpan.FromHours(TenYears));
        await using var right = await StartAsync(journal, new AgingClock(_clock, _folder));
        await PassAsync(60);
        right.Queries.Sessions().Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_really_too_old_still_goes_also_when_the_program_did_not_run_meanwhile()
    {
        var journal = new MemoryJournal();
        await using (var first = await StartAsync(journal, new AgingClock(_clock, _folder)))
        {
            Append(journal);
            await first.FinishAsync(journal.End);
        }

        // Switched off for half a year: no time of this process's passes, and the clock is right.
        _clock.Jump(TimeSpan.FromDays(180));
        await using var later = await StartAsync(journal, new AgingClock(_clock, _folder));
        var days = 0;
        while (later.Queries.Sessions().Count > 0)
        {
            days++.ShouldBeLessThan(10, "it is never deleted");
            await PassAsync(24 * 3600, step: 600);
        }
    }

    [Fact]
    public async Task The_journal_keeps_what_only_a_wrong_clock_calls_old()
    {
        using var bench = new JournalBench();
        bench.Options.SegmentBytes = 700;
        var aging = new AgingClock(_clock, folder: null);
        await using (var journal = await OpenAsync())
        {
            await journal.AppendAllAsync([.. Enumerable.Range(0, 20).Select(i => $"{i} " + new string('x', 300))]);
        }

        _clock.Jump(TimeSpan.FromHours(TenYears));
        await using (var wrong = await OpenAsync())
        {
            for (var round = 0; round < 20; round++)
            {
                _clock.Advance(TimeSpan.FromMinutes(10));
                await wrong.ApplyRetentionAsync(wrong.End, TestContext.Current.CancellationToken, aged: aging.Read());
            }

            wrong.Bodies().Length.ShouldBe(20);
        }

        async Task<ClaudeBridge.Journal.Journal> OpenAsync() =>
            await ClaudeBridge.Journal.Journal.OpenAsync(
                bench.Folder,
                bench.Options,
                _clock,
                bench.Logger,
                TestContext.Current.CancellationToken
            );
    }

    [Fact]
    public void Age_follows_the_clock_by_a_day_an_hour_at_most_never_goes_ahead_of_it_and_a_restart_is_no_short_cut()
    {
        var aging = new AgingClock(_clock, _folder);
        aging.Read().ShouldBe(Start);
        _clock.Advance(TimeSpan.FromHours(5));
        aging.Read().ShouldBe(Start.AddHours(5));

        _clock.Jump(TimeSpan.FromHours(TenYears));
        aging.Read().ShouldBe(Start.AddHours(5));
        _clock.Advance(TimeSpan.FromHours(1));
        aging.Read().ShouldBe(Start.AddHours(5).AddDays(1));
        for (var start = 0; start < 5; start++)
        {
            new AgingClock(_clock, _folder).Read().ShouldBeLessThanOrEqualTo(Start.AddHours(5).AddDays(1));
        }

        _clock.Jump(-TimeSpan.FromHours(2 * TenYears));
        aging.Read().ShouldBe(_clock.GetUtcNow());
        _clock.Jump(TimeSpan.FromHours(TenYears));
        aging.Read().ShouldBe(Start.AddHours(6));
        File.WriteAllText(Path.Combine(_folder, AgingClock.FileName), "not a time");
        new AgingClock(_clock, _folder).Read().ShouldBe(_clock.GetUtcNow());
    }

    private Task<RunningLoop> StartAsync(MemoryJournal journal, AgingClock aging) =>
        RunningLoop.StartAsync(journal, _folder, clock: _clock, aging: aging);

    private void Append(MemoryJournal journal)
    {
        foreach (var request in Recording.Open("2.1.329-bash-tool-http-json").Requests)
        {
            journal.Append(request, _clock.GetUtcNow());
        }
    }

    /// <summary>Virtual time passes in steps; between two of them the loop gets to its next sleep.</summary>
    private async Task PassAsync(int seconds, int step = 5)
    {
        for (var passed = 0; passed < seconds; passed += step)
        {
            _clock.Advance(TimeSpan.FromSeconds(step));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
