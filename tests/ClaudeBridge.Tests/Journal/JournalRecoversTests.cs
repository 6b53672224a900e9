using System.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Journal;

/// <summary>A disk that takes nothing for a while: known while it lasts, known when it is over, and nothing piles up meanwhile.</summary>
public sealed class JournalRecoversTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly JournalBench _bench = new();
    private readonly FaultyFiles _files = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly CountedLog _log = new();

    public JournalRecoversTests() => _bench.Files = _files;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("Write")]
    [InlineData("Sync")]
    [InlineData("CreateNew")]
    [InlineData("SyncFolder")]
    [InlineData("full")]
    [InlineData("read-only")]
    public async Task A_disk_that_works_again_is_noticed_within_seconds_without_traffic(string fault)
    {
        await using var journal = await OpenAsync();
        await journal.AppendAllAsync("before");
        Break(fault);
        // Too large for what is left of the first file.
        await Should.ThrowAsync<JournalUnavailableException>(() => journal.AppendAllAsync(new string('x', 5000)));

        await PassAsync(journal, seconds: 30);
        journal.IsWritable.ShouldBeFalse();
        Mend();
        await PassAsync(journal, seconds: 3);

        journal.IsWritable.ShouldBeTrue();
        await journal.AppendAllAsync("after");
        journal.Bodies().ShouldBe(["before", "after"]);
    }

    [Theory]
    [InlineData("Write")]
    [InlineData("Sync")]
    [InlineData("full")]
    [InlineData("read-only")]
    public async Task Ten_minutes_of_failing_leaves_no_files_behind_tries_once_a_second_and_logs_once_a_minute(string fault)
    {
        const int Seconds = 600;
        await using var journal = await OpenAsync();
        await journal.AppendAllAsync("before");
        Break(fault);
        await Should.ThrowAsync<JournalUnavailableException>(() => journal.AppendAllAsync(new string('x', 3000)));
        var files = _files.List(_bench.Folder).Count;
        var tried = _files.Tries;

        await PassAsync(journal, Seconds);

        _files.List(_bench.Folder).Count.ShouldBeLessThanOrEqualTo(files);
        // A handful of operations for each second: no busy loop.
        (_files.Tries - tried).ShouldBeInRange(Seconds, Seconds * 10);
        _log.Lines.ShouldBeInRange(2, (Seconds / 60) + 2);
    }

    [Fact]
    public async Task A_small_entry_is_stored_though_it_waits_together_with_a_large_one_for_which_there_is_no_room()
    {
        _bench.Options.SegmentBytes = 1024 * 1024;
        using var hold = new ManualResetEventSlim();
        var reached = new TaskCompletionSource();
        _files.Before = (name, _) =>
        {
            if (name == "Sync")
            {
                reached.TrySetResult();
                hold.Wait();
            }
        };
        await using var journal = await OpenAsync();
        var first = journal.AppendAllAsync("first");
        await reached.Task.WaitAsync(_patience, TestContext.Current.CancellationToken);
        var large = journal.AppendAllAsync(new string('x', 40_000));
        var small = Enumerable.Range(0, 20).Select(i => journal.AppendAllAsync($"small {i}")).ToArray();
        _files.Capacity = _files.Used + 20_000;
        hold.Set();

        await first;
        await Task.WhenAll(small);
        await Should.ThrowAsync<JournalUnavailableException>(() => large);
        journal.Bodies().Length.ShouldBe(21);
        _bench.SegmentPaths().Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_file_is_not_given_up_for_an_entry_that_does_not_fit()
    {
        _bench.Options.SegmentBytes = 1024 * 1024;
        await using (var journal = await OpenAsync())
        {
            for (var i = 0; i < 50; i++)
            {
                _files.Capacity = _files.Used + 2000;
                await journal.AppendAllAsync($"small {i}");
                await Should.ThrowAsync<JournalUnavailableException>(() => journal.AppendAllAsync(new string('x', 20_000)));
            }

            _bench.SegmentPaths().Length.ShouldBe(1);
        }

        foreach (var survivors in new[] { _files.AfterKill(), _files.AfterPowerCut(new Random(5)) })
        {
            _bench.Files = survivors;
            await using var reopened = await OpenAsync();
            reopened.Bodies().ShouldBe(Enumerable.Range(0, 50).Select(i => $"small {i}"));
        }
    }

    [Fact]
    public async Task What_was_only_tried_leaves_nothing_that_a_later_start_complains_of()
    {
        var journal = await OpenAsync();
        await journal.AppendAllAsync("before");
        Break("Sync");
        await Should.ThrowAsync<JournalUnavailableException>(() => journal.AppendAllAsync("refused"));
        Mend();
        await PassAsync(journal, seconds: 3);
        journal.IsWritable.ShouldBeTrue();
        var killed = _files.AfterKill();
        await journal.DisposeAsync();

        foreach (var files in new[] { _files, killed })
        {
            _bench.Files = files;
            var lines = _log.Lines;
            await using var reopened = await OpenAsync();
            reopened.Bodies().ShouldBe(["before"]);
            reopened.Figures.DamagedPlaces.ShouldBe(0);
            _log.Lines.ShouldBe(lines);
            await reopened.AppendAllAsync("later");
            reopened.Bodies().ShouldBe(["before", "later"]);
        }
    }

    private Task<ClaudeBridge.Journal.Journal> OpenAsync() =>
        ClaudeBridge.Journal.Journal.OpenAsync(
            _bench.Folder,
            _bench.Options,
            _clock,
            _log,
            TestContext.Current.CancellationToken,
            files: _bench.Files
        );

    private void Break(string fault)
    {
        if (fault == "full")
        {
            _files.Capacity = _files.Used + 40;
            return;
        }

        if (fault == "read-only")
        {
            _files.Before = static (name, _) =>
            {
                if (name is not "Read" and not "OpenRead")
                {
                    throw new UnauthorizedAccessException("Read-only file system");
                }
            };
            return;
        }

        _files.Before = (name, _) =>
        {
            if (name == fault)
            {
                throw new IOException("Input/output error");
            }
        };
    }

    private void Mend()
    {
        _files.Capacity = long.MaxValue;
        _files.Before = static (_, _) => { };
    }

    /// <summary>Lets virtual time pass, a second at a time, each after the writer sleeps again.</summary>
    private async Task PassAsync(ClaudeBridge.Journal.Journal journal, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            await RestsAsync(journal);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await RestsAsync(journal);
    }

    /// <summary>The writer has a timer while it waits to try the disk again, and needs none when the disk works.</summary>
    private async Task RestsAsync(ClaudeBridge.Journal.Journal journal)
    {
        var since = Stopwatch.GetTimestamp();
        while (_clock.PendingTimers == 0 && !journal.IsWritable)
        {
            Stopwatch.GetElapsedTime(since).ShouldBeLessThan(_patience, "the writer does not come to rest");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private sealed class CountedLog : ILogger
    {
        private int _lines;

        public int Lines => Volatile.Read(ref _lines);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Interlocked.Increment(ref _lines);
    }
}
