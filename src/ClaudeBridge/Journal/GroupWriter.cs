using System.Threading.Channels;

namespace ClaudeBridge.Journal;

/// <summary>The one writer: takes whatever waits, writes and syncs it together, then answers all of it.</summary>
/// <remarks>It has a thread of its own, because it spends its life in the disk and must not wait behind a busy thread pool.</remarks>
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
    private static readonly TimeSpan _logEvery = TimeSpan.FromMinutes(1);

    private readonly List<PendingEntry> _group = [];
    private readonly List<long> _positions = [];
    private readonly List<JournalItem> _items = [];
    private long _failingSince;
    private long _lastLogged;
    private long _failures;
    private long _failuresLogged;

    public Task RunAsync() => Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run()
    {
        while (queue.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
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
        var started = clock.Timestamp;
        Segment segment;
        try
        {
            segment = writer.Write(_group, _positions);
        }
        catch (Exception e)
        {
            // Whatever went wrong, the next group is tried again: this loop must never die.
            writer.GiveUp();
            Refuse(e);
            return;
        }

        var end = segment.End;
        figures.Wrote(_group.Count, end - _positions[0], clock.Since(started));
        Publish(segment, end);
        if (_failures > 0)
        {
            LogWritableAgain(folder, clock.Since(_failingSince).TotalSeconds, _failures);
            (_failures, _failuresLogged) = (0, 0);
        }
    }

    private void Publish(Segment segment, long end)
    {
        _items.Clear();
        for (var i = 0; i < _group.Count; i++)
        {
            var next = i + 1 < _positions.Count ? _positions[i + 1] : end;
            _items.Add(new JournalItem(new(_positions[i]), new(next), _group[i].Entry, _group[i].Decoded));
        }

        live.Add(_items);
        segments.Publish(segment);
        for (var i = 0; i < _group.Count; i++)
        {
            _group[i].Complete(new(_positions[i]));
        }

        _items.Clear();
        _group.Clear();
    }

    private void Refuse(Exception reason)
    {
        figures.FailedToWrite(_group.Count);
        if (_failures == 0)
        {
            _failingSince = clock.Timestamp;
        }

        _failures += _group.Count;
        if (_failuresLogged == 0 || clock.Since(_lastLogged) >= _logEvery)
        {
            _lastLogged = clock.Timestamp;
            LogCannotWrite(reason, folder, _failures - _failuresLogged);
            _failuresLogged = _failures;
        }

        foreach (var pending in _group)
        {
            pending.Fail(new JournalUnavailableException($"The journal in '{folder}' cannot be written: {reason.Message}", reason));
        }

        _group.Clear();
    }

    [LoggerMessage(
        LogLevel.Error,
        "The journal in {Folder} cannot be written. {Count} exports were refused and their senders told to come back; every later one tries again."
    )]
    private partial void LogCannotWrite(Exception reason, string folder, long count);

    [LoggerMessage(
        LogLevel.Warning,
        "The journal in {Folder} can be written again after {Seconds:F1} s; {Count} exports were refused meanwhile."
    )]
    private partial void LogWritableAgain(string folder, double seconds, long count);

    [LoggerMessage(
        LogLevel.Warning,
        "The journal in {Folder} could not be closed in order. Nothing is lost; the next start reads its newest file."
    )]
    private partial void LogNotClosedInOrder(Exception reason, string folder);
}

/// <summary>What waits for the writer: an entry, or something to do between two groups.</summary>
internal readonly record struct JournalWork(PendingEntry? Entry, JournalCommand? Command);

/// <summary>Runs on the writer's thread, between two groups.</summary>
internal sealed class JournalCommand(Action action)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Done => _done.Task;

    public void Run()
    {
        try
        {
            action();
            _done.SetResult();
        }
        catch (Exception e)
        {
            _done.SetException(e);
        }
    }

    public void Refuse(Exception reason) => _done.TrySetException(reason);
}
