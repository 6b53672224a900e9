using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

public sealed class JournalDamageTests : IDisposable
{
    private readonly JournalBench _bench = new();
    private readonly FaultyFiles _files = new();

    public JournalDamageTests()
    {
        _bench.Files = _files;
        _bench.Options.SegmentBytes = 64 * 1024;
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_tail_torn_at_any_byte_costs_the_last_entry_alone()
    {
        await using var running = await _bench.OpenAsync();
        var positions = await running.AppendAllAsync("first", "second", "the last one");
        var path = _bench.SegmentPaths().Single();
        var whole = _files.Bytes(path);
        var lastAt = (int)Segment.OffsetOf(0, positions[2].Value);
        for (var length = lastAt; length < whole.Length; length++)
        {
            var torn = Copy();
            torn.SetBytes(path, whole[..length]);
            _bench.Files = torn;
            await using var journal = await _bench.OpenAsync();

            journal.Bodies().ShouldBe(["first", "second"]);
            journal.Figures.DamagedPlaces.ShouldBe(0);
            var added = await journal.AppendAllAsync("new");
            added[0].ShouldBeGreaterThan(positions[2]);
            journal.Bodies().ShouldBe(["first", "second", "new"]);
        }
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_an_entry_costs_that_entry_alone_and_is_counted_with_its_place()
    {
        var positions = await _bench.WriteAsync("first", "second: a body of some length", "third", "fourth");
        var path = _bench.SegmentPaths().Single();
        var whole = _files.Bytes(path);
        var from = (int)Segment.OffsetOf(0, positions[1].Value);
        var to = (int)Segment.OffsetOf(0, positions[2].Value);
        for (var at = from; at < to; at++)
        {
            var damaged = Copy();
            var bytes = whole.ToArray();
            bytes[at] ^= (byte)(1 << (at % 8));
            damaged.SetBytes(path, bytes);
            _bench.Files = damaged;
            await using var journal = await _bench.OpenAsync();

            journal.Bodies().ShouldBe(["first", "third", "fourth"]);
            journal.Bodies().ShouldBe(["first", "third", "fourth"]);
            journal.Figures.DamagedPlaces.ShouldBe(1);
            journal.Figures.DamagedBytes.ShouldBe(positions[2].Value - positions[1].Value);
        }
    }

    [Fact]
    public async Task Zeroed_pages_cost_what_stood_on_them()
    {
        var bodies = Enumerable.Range(0, 60).Select(i => $"{i:D2} " + new string('x', 900)).ToArray();
        await _bench.WriteAsync(bodies);
        var path = _bench.SegmentPaths().Single();
        var bytes = _files.Bytes(path);
        bytes.AsSpan(4096, 8192).Clear();
        bytes.AsSpan(32768, 4096).Clear();
        _files.SetBytes(path, bytes);

        await using var journal = await _bench.OpenAsync();

        var found = journal.Bodies();
        found.ShouldBeSubsetOf(bodies);
        found.Length.ShouldBeInRange(60 - (3 * 6), 57);
        journal.Figures.DamagedPlaces.ShouldBeInRange(2, 4);
    }

    [Fact]
    public async Task A_damaged_header_of_a_file_costs_no_entry()
    {
        _bench.Options.SegmentBytes = 1000;
        var bodies = Enumerable.Range(0, 20).Select(i => $"{i:D2} " + new string('x', 300)).ToArray();
        await _bench.WriteAsync(bodies);
        foreach (var path in _bench.SegmentPaths())
        {
            var bytes = _files.Bytes(path);
            bytes.AsSpan(0, SegmentHeader.Length).Clear();
            _files.SetBytes(path, bytes);
        }

        await using var journal = await _bench.OpenAsync();

        journal.Bodies().ShouldBe(bodies);
        journal.Figures.DamagedPlaces.ShouldBe(_bench.SegmentPaths().Length);
    }

    [Fact]
    public async Task Files_whose_names_were_swapped_are_read_in_the_right_order()
    {
        _bench.Options.SegmentBytes = 1000;
        var bodies = Enumerable.Range(0, 9).Select(i => $"{i:D2} " + new string('x', 300)).ToArray();
        await _bench.WriteAsync(bodies);
        var paths = _bench.SegmentPaths();
        var (first, second) = (_files.Bytes(paths[0]), _files.Bytes(paths[1]));
        _files.SetBytes(paths[0], second);
        _files.SetBytes(paths[1], first);

        await using var journal = await _bench.OpenAsync();

        journal.Bodies().ShouldBe(bodies);
    }

    [Fact]
    public async Task A_pipe_named_like_a_file_of_the_journal_or_its_marker_holds_nothing_up()
    {
        using var real = new JournalBench();
        await real.WriteAsync("one", "two");
        File.Delete(Path.Combine(real.Folder, TailMarker.FileName));
        StandIns.Pipe.Make(Path.Combine(real.Folder, TailMarker.FileName));
        StandIns.Pipe.Make(Path.Combine(real.Folder, $"{5:D20}.journal"));

        await using var journal = await real.OpenAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await journal.AppendAllAsync("three").WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        journal.Bodies().ShouldBe(["one", "two", "three"]);
    }

    [Fact]
    public async Task Copies_and_files_of_others_are_left_alone()
    {
        await _bench.WriteAsync("ours 1", "ours 2");
        var ours = _bench.SegmentPaths().Single();
        using var others = new JournalBench { Files = new FaultyFiles() };
        await others.WriteAsync("theirs 1", "theirs 2", "theirs 3");
        var theirs = ((FaultyFiles)others.Files).Bytes(others.SegmentPaths().Single());
        _files.SetBytes(Path.Combine(_bench.Folder, "00000000000000000077.journal"), theirs);
        _files.SetBytes(Path.Combine(_bench.Folder, "copy.journal"), _files.Bytes(ours));
        _files.SetBytes(Path.Combine(_bench.Folder, "empty.journal"), []);
        _files.SetBytes(Path.Combine(_bench.Folder, "99999999999999999999.journal"), new byte[10_000]);
        _files.SetBytes(Path.Combine(_bench.Folder, "notes.txt"), [1, 2, 3]);

        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync("ours 3");

        journal.Bodies().ShouldBe(["ours 1", "ours 2", "ours 3"]);
        _files.List(_bench.Folder).Count.ShouldBe(1 + 5 + 1);
        JournalVerification.Verify(_files, _bench.Folder, TestContext.Current.CancellationToken).Foreign.Count.ShouldBe(4);
    }

    [Fact]
    public async Task What_is_named_like_a_segment_or_the_marker_and_is_none_costs_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        await _bench.WriteAsync("one", "two");
        Directory.CreateDirectory(Segment.PathOf(_bench.Folder, 777));
        File.CreateSymbolicLink(Segment.PathOf(_bench.Folder, 778), Path.Combine(_bench.Folder, "nowhere"));
        File.CreateSymbolicLink(Segment.PathOf(_bench.Folder, 779), Segment.PathOf(_bench.Folder, 779));
        File.CreateSymbolicLink(Segment.PathOf(_bench.Folder, 780), _bench.Folder);
        await File.WriteAllBytesAsync(Segment.PathOf(_bench.Folder, 781), [], TestContext.Current.CancellationToken);
        File.Delete(Path.Combine(_bench.Folder, TailMarker.FileName));
        Directory.CreateDirectory(Path.Combine(_bench.Folder, TailMarker.FileName));

        await using (var journal = await _bench.OpenAsync())
        {
            journal.Bodies().ShouldBe(["one", "two"]);
            // Where the next file would be, there is a folder, and a link to nowhere after it.
            Directory.CreateDirectory(Segment.PathOf(_bench.Folder, journal.End.Value));
            File.CreateSymbolicLink(Segment.PathOf(_bench.Folder, journal.End.Value + 1), Path.Combine(_bench.Folder, "nowhere"));
            await journal.AppendAllAsync("three");
            journal.Bodies().ShouldBe(["one", "two", "three"]);
        }

        await using var again = await _bench.OpenAsync();
        again.Bodies().ShouldBe(["one", "two", "three"]);
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_costs_what_it_holds_but_a_folder_of_such_files_is_refused()
    {
        _bench.Options.SegmentBytes = 4096;
        for (var i = 0; i < 12; i++)
        {
            await _bench.WriteAsync($"{i} {new string('x', 1000)}");
        }

        var paths = _bench.SegmentPaths();
        paths.Length.ShouldBeGreaterThan(2);
        var files = new ForbiddenFiles(_files, [paths[1]]);
        _bench.Files = files;
        await using (var journal = await _bench.OpenAsync())
        {
            var left = journal.Bodies().ToList();
            left.Count.ShouldBeLessThan(12);
            left[0].ShouldStartWith("0 ");
            left[^1].ShouldStartWith("11 ");
            journal.Figures.DamagedPlaces.ShouldBe(1);
        }

        files.Forbidden = paths;
        await Should.ThrowAsync<UnauthorizedAccessException>(_bench.OpenAsync());
    }

    [Fact]
    public async Task The_marker_of_another_journal_hides_nothing()
    {
        await _bench.WriteAsync("ours 1", "ours 2");
        using var others = new JournalBench { Files = new FaultyFiles() };
        await others.WriteAsync("theirs");
        var theirs = ((FaultyFiles)others.Files).Bytes(Path.Combine(others.Folder, TailMarker.FileName));
        _files.SetBytes(Path.Combine(_bench.Folder, TailMarker.FileName), theirs);

        await using var journal = await _bench.OpenAsync();

        journal.Bodies().ShouldBe(["ours 1", "ours 2"]);
    }

    [Fact]
    public async Task A_tail_cut_off_after_closing_in_order_is_reported_as_a_loss()
    {
        var positions = await _bench.WriteAsync("first", "second", "third");
        var path = _bench.SegmentPaths().Single();
        _files.SetBytes(path, _files.Bytes(path)[..(int)Segment.OffsetOf(0, positions[1].Value)]);

        await using var journal = await _bench.OpenAsync();

        journal.Bodies().ShouldBe(["first"]);
        journal.Figures.DamagedPlaces.ShouldBe(1);
        (await journal.AppendAllAsync("new"))[0].ShouldBeGreaterThan(positions[2]);
    }

    [Fact]
    public async Task A_header_on_a_bad_sector_costs_no_entry_beyond_that_sector()
    {
        var bodies = Enumerable.Range(0, 30).Select(i => $"{i:D2} " + new string('x', 900)).ToArray();
        await _bench.WriteAsync(bodies);
        _bench.Files = new BadSectors(_files) { From = 0, To = 512 };

        await using var journal = await _bench.OpenAsync();

        journal.Bodies().ShouldBe(bodies[5..]);
    }

    [Fact]
    public async Task A_lost_file_in_the_middle_costs_what_it_held_and_is_reported()
    {
        _bench.Options.SegmentBytes = 1000;
        var bodies = Enumerable.Range(0, 9).Select(i => $"{i:D2} " + new string('x', 400)).ToArray();
        await _bench.WriteAsync(bodies);
        _files.Delete(_bench.SegmentPaths()[1]);

        await using var journal = await _bench.OpenAsync();

        journal.Bodies().ShouldBe([.. bodies[..2], .. bodies[4..]]);
        journal.Figures.DamagedPlaces.ShouldBe(1);
        journal.Figures.DamagedBytes.ShouldBe(2 * (EntryFormat.HeaderLength + bodies[0].Length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Positions_are_never_given_twice_even_when_the_newest_files_are_lost(bool loseMarker)
    {
        _bench.Options.SegmentBytes = 1000;
        var given = await _bench.WriteAsync([.. Enumerable.Range(0, 9).Select(i => $"{i:D2} " + new string('x', 400))]);
        var paths = _bench.SegmentPaths();
        foreach (var path in paths[(loseMarker ? ^1 : 1)..])
        {
            _files.Delete(path);
        }

        if (loseMarker)
        {
            _files.Delete(Path.Combine(_bench.Folder, TailMarker.FileName));
        }

        var added = await _bench.WriteAsync("new");

        added[0].ShouldBeGreaterThan(given[^1]);
    }

    [Fact]
    public async Task A_folder_emptied_by_hand_begins_above_what_readers_have_stored()
    {
        var above = new JournalPosition(1_000_000);
        await using var journal = await _bench.OpenAsync(above);

        var added = await journal.AppendAllAsync("a");

        added[0].ShouldBeGreaterThanOrEqualTo(above);
        journal.Bodies(above).ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_body_that_looks_like_an_entry_is_not_taken_for_one()
    {
        var positions = await _bench.WriteAsync("first", "inner", "last");
        var path = _bench.SegmentPaths().Single();
        var bytes = _files.Bytes(path);
        var inner = bytes[(int)Segment.OffsetOf(0, positions[1].Value)..(int)Segment.OffsetOf(0, positions[2].Value)];
        await using var journal = await _bench.OpenAsync();
        var entry = JournalTestExtensions.Entry("") with { Body = inner };
        var position = await journal.AppendAsync(entry, null, TestContext.Current.CancellationToken);
        await journal.AppendAllAsync("end");
        bytes = _files.Bytes(path);
        bytes[(int)Segment.OffsetOf(0, position.Value)] ^= 1;
        _files.SetBytes(path, bytes);

        journal.Bodies().ShouldBe(["first", "inner", "last", "end"]);
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_not_touched()
    {
        await _bench.WriteAsync("a");
        var path = _bench.SegmentPaths().Single();
        var bytes = _files.Bytes(path);
        bytes[8] = 2;
        BitConverter.TryWriteBytes(bytes.AsSpan(60), Crc32C.Of(bytes.AsSpan(0, 60)));
        _files.SetBytes(path, bytes);

        var refusal = await Should.ThrowAsync<InvalidDataException>(() => _bench.OpenAsync());

        refusal.Message.ShouldContain("newer version");
        _files.Bytes(path).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_page_that_the_disk_cannot_read_costs_what_stands_on_it_but_a_lost_disk_is_not_passed_over()
    {
        var bodies = Enumerable.Range(0, 60).Select(i => $"{i:D2} " + new string('x', 900)).ToArray();
        var positions = await _bench.WriteAsync(bodies);
        var reading = new BadSectors(_files) { From = 8192, To = 12288 };
        _bench.Files = reading;
        await using var journal = await _bench.OpenAsync();

        var found = journal.Bodies();

        found.ShouldBeSubsetOf(bodies);
        found.Length.ShouldBeInRange(53, 56);
        (reading.From, reading.To) = (0, long.MaxValue);
        Should.Throw<IOException>(() => journal.Bodies(positions[3]));
    }

    [Fact]
    public async Task A_reader_does_not_turn_in_circles_when_the_last_entries_are_damaged_or_positions_were_skipped()
    {
        var positions = await _bench.WriteAsync("first", "last");
        var path = _bench.SegmentPaths().Single();
        var bytes = _files.Bytes(path);
        bytes[^1] ^= 1;
        _files.SetBytes(path, bytes);
        await using var journal = await _bench.OpenAsync();
        journal.Bodies(positions[1]).ShouldBeEmpty();

        var waiting = journal.WaitAsync(positions[1], TestContext.Current.CancellationToken);

        waiting.IsCompleted.ShouldBeFalse();
        await journal.AppendAllAsync("new");
        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        journal.Bodies(positions[1]).ShouldBe(["new"]);
    }

    [Fact]
    public async Task Verifying_tells_what_is_there_what_is_damaged_and_what_was_torn()
    {
        var positions = await _bench.WriteAsync("first", "second", "third", "fourth");
        var path = _bench.SegmentPaths().Single();
        var bytes = _files.Bytes(path);
        bytes[(int)Segment.OffsetOf(0, positions[1].Value) + EntryFormat.HeaderLength] ^= 1;
        _files.SetBytes(path, bytes[..^3]);
        // As a crash leaves it: where the journal was closed in order, a missing end is damage.
        _files.Delete(Path.Combine(_bench.Folder, TailMarker.FileName));

        var report = JournalVerification.Verify(_files, _bench.Folder, TestContext.Current.CancellationToken);

        report.Segments.ShouldBe(1);
        report.Entries.ShouldBe(2);
        report.IsWhole.ShouldBeFalse();
        report.Damage.Single().From.ShouldBe(positions[1]);
        report.Damage.Single().To.ShouldBe(positions[2]);
        report.TornBytes.ShouldBe(EntryFormat.HeaderLength + "fourth".Length - 3);
        report.End.ShouldBe(positions[3]);
        report.OldestReceivedAt.ShouldBe(JournalTestExtensions.Entry("").ReceivedAt);

        await using var journal = await _bench.OpenAsync();
        var online = await journal.VerifyAsync(TestContext.Current.CancellationToken);
        online.Entries.ShouldBe(2);
        online.DamagedPlaces.ShouldBe(1);
        online.TornBytes.ShouldBe(0);
    }

    private FaultyFiles Copy() => _files.AfterKill();
}
