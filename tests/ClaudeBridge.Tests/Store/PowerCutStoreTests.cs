using ClaudeBridge.Store;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Store;

/// <summary>
/// What a power cut may leave of <c>store.db</c>: with <c>synchronous=NORMAL</c> its write-ahead log can end anywhere, or hold anything behind what was synced.
/// The store then is at an earlier position, and the journal is read again from there.
/// </summary>
public sealed class PowerCutStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-cut-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait(Soak.Category, Soak.Name)]
    public async Task A_store_whose_write_ahead_log_was_cut_zeroed_or_torn_anywhere_becomes_what_it_was()
    {
        var journal = new MemoryJournal();
        var options = new StoreOptions { StepDelay = TimeSpan.Zero, StepEntries = 1 };
        var whole = Folder("whole");
        string views;
        IReadOnlyList<string> feed;
        await using (var running = await RunningLoop.StartAsync(journal, whole, options))
        {
            foreach (var request in Recording.Open("2.1.329-subagent-http-json").Requests)
            {
                journal.Append(request);
                // A transaction each, so that there are many places to cut at.
                await running.Loop.CatchUpAsync(journal.End, TestContext.Current.CancellationToken);
            }

            await running.FinishAsync(journal.End);
            (views, feed) = (running.Views(), running.FeedContents());
            // While it is open nothing is moved from the log into the file: the files as a power cut finds them.
            Copy(whole, Folder("cut"));
        }

        var log = await File.ReadAllBytesAsync(Path.Combine(Folder("cut"), "store.db-wal"), TestContext.Current.CancellationToken);
        log.Length.ShouldBeGreaterThan(10_000);
        var random = new Random(7);
        var cuts = Soak.Count(inSuite: 12, inSoak: 2_000);
        var setBack = 0;
        for (var cut = 0; cut < cuts; cut++)
        {
            var folder = Folder($"cut-{cut}");
            Copy(Folder("cut"), folder);
            await File.WriteAllBytesAsync(
                Path.Combine(folder, "store.db-wal"),
                Damaged(log, cut, random),
                TestContext.Current.CancellationToken
            );
            // The index of the log is memory: nothing of it survives.
            File.Delete(Path.Combine(folder, "store.db-shm"));
            var position = StoreDatabase.StoredReach(folder, options.BusyTimeout).Position;
            position.ShouldBeLessThanOrEqualTo(journal.End);
            setBack += position < journal.End ? 1 : 0;

            await using (var running = await RunningLoop.StartAsync(journal, folder, options))
            {
                await running.FinishAsync(journal.End);
                running.Loop.Applied.ShouldBe(journal.End);
                running.Views().ShouldBe(views, $"cut {cut}");
                running.FeedContents().ShouldBe(feed, $"cut {cut}");
            }

            Directory.Delete(folder, recursive: true);
        }

        setBack.ShouldBeGreaterThan(cuts / 2);
        Soak.Report("power cuts in store.db's write-ahead log", ("cuts", cuts), ("set back", setBack), ("differences after it", 0));
    }

    /// <summary>A prefix, zeros from somewhere on, one torn page, or something else's bytes.</summary>
    private static byte[] Damaged(byte[] log, int kind, Random random)
    {
        var at = random.Next(log.Length);
        byte[] bytes = [.. log];
        switch (kind % 4)
        {
            case 0:
                return bytes[..at];
            case 1:
                bytes.AsSpan(at).Clear();
                return bytes;
            case 2:
                bytes.AsSpan(at, Math.Min(512, bytes.Length - at)).Clear();
                return bytes;
            default:
                random.NextBytes(bytes.AsSpan(at));
                return bytes;
        }
    }

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }
}
