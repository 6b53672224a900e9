using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Journal;

public sealed class JournalReadingTests : IDisposable
{
    private readonly JournalBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task The_live_reader_gets_each_entry_with_what_was_decoded_from_it()
    {
        await using var journal = await _bench.OpenAsync();
        var decoded = new DecodedExport { Signal = Signal.Logs, Accepted = 1 };
        var position = await journal.AppendAsync(JournalTestExtensions.Entry("a"), decoded, TestContext.Current.CancellationToken);

        journal.TryTakeLive(position, out var item).ShouldBeTrue();

        item.Decoded.ShouldBeSameAs(decoded);
        item.Text().ShouldBe("a");
        item.Next.ShouldBe(journal.End);
        journal.TryTakeLive(item.Next, out _).ShouldBeFalse();
        journal.TryTakeLive(position, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(3, 1_000_000)]
    [InlineData(1000, 10)]
    [InlineData(0, 0)]
    public async Task What_the_live_buffer_has_no_room_for_is_read_from_disk_and_live_reading_goes_on_after_it(int entries, long bytes)
    {
        (_bench.Options.LiveEntries, _bench.Options.LiveBytes) = (entries, bytes);
        await using var journal = await _bench.OpenAsync();
        var bodies = Enumerable.Range(0, 20).Select(i => $"entry {i:D2}").ToArray();
        await journal.AppendAllAsync(bodies);
        var (read, live) = Follow(journal, JournalPosition.Start, out var next);
        read.ShouldBe(bodies);
        live.ShouldBe(Math.Min(entries, (int)(bytes / 8)));

        await journal.AppendAllAsync("more");

        journal.TryTakeLive(next, out var item).ShouldBe(entries > 0);
        if (entries > 0)
        {
            item.Text().ShouldBe("more");
        }
    }

    [Fact]
    public async Task A_reader_beside_the_writer_and_retention_sees_everything_that_is_kept_in_order_and_once()
    {
        const int Count = 1000;
        _bench.Options.SegmentBytes = 8 * 1024;
        _bench.Options.LiveEntries = 50;
        await using var journal = await _bench.OpenAsync();
        var position = JournalPosition.Start;
        var read = new List<string>();
        var reading = Task.Run(async () =>
        {
            while (read.Count < Count)
            {
                await journal.WaitAsync(position, TestContext.Current.CancellationToken);
                var (bodies, _) = Follow(journal, position, out position);
                read.AddRange(bodies);
                _bench.Options.KeepBytes = 16 * 1024;
                await journal.ApplyRetentionAsync(position, TestContext.Current.CancellationToken);
            }
        });
        var writers = Enumerable
            .Range(0, 4)
            .Select(w =>
                Task.Run(async () =>
                {
                    for (var i = 0; i < Count / 4; i++)
                    {
                        await journal.AppendAllAsync($"{w} {i:D4} " + new string('x', i % 300));
                    }
                })
            );

        await Task.WhenAll(writers);
        await reading.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        for (var w = 0; w < 4; w++)
        {
            read.Where(body => body[0] == '0' + w)
                .Select(body => body[2..6])
                .ShouldBe(Enumerable.Range(0, Count / 4).Select(i => $"{i:D4}"));
        }

        journal.Figures.DamagedPlaces.ShouldBe(0);
    }

    [Fact]
    public async Task Another_process_reads_and_verifies_beside_the_writer_without_the_lock()
    {
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync("a", "b");

        var reader = JournalReader.OpenReadOnly(_bench.Folder);

        reader.ReadFrom(reader.Oldest).Select(item => item.Text()).ShouldBe(["a", "b"]);
        reader.End.ShouldBe(journal.End);
        JournalVerification.Verify(DiskFiles.Instance, _bench.Folder, TestContext.Current.CancellationToken).Entries.ShouldBe(2);
        await journal.AppendAllAsync("c");
    }

    [Fact]
    public async Task Bytes_still_to_read_are_those_of_entries_not_of_skipped_positions()
    {
        await _bench.WriteAsync("a");
        File.Delete(Path.Combine(_bench.Folder, TailMarker.FileName));
        await using var journal = await _bench.OpenAsync();
        await journal.AppendAllAsync("b");

        journal.BytesAfter(JournalPosition.Start).ShouldBe(2 * (EntryFormat.HeaderLength + 1));
        journal.BytesAfter(journal.End).ShouldBe(0);
        journal.End.Value.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public async Task Large_and_small_bodies_in_one_group_come_back_as_they_were()
    {
        _bench.Options.SegmentBytes = 256 * 1024 * 1024;
        _bench.Options.MaxEntryBytes = 8 * 1024 * 1024;
        await using var journal = await _bench.OpenAsync();
        var random = new Random(7);
        var bodies = Enumerable
            .Range(0, 2500)
            .Select(i => new string((char)('a' + (i % 26)), i % 500 == 0 ? 1_000_000 : random.Next(12_000)))
            .ToArray();

        await Task.WhenAll(bodies.Select(body => journal.AppendAllAsync(body)));

        journal.Bodies().SequenceEqual(bodies).ShouldBeTrue();
        journal.Figures.DamagedPlaces.ShouldBe(0);
    }

    [Fact]
    public void The_defaults_are_valid_and_wrong_values_are_named()
    {
        var validator = new JournalOptionsValidator();
        validator.Validate(null, new JournalOptions()).ShouldBe(ValidateOptionsResult.Success);

        var result = validator.Validate(
            null,
            new JournalOptions
            {
                SegmentBytes = 1,
                QueueEntries = 0,
                KeepFor = TimeSpan.Zero,
                MaxBytes = 2_000_000,
                KeepBytes = 3_000_000,
            }
        );

        result.Failed.ShouldBeTrue();
        foreach (var name in new[] { "SegmentBytes", "QueueEntries", "KeepFor", "MaxBytes" })
        {
            result.FailureMessage.ShouldContain(name);
        }
    }

    [Fact]
    public void The_checksum_is_the_known_one()
    {
        Crc32C.Of("123456789"u8).ShouldBe(0xE306_9283u);
        Crc32C.Of("1234567"u8, "89"u8).ShouldBe(0xE306_9283u);
    }

    /// <summary>Reads to the end as the assembler does: live where it can, else from disk.</summary>
    private static (List<string> Bodies, int Live) Follow(
        ClaudeBridge.Journal.Journal journal,
        JournalPosition position,
        out JournalPosition next
    )
    {
        var bodies = new List<string>();
        var live = 0;
        next = position;
        while (journal.TryTakeLive(next, out var item))
        {
            bodies.Add(item.Text());
            next = item.Next;
            live++;
        }

        foreach (var item in journal.ReadFrom(next))
        {
            bodies.Add(item.Text());
            next = item.Next;
        }

        return (bodies, live);
    }
}
