using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Snapshots;
using ClaudeBridge.Tests.Cli;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A journal that is kept shorter than the store: real files, a real loop.</summary>
public sealed class JournalRetentionTests : IDisposable
{
    private static readonly RecordedRequest[] Requests = [.. Recording.All.Take(30).SelectMany(static recording => recording.Requests)];

    private readonly TemporaryFolder _folder = new();

    private readonly JournalOptions _kept = new() { SegmentBytes = 64 * 1024, KeepBytes = 256 * 1024 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string StoreFolder => Path.Combine(_folder.Path, "data");

    private string Snapshots => Path.Combine(StoreFolder, StoreSnapshots.FolderName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_goes_is_in_a_snapshot_first_and_a_lost_store_is_built_from_it_and_the_tail()
    {
        var (views, feed) = ("", (IReadOnlyList<string>)[]);
        await using (var journal = await OpenAsync())
        {
            await using var running = await RunAsync(journal, Requests.Length / 2);
            await ApplyAsync(journal, running);
            var snapshot = running.Database.Snapshots.Figures.NewestPosition.ShouldNotBeNull();
            journal.Oldest.ShouldBeGreaterThan(JournalPosition.Start);
            journal.Oldest.ShouldBeLessThanOrEqualTo(snapshot);

            await AppendAsync(journal, Requests.Skip(Requests.Length / 2));
            await running.FinishAsync(journal.End);
            (views, feed) = (running.Views(), running.FeedContents());
        }

        DeleteStore();
        await using var same = await OpenAsync();
        await using var again = await RunningLoop.StartAsync(same, StoreFolder);
        await again.FinishAsync(same.End);
        again.Views().ShouldBe(views);
        again.FeedContents().ShouldBe(feed);
        again.Feed.Read(0, int.MaxValue).OfType<ObservationItem>().ShouldAllBe(item => !item.IsHistoryIncomplete);
        again.Log.Lines.ShouldContain(line => line.Contains("The store is restored from", StringComparison.Ordinal));
        again.Log.Lines.ShouldContain(line => line.Contains("The store is built again from the journal: 100 %", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_damaged_while_it_runs_is_built_from_the_snapshot_too()
    {
        await using var journal = await OpenAsync();
        await using var running = await RunAsync(journal, Requests.Length);
        await ApplyAsync(journal, running);
        var (feed, epoch) = (running.FeedContents(), running.Feed.Epoch);

        running.Database.Suspect(new StoreDamagedException("met by a reader"), epoch);
        await running.FinishAsync(journal.End);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (running.Feed.Epoch == epoch)
        {
            await running.Loop.SettleAllAsync(limit.Token);
        }

        await running.FinishAsync(journal.End);
        running.FeedContents().ShouldBe(feed);
        running.Database.Snapshots.Figures.Restored.ShouldBe(1);
    }

    [Fact]
    public async Task Without_room_for_a_snapshot_the_journal_keeps_what_the_store_cannot_be_built_without()
    {
        await using var journal = await OpenAsync();
        await using var running = await RunAsync(journal, Requests.Length);
        await File.WriteAllTextAsync(Snapshots, "no folder can be made here", Cancel);
        await ApplyAsync(journal, running);
        journal.Oldest.ShouldBe(JournalPosition.Start);
        running.Database.Snapshots.Figures.Failed.ShouldBe(1);

        File.Delete(Snapshots);
        await ApplyAsync(journal, running, new StoreOptions { SnapshotEvery = TimeSpan.Zero });
        journal.Oldest.ShouldBe(JournalPosition.Start, "a try has just failed, and another is not made at once");
    }

    [Fact]
    public async Task A_hard_limit_goes_on_without_a_snapshot_and_says_what_no_store_can_be_built_from()
    {
        (_kept.KeepBytes, _kept.MaxBytes) = (null, 256 * 1024);
        await using (var journal = await OpenAsync())
        {
            await using var running = await RunAsync(journal, Requests.Length);
            await File.WriteAllTextAsync(Snapshots, "no folder can be made here", Cancel);
            await ApplyAsync(journal, running);
            journal.Oldest.ShouldBeGreaterThan(JournalPosition.Start);
            journal.Figures.UncoveredBytes.ShouldBe(journal.Figures.RemovedBytes);
            journal.Figures.LostBytes.ShouldBe(0, "the store has it");
        }

        DeleteStore();
        await using var same = await OpenAsync();
        await using var again = await RunningLoop.StartAsync(same, StoreFolder);
        await again.FinishAsync(same.End);
        again.LinesButProgress.ShouldContain(line => line.Contains("no longer holds what came before", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hard_limit_tries_a_snapshot_first()
    {
        (_kept.KeepBytes, _kept.MaxBytes) = (null, 256 * 1024);
        await using var journal = await OpenAsync();
        await using var running = await RunAsync(journal, Requests.Length);
        await ApplyAsync(journal, running);
        journal.Oldest.ShouldBeGreaterThan(JournalPosition.Start);
        journal.Figures.UncoveredBytes.ShouldBe(0);
        running.Database.Snapshots.Figures.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Entries_lost_between_the_snapshot_and_the_tail_make_the_history_incomplete()
    {
        await using (var journal = await OpenAsync())
        {
            await using var running = await RunAsync(journal, Requests.Length / 2);
            await ApplyAsync(journal, running);
            await AppendAsync(journal, Requests.Skip(Requests.Length / 2));
            await running.FinishAsync(journal.End);
        }

        // Everything but the newest file is taken by a person who wants the room.
        var segments = Directory.GetFiles(Path.Combine(_folder.Path, "journal"), "*.journal").Order(StringComparer.Ordinal).ToArray();
        foreach (var segment in segments[..^1])
        {
            File.Delete(segment);
        }

        DeleteStore();
        await using var same = await OpenAsync();
        await using var again = await RunningLoop.StartAsync(same, StoreFolder);
        await again.FinishAsync(same.End);
        again.Feed.Read(0, int.MaxValue).OfType<ObservationItem>().ShouldNotBeEmpty();
        again.LinesButProgress.ShouldContain(line => line.Contains("no longer holds what came before", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_snapshot_behind_a_journal_that_is_gone_altogether_is_incomplete_too()
    {
        await using (var journal = await OpenAsync())
        {
            await using var running = await RunAsync(journal, Requests.Length / 2);
            await ApplyAsync(journal, running);
            await AppendAsync(journal, Requests.Skip(Requests.Length / 2));
            await running.FinishAsync(journal.End);
        }

        foreach (var segment in Directory.GetFiles(Path.Combine(_folder.Path, "journal"), "*.journal"))
        {
            File.Delete(segment);
        }

        DeleteStore();
        await using var same = await OpenAsync();
        await using var again = await RunningLoop.StartAsync(same, StoreFolder);
        await again.FinishAsync(same.End);
        again.Feed.Read(0, int.MaxValue).OfType<ObservationItem>().ShouldAllBe(item => item.IsHistoryIncomplete);
    }

    [Theory]
    [InlineData(90, 1, null, null, 90, false)]
    [InlineData(30, 1, null, null, 90, true)]
    [InlineData(90, 100, null, null, 90, true)]
    [InlineData(365, 1, null, 90, 90, false)]
    [InlineData(7, 1, null, 7, 90, true)]
    [InlineData(90, 1, 1_000_000_000L, null, 90, true)]
    public void A_journal_is_shorter_by_time_or_by_bytes(
        int keepFor,
        int quiet,
        long? maxBytes,
        int? maxAge,
        int storeFor,
        bool expected
    ) =>
        JournalRetention
            .IsJournalShorter(
                new()
                {
                    KeepFor = TimeSpan.FromDays(keepFor),
                    MaxBytes = maxBytes,
                    MaxAge = maxAge is { } days ? TimeSpan.FromDays(days) : null,
                },
                new() { KeepFor = TimeSpan.FromDays(storeFor), KeepQuiet = TimeSpan.FromDays(quiet) }
            )
            .ShouldBe(expected);

    private Task<ClaudeBridge.Journal.Journal> OpenAsync() =>
        ClaudeBridge.Journal.Journal.OpenAsync(
            Path.Combine(_folder.Path, "journal"),
            _kept,
            TimeProvider.System,
            NullLogger.Instance,
            Cancel
        );

    private async Task<RunningLoop> RunAsync(ClaudeBridge.Journal.Journal journal, int requests)
    {
        var running = await RunningLoop.StartAsync(journal, StoreFolder);
        await AppendAsync(journal, Requests.Take(requests));
        await running.FinishAsync(journal.End);
        return running;
    }

    private static async Task AppendAsync(ClaudeBridge.Journal.Journal journal, IEnumerable<RecordedRequest> requests)
    {
        foreach (var request in requests)
        {
            var entry = new JournalEntry
            {
                Kind = JournalEntryKind.Export,
                Signal = request.Signal,
                Encoding = request.Encoding,
                ReceivedAt = TimeProvider.System.GetUtcNow(),
                Body = request.Body,
            };
            await journal.AppendAsync(entry, null, Cancel);
        }
    }

    private async Task ApplyAsync(ClaudeBridge.Journal.Journal journal, RunningLoop running, StoreOptions? options = null)
    {
        using var retention = new JournalRetention(
            journal,
            running.Loop,
            running.Database,
            Options.Create(_kept),
            Options.Create(options ?? new StoreOptions()),
            new AgingClock(TimeProvider.System, folder: null),
            TimeProvider.System,
            NullLogger<JournalRetention>.Instance
        );
        await retention.ApplyAsync(Cancel);
    }

    private void DeleteStore()
    {
        foreach (var file in Directory.GetFiles(StoreFolder, "store.db*"))
        {
            File.Delete(file);
        }
    }
}
