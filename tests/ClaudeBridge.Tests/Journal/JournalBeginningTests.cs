using ClaudeBridge.Journal;

namespace ClaudeBridge.Tests.Journal;

/// <summary>What a journal says of the time before its oldest entry: a reader that begins anew must know whether it missed anything.</summary>
public sealed class JournalBeginningTests : IDisposable
{
    private readonly JournalBench _bench = new();
    private readonly FaultyFiles _files = new();

    public JournalBeginningTests() => _bench.Files = _files;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("Write", 1)]
    [InlineData("Write", 2)]
    [InlineData("Sync", 1)]
    public async Task After_a_crash_in_the_very_first_write_nothing_is_missing_though_positions_skip(string point, int time)
    {
        await using (var first = await _bench.OpenAsync())
        {
            _files.Before = (name, _) =>
            {
                if (name == point && --time == 0)
                {
                    _bench.Files = _files.AfterKill();
                    throw new IOException("The process ends here.");
                }
            };
            await Should.ThrowAsync<JournalUnavailableException>(() => first.AppendAllAsync("never answered"));
        }

        await using (var second = await _bench.OpenAsync())
        {
            await second.AppendAllAsync("a", "b");
            second.LetGoUpTo.ShouldBe(JournalPosition.Start);
        }

        await using var third = await _bench.OpenAsync();
        third.LetGoUpTo.ShouldBe(JournalPosition.Start);
        third.Bodies().Where(static body => body != "never answered").ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task What_retention_took_and_what_a_person_deleted_is_known_to_be_missing()
    {
        _bench.Options.KeepBytes = 0;
        await using (var journal = await _bench.OpenAsync())
        {
            var positions = await journal.AppendAllAsync("a", new string('b', 5000), "c");
            await journal.ApplyRetentionAsync(positions[^1], TestContext.Current.CancellationToken);
            journal.LetGoUpTo.ShouldBe(journal.Oldest);
            journal.LetGoUpTo.ShouldBeGreaterThan(JournalPosition.Start);
        }

        foreach (var path in _bench.SegmentPaths())
        {
            _files.Delete(path);
        }

        await using var again = await _bench.OpenAsync();
        await again.AppendAllAsync("d");
        again.LetGoUpTo.ShouldBe(again.Oldest);
        again.LetGoUpTo.ShouldBeGreaterThan(JournalPosition.Start);
    }
}
