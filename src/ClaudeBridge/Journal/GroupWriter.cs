using System.Threading.Channels;

namespace ClaudeBridge.Journal;

/// <summary>The one writer: takes whatever waits, writes and syncs it together, then answers all of it.</summary>
/// <remarks>
/// It has a thread of its own, because it spends its life in the disk and must not wait behind a busy thread pool. While the disk takes nothing it
/// tries it every second, so that whoever asks learns when it works again, also when nothing arrives.
/// </remarks>
internal sealed partial class GroupWriter(
    ChannelReader<JournalWork> queue,
    SegmentWriter writer,
    SegmentList segments,
    LiveBuffer live,
    JournalFigures figures,
    JournalOptions options,
    JournalClock clock,
    string folder,
    ILogger logger
)
{
    private const int SmallestProbe = 4 * 1024;
    private const int LargestProbe = 1024 * 1024;

    private static readonly TimeSpan _probeEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _stuckAfter = TimeSpan.FromSeconds(5);

    private readonly List<PendingEntry> _group = [];
    private readonly List<long> _positions = [];
    private readonly List<JournalItem> _items = [];
    private readonly WritingTrouble _trouble = new(clock, folder, logger);
    private int _probeBytes = SmallestProbe;

    // Read by any thread; 0 when no write is under way.
    private long _writingSince;

    /// <summary>Whether a write has been under way for so long that the disk does not seem to answer. Any thread.</summary>
    public bool IsStuck => Interlocked.Read(ref _writingSince) is not 0 and var since && clock.Since(since) > _stuckAfter;

    public Task RunAsync() => Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run()
    {
        while (WaitForWork())
        {
            TakeGroup(out var command);
            if (_group.Count > 0)
            {
                WriteGroup();
            }

            command?.Run();
        }

        try
        {
            writer.Close();
        }
        catch (Exception e)
        {
            writer.Dispose();
            LogNotClosedInOrder(e, folder);
        }
    }

    /// <summary>False when the journal is closing and nothing waits any more.</summary>
    private bool WaitForWork()
    {
        var work = queue.WaitToReadAsync().AsTask();
        while (!figures.IsWritable && !IsWithin(_probeEvery, work))
        {
            Probe();
        }

        return work.GetAwaiter().GetResult();
    }

    private bool IsWithin(TimeSpan length, Task<bool> work)
    {
        using var waiting = new CancellationTokenSource();
        var first = Task.WhenAny(work, clock.Delay(length, waiting.Token)).GetAwaiter().GetResult();
        waiting.Cancel();
        return first == work;
    }

    private void Probe()
    {
        Interlocked.Exchange(ref _writingSince, clock.Timestamp);
        try
        {
            writer.Probe(_probeBytes);
            figures.Tried(isWritable: true);
            _trouble.Ended();
        }
        catch (Exception e)
        {
            writer.GiveUp();
            figures.Tried(isWritable: false);
            _trouble.Met(e, 0);
        }
        finally
        {
            Interlocked.Exchange(ref _writingSince, 0);
        }
    }

    /// <summary>Takes what waits, as far as it fits into one segment and one group. A command ends the group and is run after it.</summary>
    private void TakeGroup(out JournalCommand? command)
    {
        _group.Clear();
        command = null;
        long bytes = 0;
        var room = 0L;
        while (_group.Count < options.GroupEntries && queue.TryPeek(out var work))
        {
            if (work.Entry is not { } pending)
            {
                _ = queue.TryRead(out _);
                command = work.Command;
                return;
            }

            if (_group.Count == 0)
            {
                BeginNewSegmentIfDue(pending.Length);
                room = Math.Min(writer.Room, options.GroupBytes);
            }
            else if (bytes + pending.Length > room)
            {
                return;
            }

            _ = queue.TryRead(out _);
            if (pending.TryTake())
            {
                bytes += pending.Length;
                _group.Add(pending);
            }
        }
    }

    private void BeginNewSegmentIfDue(int length)
    {
        if (writer.IsTooOld || (!writer.IsEmpty && length > writer.Room))
        {
            writer.EndSegment();
        }
    }

    private void WriteGroup()
    {
        var failure = TryWrite(_group);
        if (failure is JournalMovedException)
        {
            LogMoved(failure.Message);
            failure = TryWrite(_group);
        }

        if (failure is not null)
        {
            if (_group.Count == 1 || writer.FailedToSync)
            {
                Refuse(_group, failure);
            }
            else
            {
                WriteWhatFits();
            }
        }

        _group.Clear();
    }

    /// <summary>After a group could not be written: the smallest entries first, so that a large one for which there is no room takes none from the others.</summary>
    private void WriteWhatFits()
    {
        List<PendingEntry> left = [.. _group.OrderBy(static pending => pending.Length)];
        var count = 1;
        while (left.Count > 0)
        {
            var part = left.GetRange(0, Math.Min(count, left.Count));
            if (TryWrite(part) is not { } failure)
            {
                left.RemoveRange(0, part.Count);
                count *= 2;
            }
            else if (part.Count == 1 || writer.FailedToSync)
            {
                Refuse(left, failure);
                return;
            }
            else
            {
                count = 1;
            }
        }
    }

    /// <returns>Null when all of it is on disk and answered; else why nothing of it is.</returns>
    private Exception? TryWrite(List<PendingEntry> entries)
    {
        var started = clock.Timestamp;
        Segment segment;
        Interlocked.Exchange(ref _writingSince, started);
        try
        {
            segment = writer.Write(entries, _positions);
        }
        catch (Exception e)
        {
            // Whatever went wrong, the next group is tried again: this loop must never die.
            writer.GiveUp();
            return e;
        }
        finally
        {
            Interlocked.Exchange(ref _writingSince, 0);
        }

        var end = segment.End;
        figures.Wrote(entries.Count, end - _positions[0], clock.Since(started));
        Publish(entries, segment, end);
        _trouble.Ended();
        return null;
    }

    private void Publish(List<PendingEntry> entries, Segment segment, long end)
    {
        _items.Clear();
        for (var i = 0; i < entries.Count; i++)
        {
            var next = i + 1 < _positions.Count ? _positions[i + 1] : end;
            _items.Add(new JournalItem(new(_positions[i]), new(next), entries[i].Entry, entries[i].Decoded));
        }

        live.Add(_items);
        segments.Publish(segment);
        for (var i = 0; i < entries.Count; i++)
        {
            entries[i].Complete(new(_positions[i]));
        }

        _items.Clear();
    }

    private void Refuse(List<PendingEntry> entries, Exception reason)
    {
        figures.FailedToWrite(entries.Count);
        _probeBytes = Math.Clamp(entries.Min(static pending => pending.Length), SmallestProbe, LargestProbe);
        _trouble.Met(reason, entries.Count);
        foreach (var pending in entries)
        {
            pending.Fail(new JournalUnavailableException($"The journal in '{folder}' cannot be written: {reason.Message}", reason));
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "{Reason} What it held is gone from the journal, but for what the store and the backends have of it; what arrives is kept in a new file."
    )]
    private partial void LogMoved(string reason);

    [LoggerMessage(
        LogLevel.Warning,
        "The journal in {Folder} could not be closed in order. Nothing is lost; the next start reads its newest file."
    )]
    private partial void LogNotClosedInOrder(Exception reason, string folder);
}
