using System.Text;
using ClaudeBridge.Journal;
using FsCheck;
using FsCheck.Fluent;

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
            PositionsAscend(journal.ReadFrom(JournalPosition.Start));
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

    [Fact]
    public void Whatever_happens_all_that_was_answered_is_read_back_in_order_and_once() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<int[]>(),
                steps =>
                {
                    RunAsync(steps).GetAwaiter().GetResult();
                }
            )
            .QuickCheckThrowOnFailure();

    /// <summary>Appends, closes, kills, cuts the power and fails operations as the numbers say.</summary>
    private static async Task RunAsync(int[] steps)
    {
        using var bench = new JournalBench();
        bench.Options.SegmentBytes = 700;
        var files = new FaultyFiles();
        bench.Files = files;
        var answered = new List<(JournalPosition Position, string Body)>();
        var journal = await bench.OpenAsync();
        for (var i = 0; i < steps.Length; i++)
        {
            var random = new Random(steps[i]);
            switch (random.Next(10))
            {
                case 0:
                    await journal.DisposeAsync();
                    journal = await bench.OpenAsync();
                    break;
                case 1:
                    await GoOnWithAsync(files.AfterKill());
                    break;
                case 2 or 3:
                    await GoOnWithAsync(files.AfterPowerCut(random));
                    break;
                case 4:
                    var left = random.Next(4);
                    files.Before = (name, _) =>
                    {
                        if (name is not "Read" and not "OpenRead" && left-- == 0)
                        {
                            throw new IOException("Input/output error");
                        }
                    };
                    await AppendAsync($"{i}, while it fails");
                    files.Before = static (_, _) => { };
                    break;
                default:
                    await Task.WhenAll(
                        Enumerable.Range(0, random.Next(1, 6)).Select(k => AppendAsync($"{i}.{k} " + new string('x', random.Next(200))))
                    );
                    break;
            }

            Check();
        }

        await journal.DisposeAsync();

        async Task GoOnWithAsync(FaultyFiles survivors)
        {
            // Only the thread of the old one ends here; what it does to its files is not seen by the new one.
            await journal.DisposeAsync();
            bench.Files = files = survivors;
            journal = await bench.OpenAsync();
        }

        void Check()
        {
            var items = journal.ReadFrom(JournalPosition.Start).ToList();
            PositionsAscend(items);
            var found = items.ToDictionary(item => item.Position, item => item.Text());
            foreach (var (position, body) in answered)
            {
                found.ShouldContainKeyAndValue(position, body);
            }

            answered.Select(one => one.Position).ShouldBeUnique();
            items.Select(item => item.Text()).ShouldBeUnique();
        }

        async Task AppendAsync(string body)
        {
            try
            {
                var position = await journal.AppendAsync(JournalTestExtensions.Entry(body), null, CancellationToken.None);
                lock (answered)
                {
                    answered.Add((position, body));
                }
            }
            catch (JournalUnavailableException)
            {
                // Refused: it may be missing.
            }
        }
    }

    private static void PositionsAscend(IEnumerable<JournalItem> items)
    {
        var last = JournalPosition.Start;
        foreach (var item in items)
        {
            item.Position.ShouldBeGreaterThanOrEqualTo(last);
            item.Next.ShouldBeGreaterThan(item.Position);
            last = item.Next;
        }
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
