using ClaudeBridge.Store;

namespace ClaudeBridge.Hosting;

/// <content>Opening the store, holding it against the journal, and building it again when it is damaged.</content>
internal sealed partial class AssemblyLoop
{
    private async Task RebuildAsync(Exception failure, CancellationToken stopping)
    {
        if (_failures > 0)
        {
            // It was just built anew: whatever breaks it must not keep the machine busy.
            await Task.Delay(RetryDelay(), _clock, stopping);
        }

        _failures++;
        _writer.Dispose();
        _database.SetAside(failure.Message);
        (_writer, _applier) = OpenWriter();
        StartAtStoredPosition();
        _damage = null;
        _changes?.Announce();
    }

    private (StoreWriter Writer, StepApplier Applier) OpenWriter()
    {
        var writer = new StoreWriter(_database, _feed, _options, _settling, _attribution);
        return (writer, new StepApplier(writer, _options, SkipRecord, _attribution, SkipPoint));
    }

    /// <summary>The store says how far it is; the journal says whether that can be.</summary>
    private void StartAtStoredPosition()
    {
        if (_writer.Position > _journal.End)
        {
            LogJournalIsShorter(_writer.Position.Value, _journal.End.Value);
            _writer.Apply([], _journal.Oldest, _clock.GetUtcNow());
        }

        _historyEnd = _journal.End;
        _waiters.Restart(_writer.Position);
        _progress.Start(_writer.Position);
    }

    /// <summary>Entries between what the store has and what the journal still holds are gone: what was built on them is incomplete.</summary>
    private void NoteMissingHistory(EntryBatch batch)
    {
        if (batch.MissingBefore is { } since)
        {
            _writer.SetHistoryFrom(since);
            LogHistoryIncomplete(since);
        }
    }
}
