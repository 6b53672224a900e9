using ClaudeBridge.Diagnostics;
using ClaudeBridge.Sessions.Metrics;

namespace ClaudeBridge.Hosting;

internal sealed partial class AssemblyLoop
{
    private void SkipPoint(MetricPoint point, Exception failure)
    {
        Figures.AddSkippedPoint();
        LogPointSkipped(point.Series.Id.ToString(), Failures.Describe(failure));
    }

    [LoggerMessage(
        LogLevel.Error,
        "The journal entry at {Position} cannot be read ({Failure}). It is left out of the store and stays in the journal."
    )]
    private partial void LogEntrySkipped(long position, string failure);

    [LoggerMessage(
        LogLevel.Error,
        "The record {Record} cannot be assembled ({Failure}). It is left out of the store and stays in the journal; all others are taken."
    )]
    private partial void LogRecordSkipped(string record, string failure);

    [LoggerMessage(
        LogLevel.Error,
        "A point of the metric series {Series} cannot be taken ({Failure}). It is left out of the store and stays in the journal; all others are taken."
    )]
    private partial void LogPointSkipped(string series, string failure);

    [LoggerMessage(
        LogLevel.Error,
        "The store cannot be written ({Kind}: {Message}). Tries in vain since this was last said: {Count}; accepted data waits in the journal, and the next try is in {Seconds:0.#} s."
    )]
    private partial void LogRefused(string kind, string message, long count, double seconds);

    [LoggerMessage(LogLevel.Information, "The store can be written again.")]
    private partial void LogTakenAgain();

    [LoggerMessage(
        LogLevel.Warning,
        "The store was built from another journal than the one beside it. All that this one holds is read; what the store has already is kept."
    )]
    private partial void LogOtherJournal();

    [LoggerMessage(
        LogLevel.Warning,
        "The store was at journal position {Stored}, but the journal ends at {End}: it is another journal. It is read from its beginning; records that are known count once."
    )]
    private partial void LogJournalIsShorter(long stored, long end);

    [LoggerMessage(
        LogLevel.Warning,
        "The journal no longer holds what came before {Since:u}: turns that began earlier are built from what is left, and nothing delivered before is replaced by them."
    )]
    private partial void LogHistoryIncomplete(DateTimeOffset since);

    /// <summary>A store that is built again is no everyday matter, so its progress is told at the level that is shown by default.</summary>
    private void SayProgress(int percent, long bytes, long entries, bool isRebuilt)
    {
        if (isRebuilt)
        {
            LogRebuilding(percent, bytes, entries);
        }
        else
        {
            LogProgress(percent, bytes, entries);
        }
    }

    [LoggerMessage(LogLevel.Information, "The store takes in the journal: {Percent} % of {Bytes} bytes, {Entries} entries.")]
    private partial void LogProgress(int percent, long bytes, long entries);

    [LoggerMessage(LogLevel.Warning, "The store is built again from the journal: {Percent} % of {Bytes} bytes, {Entries} entries.")]
    private partial void LogRebuilding(int percent, long bytes, long entries);
}
