using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Snapshots;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>Lets the journal go of what is old, now and then; never of what the store has not taken in yet, nor of what the store could not be built without.</summary>
internal sealed partial class JournalRetention(
    Journal.Journal journal,
    AssemblyLoop loop,
    StoreDatabase database,
    IOptions<JournalOptions> kept,
    IOptions<StoreOptions> store,
    AgingClock aging,
    TimeProvider clock,
    ILogger<JournalRetention> logger
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>The journal may let go of entries whose sessions the store still has.</summary>
    public static bool IsJournalShorter(JournalOptions journal, StoreOptions store) =>
        journal.KeepBytes is not null
        || journal.MaxBytes is not null
        || (journal.KeepFor ?? TimeSpan.MaxValue) < Longest(store)
        || (journal.MaxAge ?? TimeSpan.MaxValue) < Longest(store);

    /// <summary>Looks once.</summary>
    public async Task ApplyAsync(CancellationToken stopping)
    {
        try
        {
            var applied = loop.Applied;
            var aged = aging.Read();
            await journal.ApplyRetentionAsync(applied, stopping, await CoveredAsync(applied, aged, stopping), aged);
        }
        catch (Exception failure) when (failure is JournalUnavailableException or OperationCanceledException)
        {
            // It is closing.
        }
        // A disk that does not obey must not end the bridge.
        catch (Exception failure)
        {
            LogNotApplied(failure, Every.TotalMinutes);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            await ApplyAsync(stoppingToken);
        } while (await NextAsync(timer, stoppingToken));
    }

    /// <summary>Up to where snapshots stand in for the journal, one made now where that is needed; null when the store can do without what would go.</summary>
    private async Task<JournalPosition?> CoveredAsync(JournalPosition applied, DateTimeOffset aged, CancellationToken stopping)
    {
        var plan = journal.PlanRetention(applied, aged);
        if (plan.Segments.Count == 0 || store.Value.SnapshotsKept == 0 || !IsNeeded(plan))
        {
            return null;
        }

        return await database.Snapshots.CoverAsync(database, new JournalPosition(plan.End), now: plan.IsForced, stopping);
    }

    private bool IsNeeded(RetentionPlan plan)
    {
        try
        {
            return JournalReach.NeedsSnapshot(database, plan.LastWritten, IsJournalShorter(kept.Value, store.Value));
        }
        catch (Exception failure) when (failure is SqliteException or StoreUnavailableException or StoreDamagedException)
        {
            // A store that cannot be read now may need all that there is.
            return true;
        }
    }

    private static TimeSpan Longest(StoreOptions store) => store.KeepFor > store.KeepQuiet ? store.KeepFor : store.KeepQuiet;

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old journal files could not be removed. It is tried again in {Minutes:F0} minutes.")]
    private partial void LogNotApplied(Exception reason, double minutes);
}
