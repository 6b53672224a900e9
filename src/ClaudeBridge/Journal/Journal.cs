using System.Threading.Channels;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Journal;

/// <summary>The truth of what came: an append-only log of accepted requests in segment files. One process at a time.</summary>
internal sealed partial class Journal : IJournalWriter, IJournalReader, IAsyncDisposable
{
    private readonly IJournalFiles _files;
    private readonly string _folder;
    private readonly JournalOptions _options;
    private readonly JournalClock _clock;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private readonly SegmentList _segments;
    private readonly LiveBuffer _live;
    private readonly DamageLog _damage;
    private readonly Channel<JournalWork> _queue;
    private readonly SegmentWriter _writer;
    private readonly GroupWriter _group;
    private readonly Task _writing;
    private int _isClosing;

    private Journal(
        IJournalFiles files,
        string folder,
        JournalOptions options,
        TimeProvider time,
        ILogger logger,
        IDisposable folderLock,
        JournalRecovery found,
        DamageLog damage
    )
    {
        (_files, _folder, _options, _time, _logger, _lock, _damage) = (files, folder, options, time, logger, folderLock, damage);
        _clock = new JournalClock(time);
        _segments = new SegmentList(found.Segments, found.End, found.ReadableEnd);
        _live = new LiveBuffer(options.LiveEntries, options.LiveBytes);
        _queue = Channel.CreateBounded<JournalWork>(
            new BoundedChannelOptions(options.QueueEntries)
            {
                // What runs then is only this room's own few lines up to its next wait: waking the writer, or waiting for the answer.
                AllowSynchronousContinuations = true,
            }
        );
        Number = found.Journal;
        _writer = new SegmentWriter(files, folder, found.Journal, options, _clock);
        _writer.Begin(found.Resumable, found.ReadableEnd, found.End, found.Reserved);
        _group = new GroupWriter(_queue.Reader, _writer, _segments, _live, damage.Figures, options, _clock, folder, logger);
        _writing = _group.RunAsync();
    }

    public JournalPosition Oldest => new(_segments.Oldest);

    /// <inheritdoc/>
    public JournalPosition LetGoUpTo => new(_segments.LetGoUpTo);

    public JournalPosition End => new(_segments.End);

    /// <inheritdoc/>
    public bool IsWritable => Figures.IsWritable && !_group.IsStuck;

    /// <inheritdoc/>
    public long Number { get; }

    public JournalFigures Figures => _damage.Figures;

    /// <summary>The writer's work; it ends only when the journal is closed.</summary>
    public Task Writing => _writing;

    /// <summary>Bytes of entries that are held, over all segments.</summary>
    public long HeldBytes => _segments.BytesAfter(0);

    /// <summary>Opens the journal in a folder, or makes it. After a crash only the newest file is read.</summary>
    /// <param name="above">New positions begin here at the earliest: the highest position that any reader has stored. Guards against a folder that was emptied by hand.</param>
    /// <param name="number">What readers know the journal by, when nothing in the folder tells it; null for a new one.</param>
    /// <exception cref="JournalLockedException">Another process is using the folder.</exception>
    /// <exception cref="InvalidDataException">It was written by a newer version of the program.</exception>
    /// <exception cref="IOException">The folder cannot be read, or not be made.</exception>
    public static Task<Journal> OpenAsync(
        string folder,
        JournalOptions options,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancel,
        JournalPosition above = default,
        IJournalFiles? files = null,
        long? number = null
    ) => Task.Run(() => Open(files ?? DiskFiles.Instance, Path.GetFullPath(folder), options, time, logger, above, number), cancel);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The entry is larger than <see cref="JournalOptions.MaxEntryBytes"/>, or its attributes are too long.</exception>
    public ValueTask<JournalPosition> AppendAsync(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel)
    {
        var pending = new PendingEntry(entry, decoded, cancel);
        if (pending.Length > _options.MaxEntryBytes)
        {
            throw new ArgumentException($"The entry takes {pending.Length} bytes; {_options.MaxEntryBytes} are allowed.", nameof(entry));
        }

        var work = new JournalWork(pending, null);
        return _queue.Writer.TryWrite(work) ? pending.Stored : WaitForRoomAsync(work, cancel);
    }

    /// <inheritdoc/>
    public IEnumerable<JournalItem> ReadFrom(JournalPosition position) =>
        EntryReader.ReadFrom(_files, _segments, position, _damage.Report, _damage.Salvaged);

    /// <inheritdoc/>
    public bool IsDamagedBetween(JournalPosition from, JournalPosition to) => _damage.IsDamagedBetween(from.Value, to.Value);

    /// <inheritdoc/>
    public Task WaitAsync(JournalPosition position, CancellationToken cancel) => _segments.WaitAsync(position.Value, cancel);

    /// <inheritdoc/>
    public bool TryTakeLive(JournalPosition position, out JournalItem item) => _live.TryTake(position, out item);

    /// <inheritdoc/>
    public long BytesAfter(JournalPosition position) => _segments.BytesAfter(position.Value);

    /// <summary>Walks over all that is held and checks it, beside the writer.</summary>
    public Task<JournalReport> VerifyAsync(CancellationToken cancel) =>
        Task.Run(() => JournalVerification.Verify(_files, _segments.Segments, [], [], mayBeTorn: false, cancel), cancel);

    /// <summary>Writes what waits, for at most <see cref="JournalOptions.CloseWithin"/>, and lets the folder go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosing, 1) != 0)
        {
            await _writing;
            return;
        }

        _queue.Writer.Complete();
        try
        {
            await _writing.WaitAsync(_options.CloseWithin, _time);
        }
        catch (TimeoutException)
        {
            // The disk does not answer. The lock stays until the process ends, because the writer may still write.
            RefuseWhatWaits();
            LogNotClosedInTime(_folder, _options.CloseWithin.TotalSeconds);
            return;
        }

        _lock.Dispose();
    }

    private static Journal Open(
        IJournalFiles files,
        string folder,
        JournalOptions options,
        TimeProvider time,
        ILogger logger,
        JournalPosition above,
        long? number
    )
    {
        files.CreateFolder(folder);
        var folderLock = files.Lock(Path.Combine(folder, "lock"));
        try
        {
            CrashPoints.Pass(CrashPoints.StartLocked);
            var damage = new DamageLog(logger);
            var found = JournalRecovery.Run(files, folder, options, above.Value, number, damage, logger);
            CrashPoints.Pass(CrashPoints.StartRecovered);
            return new Journal(files, folder, options, time, logger, folderLock, found, damage);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    private async ValueTask<JournalPosition> WaitForRoomAsync(JournalWork work, CancellationToken cancel)
    {
        try
        {
            await _queue.Writer.WriteAsync(work, cancel);
        }
        catch (ChannelClosedException)
        {
            throw IsClosing();
        }

        return await work.Entry!.Stored;
    }

    private void RefuseWhatWaits()
    {
        while (_queue.Reader.TryRead(out var work))
        {
            work.Entry?.Fail(IsClosing());
            work.Command?.Refuse(IsClosing());
        }
    }

    private JournalUnavailableException IsClosing() => new($"The journal in '{_folder}' is closing.");

    [LoggerMessage(
        LogLevel.Error,
        "The journal in {Folder} could not be closed within {Seconds:F0} s. What was answered is on disk; what still waited was refused."
    )]
    private partial void LogNotClosedInTime(string folder, double seconds);
}
