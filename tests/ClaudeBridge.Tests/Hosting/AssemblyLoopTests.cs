using System.Text;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Hosting;

public sealed class AssemblyLoopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-loop-").FullName;

    public static TheoryData<string> Recordings => [.. Recording.Names];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task A_recording_ends_with_the_same_views_and_feed_in_any_order_doubled_and_restarted(string name)
    {
        var requests = Recording.Open(name).Requests;
        var (views, feed) = await RunAsync("straight", requests, restartEvery: int.MaxValue, isLive: true);
        feed.Count.ShouldBeGreaterThan(0);

        for (var seed = 1; seed <= 2; seed++)
        {
            var random = new Random(seed);
            var shuffled = requests.Concat(requests).ToArray();
            random.Shuffle(shuffled);
            var (otherViews, otherFeed) = await RunAsync($"shuffled-{seed}", shuffled, restartEvery: 1 + random.Next(4), isLive: seed == 2);
            otherViews.ShouldBe(views, $"seed {seed}");
            otherFeed.ShouldBe(feed, $"seed {seed}");
        }
    }

    [Fact]
    public async Task Everything_is_in_the_store_once_caught_up_and_counted()
    {
        var journal = new MemoryJournal { IsLive = true };
        await using var running = await RunningLoop.StartAsync(journal, _folder);
        var requests = Recording.Open("2.1.329-bash-tool-http-json").Requests;
        foreach (var request in requests.Concat(requests))
        {
            journal.Append(request);
        }

        (await running.FinishAsync(journal.End)).ShouldBeGreaterThan(0);
        running.Loop.Applied.ShouldBe(journal.End);
        var figures = running.Loop.Figures;
        figures.Entries.ShouldBe(requests.Count * 2);
        figures.Records.ShouldBe(2 * requests.Where(request => request.Signal != Signal.Metrics).Sum(request => request.Decode().Accepted));
        figures.Duplicates.ShouldBe(figures.Records / 2);
        figures.MetricPoints.ShouldBe(
            2 * requests.Where(request => request.Signal == Signal.Metrics).Sum(request => request.Decode().Accepted)
        );
        figures.Points.ShouldBe(figures.MetricPoints / 2);
        figures.RepeatedPoints.ShouldBe(figures.MetricPoints / 2);
        figures.PointsLeftOut.ShouldBe(0);
        figures.Foreign.ShouldBe(0);
        figures.SkippedEntries.ShouldBe(0);
        figures.SkippedRecords.ShouldBe(0);
        running.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_due_is_settled_without_anybody_asking()
    {
        var journal = new MemoryJournal();
        var settling = new ClaudeBridge.Sessions.SettlingOptions
        {
            Unchanged = TimeSpan.FromMilliseconds(50),
            Counterpart = TimeSpan.FromMilliseconds(50),
        };
        await using var running = await RunningLoop.StartAsync(journal, _folder, settling: settling);
        foreach (var request in Recording.Open("2.1.329-plain-answer-http-json").Requests)
        {
            journal.Append(request);
        }

        await running.Feed.WaitAsync(0, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        running.Feed.Read(0, 10).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task An_entry_that_cannot_be_read_costs_itself_and_is_said_without_its_contents()
    {
        var journal = new MemoryJournal();
        journal.Append(Signal.Logs, OtlpEncoding.Json, Encoding.UTF8.GetBytes("{\"resourceLogs\": \"secret-prompt\"}"));
        foreach (var request in Recording.Open("2.1.329-plain-answer-http-json").Requests)
        {
            journal.Append(request);
        }

        await using var running = await RunningLoop.StartAsync(journal, _folder);
        await running.FinishAsync(journal.End);
        running.Loop.Figures.SkippedEntries.ShouldBe(1);
        running.Queries.Sessions().ShouldHaveSingleItem();
        running.LinesButProgress.ShouldHaveSingleItem().ShouldContain("left out");
        running.Log.Lines[0].ShouldNotContain("secret-prompt");
    }

    [Fact]
    public async Task Damaged_entries_in_the_middle_and_at_the_end_are_passed_over()
    {
        var journal = new MemoryJournal();
        var requests = Recording.Open("2.1.329-plain-answer-http-json").Requests;
        foreach (var request in requests.Concat(requests).Concat(requests))
        {
            journal.Append(request);
        }

        journal.Damage((requests.Count * 3) - 1);
        journal.Damage(1);
        await using var running = await RunningLoop.StartAsync(journal, _folder);
        await running.FinishAsync(journal.End);
        running.Loop.Applied.ShouldBe(journal.End);
        running.Loop.Figures.Entries.ShouldBe((requests.Count * 3) - 2);
    }

    [Fact]
    public async Task A_deleted_store_is_built_again_to_the_same_contents_under_a_new_epoch()
    {
        var journal = new MemoryJournal();
        foreach (var request in Recording.Open("2.1.329-subagent-http-json").Requests)
        {
            journal.Append(request);
        }

        var (views, feed, epoch) = ("", (IReadOnlyList<string>)[], "");
        await using (var running = await RunningLoop.StartAsync(journal, _folder))
        {
            await running.FinishAsync(journal.End);
            (views, feed, epoch) = (running.Views(), running.FeedContents(), running.Feed.Epoch);
        }

        foreach (var file in Directory.GetFiles(_folder))
        {
            File.Delete(file);
        }

        await using var again = await RunningLoop.StartAsync(journal, _folder);
        await again.FinishAsync(journal.End);
        again.Views().ShouldBe(views);
        again.FeedContents().ShouldBe(feed);
        again.Feed.Epoch.ShouldNotBe(epoch);
        again.Feed.Read(0, int.MaxValue).OfType<ObservationItem>().ShouldAllBe(item => !item.IsHistoryIncomplete);
    }

    [Fact]
    public async Task A_store_built_from_a_shortened_journal_says_from_which_date()
    {
        var journal = new MemoryJournal();
        var since = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var requests = Recording.Open("2.1.329-multi-turn-continue-http-json").Requests;
        for (var i = 0; i < requests.Count; i++)
        {
            journal.Append(requests[i], since.AddMinutes(i - 2));
        }

        journal.DropFirst(2);
        await using var running = await RunningLoop.StartAsync(journal, _folder);
        await running.FinishAsync(journal.End);
        running.LinesButProgress.ShouldHaveSingleItem().ShouldContain("2030-01-02 03:04:05");
        running.Feed.Read(0, int.MaxValue).OfType<ObservationItem>().ShouldAllBe(item => item.IsHistoryIncomplete);
    }

    [Fact]
    public async Task Another_journal_is_read_from_its_beginning()
    {
        var first = new MemoryJournal();
        foreach (var request in Recording.Open("2.1.329-subagent-http-json").Requests)
        {
            first.Append(request);
        }

        await using (var running = await RunningLoop.StartAsync(first, _folder))
        {
            await running.FinishAsync(first.End);
        }

        var second = new MemoryJournal();
        second.Append(Recording.Open("2.1.329-plain-answer-http-json").Requests[0]);
        foreach (var request in Recording.Open("2.1.329-plain-answer-http-json").Requests.Skip(1))
        {
            second.Append(request);
        }

        second.End.ShouldBeLessThan(first.End);
        await using var again = await RunningLoop.StartAsync(second, _folder);
        await again.FinishAsync(second.End);
        again.Queries.Sessions().Count.ShouldBe(2);
        again.Log.Lines.ShouldHaveSingleItem().ShouldContain("another journal");
    }

    [Fact]
    public async Task Damage_met_while_running_is_repaired_from_the_journal()
    {
        var journal = new MemoryJournal();
        foreach (var name in Recording.Names.Take(12))
        {
            foreach (var request in Recording.Open(name).Requests)
            {
                journal.Append(request);
            }
        }

        var feed = (IReadOnlyList<string>)[];
        await using (var running = await RunningLoop.StartAsync(journal, _folder))
        {
            await running.FinishAsync(journal.End);
            feed = running.FeedContents();
        }

        using (
            var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "store.db")};Pooling=False")
        )
        {
            connection.Open();
            using var spoil = connection.CreateCommand();
            spoil.CommandText = "UPDATE contents SET data = x'FF' WHERE observation = (SELECT MAX(observation) FROM contents)";
            spoil.ExecuteNonQuery().ShouldBe(1);
        }

        await using var again = await RunningLoop.StartAsync(journal, _folder);
        var epoch = again.Feed.Epoch;
        Should.Throw<StoreDamagedException>(() => again.Feed.Read(0, int.MaxValue));
        await again.Loop.SettleAllAsync(CancellationToken.None);
        await again.FinishAsync(journal.End);
        again.Feed.Epoch.ShouldNotBe(epoch);
        again.FeedContents().ShouldBe(feed);
        again.Log.Lines.ShouldContain(line => line.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Old_sessions_are_deleted_once_they_are_quiet_and_a_late_record_begins_anew()
    {
        var journal = new MemoryJournal();
        var options = new StoreOptions
        {
            StepDelay = TimeSpan.Zero,
            KeepFor = TimeSpan.FromMinutes(1),
            KeepQuiet = TimeSpan.Zero,
            CleanEvery = TimeSpan.FromMilliseconds(20),
        };
        await using var running = await RunningLoop.StartAsync(journal, _folder, options);
        foreach (var request in Recording.Open("2.1.329-plain-answer-http-json").Requests)
        {
            journal.Append(request, TimeProvider.System.GetUtcNow());
        }

        running.Loop.DeliveredUpTo = () => 0;
        await running.FinishAsync(journal.End);
        running.Queries.Sessions().ShouldHaveSingleItem();

        running.Loop.DeliveredUpTo = () => long.MaxValue;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (running.Loop.Figures.DeletedSessions == 0)
        {
            await running.Loop.SettleAllAsync(limit.Token);
        }

        running.Queries.Sessions().ShouldBeEmpty();
    }

    [Fact]
    public async Task Waiting_ends_when_the_loop_does()
    {
        var journal = new MemoryJournal();
        var running = await RunningLoop.StartAsync(journal, _folder);
        var waiting = running.Loop.CatchUpAsync(new JournalPosition(1), CancellationToken.None);
        await running.DisposeAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
    }

    private async Task<(string Views, IReadOnlyList<string> Feed)> RunAsync(
        string name,
        IReadOnlyList<RecordedRequest> requests,
        int restartEvery,
        bool isLive
    )
    {
        var journal = new MemoryJournal { IsLive = isLive };
        var folder = Path.Combine(_folder, name);
        var running = await RunningLoop.StartAsync(journal, folder);
        for (var i = 0; i < requests.Count; i++)
        {
            journal.Append(requests[i]);
            if (i % restartEvery == restartEvery - 1)
            {
                await running.FinishAsync(journal.End);
                await running.DisposeAsync();
                running = await RunningLoop.StartAsync(journal, folder);
            }
        }

        await running.FinishAsync(journal.End);
        running.Log.Lines.ShouldBeEmpty();
        var result = (running.Views(), running.FeedContents());
        await running.DisposeAsync();
        return result;
    }
}
