using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

public sealed class JournalRetentionTests : IDisposable
{
    private static readonly JournalPosition _nothingNeeded = new(long.MaxValue);

    private readonly JournalBench _bench = new();

    public JournalRetentionTests()
    {
        _bench.Options.SegmentBytes = 1000;
        _bench.Options.KeepFor = null;
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task By_default_what_is_needed_by_nobody_goes_after_ninety_days()
    {
        _bench.Options.KeepFor = new JournalOptions().KeepFor;
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync(Bodies("old"));
        _bench.Time.Advance(TimeSpan.FromDays(89));
        await journal.AppendAllAsync(Bodies("new"));
        (await RetainAsync(journal, _nothingNeeded)).Segments.ShouldBeEmpty();

        _bench.Time.Advance(TimeSpan.FromDays(2));
        var plan = await RetainAsync(journal, _nothingNeeded);

        plan.NeededBytes.ShouldBe(0);
        journal.Bodies().ShouldBe(Bodies("new"));
        journal.Oldest.ShouldBeGreaterThan(JournalPosition.Start);
        journal.Figures.RemovedBytes.ShouldBe(plan.Bytes);
    }

    [Fact]
    public async Task What_is_still_needed_stays_however_old_and_large_it_is()
    {
        (_bench.Options.KeepFor, _bench.Options.KeepBytes) = (TimeSpan.FromDays(1), 1);
        await using var journal = await _bench.OpenAsync();
        var positions = await journal.AppendAllAsync(Bodies("a"));
        _bench.Time.Advance(TimeSpan.FromDays(1000));

        (await RetainAsync(journal, JournalPosition.Start)).Segments.ShouldBeEmpty();
        journal.Bodies().ShouldBe(Bodies("a"));
        await RetainAsync(journal, positions[3]);

        journal.Bodies(positions[3]).ShouldBe(Bodies("a")[3..]);
        journal.Oldest.ShouldBeGreaterThan(JournalPosition.Start);
    }

    [Fact]
    public async Task By_bytes_the_oldest_files_go_until_the_rest_fits()
    {
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync(Bodies("a"));
        _bench.Options.KeepBytes = 2100;

        await RetainAsync(journal, _nothingNeeded);

        journal.HeldBytes.ShouldBeInRange(1000, 2100);
        journal.Bodies().ShouldBe(Bodies("a")[^journal.Bodies().Length..]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_hard_limits_take_what_is_needed_too_and_count_it(bool byAge)
    {
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync(Bodies("a"));
        var held = journal.HeldBytes;
        if (byAge)
        {
            _bench.Options.MaxAge = TimeSpan.FromDays(10);
            _bench.Time.Advance(TimeSpan.FromDays(11));
        }
        else
        {
            _bench.Options.MaxBytes = 2100;
        }

        var plan = await RetainAsync(journal, JournalPosition.Start);

        plan.NeededBytes.ShouldBeGreaterThan(0);
        plan.NeededBytes.ShouldBe(held - journal.HeldBytes);
        journal.Figures.LostBytes.ShouldBe(plan.NeededBytes);
    }

    [Fact]
    public async Task The_newest_file_goes_too_when_it_is_old_and_positions_go_on()
    {
        _bench.Options.KeepFor = TimeSpan.FromDays(1);
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync("a");
        var end = journal.End;
        _bench.Time.Advance(TimeSpan.FromDays(2));

        await RetainAsync(journal, _nothingNeeded);

        _bench.SegmentPaths().ShouldBeEmpty();
        journal.Oldest.ShouldBe(end);
        journal.End.ShouldBe(end);
        var waiting = journal.WaitAsync(JournalPosition.Start, TestContext.Current.CancellationToken);
        waiting.IsCompleted.ShouldBeFalse();
        (await journal.AppendAllAsync("b"))[0].ShouldBeGreaterThanOrEqualTo(end);
        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        journal.Bodies().ShouldBe(["b"]);
    }

    [Fact]
    public async Task After_everything_was_removed_a_new_start_gives_no_position_again()
    {
        _bench.Options.KeepFor = TimeSpan.FromDays(1);
        JournalPosition end;
        await using (var journal = await _bench.OpenAsync())
        {
            await journal.AppendAllAsync("a");
            end = journal.End;
            _bench.Time.Advance(TimeSpan.FromDays(2));
            await RetainAsync(journal, _nothingNeeded);
        }

        (await _bench.WriteAsync("b"))[0].ShouldBeGreaterThanOrEqualTo(end);
    }

    [Fact]
    public async Task A_file_is_ended_by_its_age_so_that_retention_by_age_can_act()
    {
        _bench.Options.SegmentBytes = 1_000_000;
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync("a", "b");
        _bench.Time.Advance(_bench.Options.SegmentAge);
        await journal.AppendAllAsync("c");

        _bench.SegmentPaths().Length.ShouldBe(2);
        journal.Bodies().ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task A_clock_that_jumps_makes_nothing_old()
    {
        (_bench.Options.KeepFor, _bench.Options.MaxAge) = (TimeSpan.FromDays(1), TimeSpan.FromDays(30));
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync(Bodies("a"));

        foreach (var years in new[] { 10, -20, 10 })
        {
            _bench.Time.Jump(TimeSpan.FromDays(365 * years));
            await journal.AppendAllAsync("x");
            (await RetainAsync(journal, _nothingNeeded)).Segments.ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_file_from_a_clock_that_ran_ahead_holds_nothing_back()
    {
        var now = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        Segment[] segments =
        [
            new("a", 0, 0, 0, 100, now.AddYears(10)),
            new("b", 100, 100, 0, 200, now.AddDays(-5)),
            new("c", 200, 200, 0, 300, now),
        ];

        var plan = Retention.Plan(segments, new JournalOptions { KeepFor = TimeSpan.FromDays(1) }, now, neededFrom: 300);

        plan.Segments.Select(segment => segment.Path).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_reader_that_retention_overtakes_goes_on_at_what_is_left()
    {
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync(Bodies("a"));
        _bench.Options.KeepBytes = 1000;
        var read = new List<string>();
        foreach (var item in journal.ReadFrom(JournalPosition.Start))
        {
            read.Add(item.Text());
            if (read.Count == 1)
            {
                await RetainAsync(journal, _nothingNeeded);
            }
        }

        // The file that was open is read to its end; those between are gone.
        read[..2].ShouldBe(Bodies("a")[..2]);
        read[^1].ShouldBe(Bodies("a")[^1]);
        read.Count.ShouldBeLessThan(Bodies("a").Length);
        read.ShouldBe(read.Distinct().Order());
    }

    [Fact]
    public async Task A_reader_from_before_the_oldest_begins_at_the_oldest()
    {
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync(Bodies("a"));
        _bench.Options.KeepBytes = 1000;
        await RetainAsync(journal, _nothingNeeded);

        journal.ReadFrom(JournalPosition.Start).First().Position.ShouldBe(journal.Oldest);
    }

    private static string[] Bodies(string name) => [.. Enumerable.Range(0, 12).Select(i => $"{name} {i:D2} " + new string('x', 380))];

    private static Task<RetentionPlan> RetainAsync(ClaudeBridge.Journal.Journal journal, JournalPosition neededFrom) =>
        journal.ApplyRetentionAsync(neededFrom, TestContext.Current.CancellationToken);
}
