using ClaudeBridge.Diagnostics;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>The store's disk takes nothing for a while: no mount is needed, SQLite itself is told that its file may not grow.</summary>
public sealed class DiskTroubleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-full-").FullName;
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_full_store_is_tried_every_two_seconds_said_once_a_minute_and_catches_up_within_five_seconds_of_room()
    {
        const int Seconds = 300;
        var journal = new MemoryJournal { IsLive = true };
        await using var running = await RunningLoop.StartAsync(
            journal,
            _folder,
            new StoreOptions { StepDelay = TimeSpan.Zero },
            clock: _clock
        );
        Statement.Execute(running.Database.Handle, "PRAGMA max_page_count=1");
        IHealthSource health = running.Loop;
        foreach (var request in Recording.Open("2.1.329-subagent-http-json").Requests)
        {
            journal.Append(request);
        }

        await UntilAsync(() => health.Check().State == HealthState.Degraded, "it does not notice");
        var turns = _clock.TimersMade;
        for (var second = 0; second < Seconds; second++)
        {
            await UntilAsync(() => _clock.PendingTimers > 0, "it does not wait");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await UntilAsync(() => _clock.PendingTimers > 0, "it does not wait");
        (_clock.TimersMade - turns).ShouldBeInRange(Seconds / 3, Seconds);
        running.Log.Lines.Count(line => line.Contains("cannot be written", StringComparison.Ordinal)).ShouldBeInRange(2, Seconds / 60 + 1);
        running.Loop.Applied.ShouldBeLessThan(journal.End);

        Statement.Execute(running.Database.Handle, "PRAGMA max_page_count=1000000");
        var waited = 0;
        for (; running.Loop.Applied < journal.End; waited++)
        {
            waited.ShouldBeLessThan(5, "seconds after there was room");
            await UntilAsync(() => _clock.PendingTimers > 0, "it does not wait");
            _clock.Advance(TimeSpan.FromSeconds(1));
            await UntilAsync(() => _clock.PendingTimers > 0 || running.Loop.Applied == journal.End, "it does not go on");
        }

        await UntilAsync(() => health.Check().State == HealthState.Ok, "it is not well again");
        await running.FinishAsync(journal.End);
        running.Queries.Sessions().Count.ShouldBe(1);
    }

    private static async Task UntilAsync(Func<bool> holds, string otherwise)
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); !holds(); )
        {
            since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30), otherwise);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
