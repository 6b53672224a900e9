using System.Globalization;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Hosting;

/// <content>Opening the store, holding it against the journal, and building it again when it is damaged.</content>
internal sealed partial class AssemblyLoop
{
    /// <summary>How often a step may fail in a row for reasons that are not the disk's before the store is taken to be the reason.</summary>
    private const int OddFailuresAllowed = 3;

    /// <summary>Where the journal ended when the store was opened: until then what is taken in is history.</summary>
    private JournalPosition _historyEnd;

    /// <summary>Some of the history is not in the sessions of the store yet.</summary>
    private bool _isCatchingUp;

    private int _oddFailures;
    private bool _wasRebuiltForOddFailures;

    /// <summary>
    /// Damage that SQLite does not call so: an index that is out of step with its table, contents that cannot be. A check of the whole file tells the one; the
    /// other is believed after a few failures, and once only, as the records themselves may be the reason.
    /// </summary>
    private bool IsSignOfDamage(Exception failure)
    {
        if (DiskTrouble.Is(failure) || Failures.IsWantOfMemory(failure))
        {
            return false;
        }

        _oddFailures++;
        if (_oddFailures == 1)
        {
            return !IsStoreWhole();
        }

        if (_oddFailures <= OddFailuresAllowed || _wasRebuiltForOddFailures)
        {
            return false;
        }

        return _wasRebuiltForOddFailures = true;
    }

    private bool IsStoreWhole()
    {
        try
        {
            return _database.IsWhole();
        }
        catch (SqliteException failure)
        {
            return !StoreDatabase.IsDamage(failure);
        }
    }

    private async Task RebuildAsync(Exception failure, CancellationToken stopping)
    {
        if (_failures > 0)
        {
            // It was just built anew: whatever breaks it must not keep the machine busy.
            await Task.Delay(RetryDelay(), _clock, stopping);
        }

        _failures++;
        _feed.Hold();
        _writer.Dispose();
        _database.SetAside(failure.Message);
        (_writer, _applier) = OpenWriter();
        StartAtStoredPosition();
        _damage = null;
        _oddFailures = 0;
        _changes?.Announce();
    }

    /// <summary>A store that SQLite can open and the writer cannot is damaged too. Ends, because every snapshot is tried once and an empty store can be written.</summary>
    private (StoreWriter Writer, StepApplier Applier) OpenSoundWriter()
    {
        while (true)
        {
            try
            {
                return OpenWriter();
            }
            catch (Exception failure)
                when ((StoreDatabase.IsDamage(failure) || failure is SqliteException { SqliteErrorCode: raw.SQLITE_ERROR })
                    && !_database.BeganEmpty
                )
            {
                _database.SetAside(failure.Message);
            }
        }
    }

    private (StoreWriter Writer, StepApplier Applier) OpenWriter()
    {
        var writer = new StoreWriter(_database, _feed, _options, _settling, _attribution);
        return (writer, new StepApplier(writer, _options, SkipRecord, _attribution, SkipPoint, _clock));
    }

    /// <summary>The store says how far it is, and in which journal; the journal says whether that can be.</summary>
    private void StartAtStoredPosition()
    {
        var isShorter = _writer.Position > _journal.End;
        if (isShorter || NamesAnotherJournal())
        {
            if (isShorter)
            {
                LogJournalIsShorter(_writer.Position.Value, _journal.End.Value);
            }
            else
            {
                LogOtherJournal();
            }

            // What is there already is known by its content, so that nothing is taken twice.
            _writer.Apply([], _journal.Oldest, _clock.GetUtcNow());
            _writer.SetRebuiltUpTo(JournalPosition.Start);
        }

        NameJournal();
        _historyEnd = _journal.End;
        if (_database.IsNew)
        {
            _writer.SetRebuiltUpTo(_historyEnd);
        }

        _isCatchingUp = _writer.Position < _historyEnd || _applier.IsAnyWaiting;
        if (_isCatchingUp)
        {
            _feed.Hold();
        }
        else
        {
            _feed.Release();
        }

        _waiters.Restart(_writer.Position);
        _progress.Start(_writer.Position, Figures.Entries, isRebuilt: _writer.Position < _writer.RebuiltUpTo);
    }

    private bool NamesAnotherJournal() =>
        _database.ReadMeta(MetaKey.Journal) is { } named && named != NumberOfJournal && _journal.Number != 0;

    private void NameJournal()
    {
        if (_journal.Number != 0 && _database.ReadMeta(MetaKey.Journal) != NumberOfJournal)
        {
            _database.WriteMeta(MetaKey.Journal, NumberOfJournal);
        }
    }

    private string NumberOfJournal => _journal.Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Entries between what the store has and what the journal still holds are gone: what was built on them is incomplete.</summary>
    private void NoteMissingHistory(EntryBatch batch)
    {
        if (batch.MissingBefore(isRebuilt: _writer.Position < _writer.RebuiltUpTo, _clock.GetUtcNow()) is { } since)
        {
            _writer.SetHistoryFrom(since);
            LogHistoryIncomplete(since);
        }
    }
}
