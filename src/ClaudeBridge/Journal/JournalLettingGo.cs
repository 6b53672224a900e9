using System.Threading.Channels;
using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Journal;

/// <content>What it lets go of.</content>
internal sealed partial class Journal
{
    /// <summary>What <see cref="ApplyRetentionAsync"/> would delete now if no snapshot were asked for; changes nothing.</summary>
    public RetentionPlan PlanRetention(JournalPosition neededFrom, DateTimeOffset? aged = null) =>
        Retention.Plan(_segments.Segments, _options, Earlier(aged), neededFrom.Value);

    /// <summary>Deletes the oldest files as far as the options say. To be called now and then, by one caller at a time.</summary>
    /// <param name="neededFrom">What readers still need begins here; only <see cref="JournalOptions.MaxBytes"/> and <see cref="JournalOptions.MaxAge"/> go beyond it.</param>
    /// <param name="coveredUpTo">Snapshots of the store stand in for everything before this, and the same holds beyond it; null when none is needed.</param>
    /// <param name="aged">The time by which entries are old, where that is earlier than the clock says; null for the clock.</param>
    /// <exception cref="JournalUnavailableException">The journal is closing.</exception>
    public async Task<RetentionPlan> ApplyRetentionAsync(
        JournalPosition neededFrom,
        CancellationToken cancel,
        JournalPosition? coveredUpTo = null,
        DateTimeOffset? aged = null
    )
    {
        var plan = new RetentionPlan([], 0);

        // Planned between two groups, so that the newest file is closed before it goes.
        var planning = new JournalCommand(() =>
        {
            plan = Retention.Plan(_segments.Segments, _options, Earlier(aged), neededFrom.Value, coveredUpTo?.Value ?? long.MaxValue);
            if (plan.Segments.Any(segment => segment.Base == _writer.OpenBase))
            {
                _writer.EndSegment();
            }

            _segments.Remove(plan.Segments);
        });
        try
        {
            await _queue.Writer.WriteAsync(new JournalWork(null, planning), cancel);
        }
        catch (ChannelClosedException)
        {
            throw IsClosing();
        }

        await planning.Done;
        CrashPoints.Pass(CrashPoints.RetentionPlanned);
        Delete(plan);
        return plan;
    }

    private DateTimeOffset Earlier(DateTimeOffset? aged) => aged < _clock.Now ? aged.Value : _clock.Now;

    private void Delete(RetentionPlan plan)
    {
        foreach (var segment in plan.Segments)
        {
            try
            {
                _files.Delete(segment.Path);
                CrashPoints.Pass(CrashPoints.RetentionDeleted);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotDeleted(e, segment.Path);
            }
        }

        if (plan.Segments.Count > 0)
        {
            Figures.Removed(plan.Bytes, plan.NeededBytes, plan.UncoveredBytes);
            LogRemoved(plan.Segments.Count, plan.Bytes, plan.Segments[^1].End);
        }

        if (plan.NeededBytes > 0)
        {
            LogLost(plan.NeededBytes, plan.Segments[^1].End);
        }

        if (plan.UncoveredBytes > 0)
        {
            LogUncovered(plan.UncoveredBytes, plan.Segments[^1].End);
        }
    }

    [LoggerMessage(
        LogLevel.Information,
        "Retention removed {Count} journal files with {Bytes} bytes; the journal now begins at position {Position}."
    )]
    private partial void LogRemoved(int count, long bytes, long position);

    [LoggerMessage(
        LogLevel.Error,
        "The journal's hard limits (MaxBytes, MaxAge) took {Bytes} bytes before position {Position} that were not yet delivered everywhere. They are lost to those destinations."
    )]
    private partial void LogLost(long bytes, long position);

    [LoggerMessage(
        LogLevel.Warning,
        "The journal's hard limits (MaxBytes, MaxAge) took {Bytes} bytes before position {Position} that no snapshot of the store stands in for. The store has them; one that is built again will not."
    )]
    private partial void LogUncovered(long bytes, long position);

    [LoggerMessage(LogLevel.Warning, "The journal file {Path} could not be deleted. It is left out, and tried again after the next start.")]
    private partial void LogNotDeleted(Exception reason, string path);
}
