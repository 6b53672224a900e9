using System.Text;
using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

public sealed class JournalDurabilityTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly JournalBench _bench = new();
    private FaultyFiles _files = new();

    public JournalDurabilityTests() => _bench.Files = _files;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Whatever_waits_while_the_disk_is_busy_is_written_and_synced_together()
    {
        using var gate = new Gate("Sync");
        _files.Before = gate.Pass;
        _bench.Options.SegmentBytes = 1024 * 1024;
        await using var journal = await _bench.OpenAsync();
        var first = journal.AppendAllAsync("first");
        await gate.Reached.WaitAsync(_patience, TestContext.Current.CancellationToken);
        var waiting = Enumerable.Range(0, 500).Select(i => journal.AppendAllAsync($"entry {i}")).ToArray();

        gate.Open();
        await Task.WhenAll([first, .. waiting]);

        _files.Syncs.ShouldBe(2);
        journal.Figures.Groups.ShouldBe(2);
        journal.Figures.Entries.ShouldBe(501);
        journal.Bodies().Length.ShouldBe(501);
    }

    [Fact]
    public async Task Nothing_is_answered_before_its_bytes_are_synced()
    {
        await using var journal = await _bench.OpenAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 400),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) =>
            {
                var body = $"entry number {i} of many";
                await journal.AppendAllAsync(body);
                _files.IsSafe(Encoding.UTF8.GetBytes(body)).ShouldBeTrue();
            }
        );
        journal.Bodies().Length.ShouldBe(400);
    }

    [Fact]
    public async Task A_group_holds_no_more_entries_and_bytes_than_the_options_say()
    {
        using var gate = new Gate("Sync");
        _files.Before = gate.Pass;
        _bench.Options.SegmentBytes = 1024 * 1024;
        _bench.Options.GroupEntries = 10;
        _bench.Options.GroupBytes = 64 * 1024;
        await using var journal = await _bench.OpenAsync();
        var first = journal.AppendAllAsync("first");
        await gate.Reached.WaitAsync(_patience, TestContext.Current.CancellationToken);
        var small = Enumerable.Range(0, 30).Select(i => journal.AppendAllAsync($"entry {i}")).ToArray();
        var large = Enumerable.Range(0, 4).Select(_ => journal.AppendAllAsync(new string('x', 40_000))).ToArray();

        gate.Open();
        await Task.WhenAll([first, .. small, .. large]);

        journal.Figures.Groups.ShouldBe(1 + 3 + 4);
    }

    [Fact]
    public async Task A_caller_that_leaves_while_it_waits_leaves_nothing_behind()
    {
        using var gate = new Gate("Sync");
        _files.Before = gate.Pass;
        await using var journal = await _bench.OpenAsync();
        var first = journal.AppendAllAsync("first");
        await gate.Reached.WaitAsync(_patience, TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource();
        var leaving = journal.AppendAsync(JournalTestExtensions.Entry("leaving"), null, cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => leaving.WaitAsync(_patience));
        gate.Open();
        await first;
        await journal.AppendAllAsync("last");
        journal.Bodies().ShouldBe(["first", "last"]);
    }

    [Fact]
    public async Task A_full_disk_refuses_and_loses_nothing_and_works_again_as_soon_as_there_is_room()
    {
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync("before");
        _files.Capacity = _files.Used + 40;

        for (var i = 0; i < 20; i++)
        {
            await Should.ThrowAsync<JournalUnavailableException>(() => journal.AppendAllAsync("refused"));
        }

        journal.Figures.IsWritable.ShouldBeFalse();
        journal.Figures.Refused.ShouldBe(20);
        journal.Bodies().ShouldBe(["before"]);
        _files.Capacity = long.MaxValue;
        await journal.AppendAllAsync("after");

        journal.Figures.IsWritable.ShouldBeTrue();
        journal.Bodies().ShouldBe(["before", "after"]);
        await journal.DisposeAsync();
        await using var reopened = await _bench.OpenAsync();
        reopened.Bodies().ShouldBe(["before", "after"]);
        reopened.Figures.DamagedPlaces.ShouldBe(0);
    }

    [Theory]
    [InlineData("Sync")]
    [InlineData("Write")]
    [InlineData("CreateNew")]
    [InlineData("SyncFolder")]
    [InlineData("Replace")]
    [InlineData("OpenWrite")]
    public async Task After_any_operation_failed_what_was_answered_is_kept_what_was_refused_is_not_and_later_ones_succeed(string operation)
    {
        await _bench.WriteAsync("0");
        var answered = new List<string> { "0" };
        await using (var journal = await _bench.OpenAsync())
        {
            for (var i = 1; i < 60; i++)
            {
                var fails = i % 3 == 0;
                var failed = false;
                _files.Before = (name, _) =>
                {
                    if (fails && !failed && name == operation)
                    {
                        failed = true;
                        throw new IOException("Input/output error");
                    }
                };
                var body = $"{i} " + new string('x', 300);
                try
                {
                    await journal.AppendAllAsync(body);
                    answered.Add(body);
                }
                catch (JournalUnavailableException)
                {
                    failed.ShouldBeTrue();
                }
            }

            _files.Before = static (_, _) => { };
            journal.Bodies().ShouldBe(answered);
            journal.ReadFrom(JournalPosition.Start).ShouldAscend();
        }

        _bench.Files = _files = _files.AfterPowerCut(new Random(1));
        await using var reopened = await _bench.OpenAsync();
        reopened.Bodies().ShouldBe(answered);
    }

    [Fact]
    public async Task After_a_failed_sync_the_file_is_given_up_even_when_it_cannot_be_cut()
    {
        await using (var journal = await _bench.OpenAsync())
        {
            await journal.AppendAllAsync("a");
            _files.Before = static (name, _) =>
            {
                if (name is "Sync" or "SetLength")
                {
                    throw new IOException("Input/output error");
                }
            };
            await Should.ThrowAsync<JournalUnavailableException>(() => journal.AppendAllAsync("refused"));
            _files.Before = static (_, _) => { };
            await journal.AppendAllAsync("b");
            journal.Bodies().ShouldBe(["a", "b"]);
        }

        await using var reopened = await _bench.OpenAsync();
        reopened.Bodies().ShouldBe(["a", "b"]);
        JournalVerification.Verify(_files, _bench.Folder, TestContext.Current.CancellationToken).IsWhole.ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_failed_sync_left_behind_never_comes_back(bool cannotBeCut)
    {
        using var gate = new Gate("Sync");
        _files.Before = gate.Pass;
        var journal = await _bench.OpenAsync();
        var first = journal.AppendAllAsync("first");
        await gate.Reached.WaitAsync(_patience, TestContext.Current.CancellationToken);
        var refused = Enumerable.Range(1, 3).Select(i => journal.AppendAllAsync($"group {i}")).ToArray();
        var syncs = 0;
        _files.Before = (name, _) =>
        {
            if ((name == "Sync" && syncs++ == 0) || (cannotBeCut && name == "SetLength"))
            {
                throw new IOException("Input/output error");
            }
        };
        gate.Open();
        await first;
        foreach (var one in refused)
        {
            await Should.ThrowAsync<JournalUnavailableException>(() => one);
        }

        await journal.AppendAllAsync("later 1");

        foreach (var survivors in new[] { _files.AfterKill(), _files.AfterPowerCut(new Random(3)) })
        {
            _bench.Files = survivors;
            await using var reopened = await _bench.OpenAsync();
            reopened.Bodies().ShouldBe(["first", "later 1"]);
        }

        await journal.DisposeAsync();
    }

    [Fact]
    public async Task Closing_writes_what_waits()
    {
        using var gate = new Gate("Sync");
        _files.Before = gate.Pass;
        var journal = await _bench.OpenAsync();
        var appends = Enumerable.Range(0, 50).Select(i => journal.AppendAllAsync($"entry {i}")).ToArray();
        await gate.Reached.WaitAsync(_patience, TestContext.Current.CancellationToken);
        var closing = journal.DisposeAsync();

        gate.Open();
        await closing;

        await Task.WhenAll(appends);
        await using var reopened = await _bench.OpenAsync();
        reopened.Bodies().Length.ShouldBe(50);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_ever_for_a_disk_that_does_not_answer()
    {
        using var gate = new Gate("Sync");
        _files.Before = gate.Pass;
        _bench.Options.CloseWithin = TimeSpan.FromMilliseconds(100);
        var journal = await _bench.OpenAsync();
        var written = journal.AppendAllAsync("being written");
        await gate.Reached.WaitAsync(_patience, TestContext.Current.CancellationToken);
        var waiting = journal.AppendAllAsync("waiting");

        await journal.DisposeAsync().AsTask().WaitAsync(_patience, TestContext.Current.CancellationToken);

        await Should.ThrowAsync<JournalUnavailableException>(() => waiting);
        gate.Open();
        await written;
    }

    /// <summary>Holds an operation back until it is opened.</summary>
    private sealed class Gate(string operation) : IDisposable
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Pass(string name, string path)
        {
            if (name == operation)
            {
                _reached.TrySetResult();
                _open.Wait();
            }
        }

        public void Open() => _open.Set();

        public void Dispose() => _open.Set();
    }
}
