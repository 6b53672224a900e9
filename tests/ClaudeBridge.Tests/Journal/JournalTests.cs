using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Tests.Journal;

public sealed class JournalTests : IDisposable
{
    private readonly JournalBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task What_was_appended_is_read_back_in_order_with_all_its_facts()
    {
        await using var journal = await _bench.OpenAsync();
        var entry = JournalTestExtensions.Entry("first") with
        {
            Kind = JournalEntryKind.Control,
            Signal = Signal.Traces,
            Encoding = OtlpEncoding.Protobuf,
            Attributes = [new("tenant", "blå"), new("", "")],
        };
        var first = await journal.AppendAsync(entry, null, TestContext.Current.CancellationToken);
        var rest = await journal.AppendAllAsync("second", "");

        var items = journal.ReadFrom(JournalPosition.Start).ToList();

        items.Select(item => item.Text()).ShouldBe(["first", "second", ""]);
        items.Select(item => item.Position).ShouldBe([first, .. rest]);
        items[0].Next.ShouldBe(items[1].Position);
        items[2].Next.ShouldBe(journal.End);
        var read = items[0].Entry;
        read.Kind.ShouldBe(JournalEntryKind.Control);
        read.Signal.ShouldBe(Signal.Traces);
        read.Encoding.ShouldBe(OtlpEncoding.Protobuf);
        read.ReceivedAt.ShouldBe(entry.ReceivedAt);
        read.Attributes.ShouldBe(entry.Attributes);
        items[1].Entry.Attributes.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_journal_begins_where_it_ends()
    {
        await using var journal = await _bench.OpenAsync();

        journal.Oldest.ShouldBe(JournalPosition.Start);
        journal.End.ShouldBe(JournalPosition.Start);
        journal.Bodies().ShouldBeEmpty();
    }

    [Fact]
    public async Task After_closing_and_opening_everything_is_there_and_positions_go_on_without_a_gap()
    {
        await _bench.WriteAsync("a", "b");
        await using var journal = await _bench.OpenAsync();
        var end = journal.End;

        var positions = await journal.AppendAllAsync("c");

        positions[0].ShouldBe(end);
        journal.Bodies().ShouldBe(["a", "b", "c"]);
        _bench.SegmentPaths().Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_full_segment_is_followed_by_another_and_no_position_is_left_out()
    {
        var bodies = Enumerable.Range(0, 40).Select(i => new string((char)('A' + (i % 26)), 500)).ToArray();
        await using var journal = await _bench.OpenAsync();

        await journal.AppendAllAsync(bodies);

        _bench.SegmentPaths().Length.ShouldBeGreaterThan(4);
        _bench.SegmentPaths().ShouldAllBe(path => new FileInfo(path).Length <= _bench.Options.SegmentBytes + 64);
        var items = journal.ReadFrom(JournalPosition.Start).ToList();
        items.Select(item => item.Text()).ShouldBe(bodies);
        items.Zip(items.Skip(1)).ShouldAllBe(pair => pair.First.Next == pair.Second.Position);
    }

    [Fact]
    public async Task An_entry_larger_than_a_segment_has_one_of_its_own()
    {
        var large = new string('x', 50_000);
        await using var journal = await _bench.OpenAsync();

        await journal.AppendAllAsync("before", large, "after");

        journal.Bodies().ShouldBe(["before", large, "after"]);
        _bench.SegmentPaths().Length.ShouldBe(3);
    }

    [Fact]
    public async Task An_entry_above_the_limit_is_a_mistake_of_the_caller()
    {
        await using var journal = await _bench.OpenAsync();

        await Should.ThrowAsync<ArgumentException>(async () => await journal.AppendAllAsync(new string('x', _bench.Options.MaxEntryBytes)));
    }

    [Fact]
    public async Task Reading_begins_at_the_position_asked_for()
    {
        await using var journal = await _bench.OpenAsync();
        var positions = await journal.AppendAllAsync("a", "b", "c");

        journal.Bodies(positions[1]).ShouldBe(["b", "c"]);
        journal.Bodies(journal.End).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_closed_journal_refuses()
    {
        var journal = await _bench.OpenAsync();
        await journal.DisposeAsync();

        await Should.ThrowAsync<JournalUnavailableException>(async () => await journal.AppendAllAsync("late"));
        await Should.ThrowAsync<JournalUnavailableException>(() =>
            journal.ApplyRetentionAsync(JournalPosition.Start, TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task Files_and_folder_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such permissions.");
            return;
        }

        await _bench.WriteAsync("a");

        File.GetUnixFileMode(_bench.Folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var path in Directory.GetFiles(_bench.Folder))
        {
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task A_second_one_on_the_same_folder_is_refused_with_the_way_out_and_works_once_the_first_is_gone()
    {
        await using (await _bench.OpenAsync())
        {
            var refusal = await Should.ThrowAsync<JournalLockedException>(() => _bench.OpenAsync());
            refusal.Message.ShouldContain(_bench.Folder);
            refusal.Message.ShouldContain("Stop that process");
        }

        // The file stays behind, as after a crash; nobody holds it.
        File.Exists(Path.Combine(_bench.Folder, "lock")).ShouldBeTrue();
        await using var second = await _bench.OpenAsync();
    }

    [Fact]
    public async Task Waiting_ends_when_something_comes_and_at_once_when_it_is_there()
    {
        await using var journal = await _bench.OpenAsync();
        var waiting = journal.WaitAsync(JournalPosition.Start, TestContext.Current.CancellationToken);
        waiting.IsCompleted.ShouldBeFalse();

        await journal.AppendAllAsync("a");

        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        journal.WaitAsync(JournalPosition.Start, TestContext.Current.CancellationToken).IsCompletedSuccessfully.ShouldBeTrue();
        using var cancel = new CancellationTokenSource();
        var never = journal.WaitAsync(journal.End, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => never);
    }
}
