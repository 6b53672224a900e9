using ClaudeBridge.Journal;
using ClaudeBridge.Tests.StandIns;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeBridge.Tests.Journal;

public sealed class JournalPropertyTests
{
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

    [Fact]
    [Trait(Soak.Category, Soak.Name)]
    public async Task Power_cuts_at_any_moment_and_failing_disks_lose_nothing_that_was_answered()
    {
        var runs = Soak.Count(inSuite: 150, inSoak: 20_000);
        var (answered, cuts) = (0L, 0L);
        for (var run = 0; run < runs; run++)
        {
            var random = new Random(run);
            var done = await RunAsync([.. Enumerable.Range(0, 40).Select(_ => random.Next())]);
            (answered, cuts) = (answered + done.Answered, cuts + done.Cuts);
        }

        cuts.ShouldBeGreaterThan(runs);
        Soak.Report(
            "power cuts that drop, reorder and tear what was not synced, and failing operations, on a file layer in memory",
            ("runs", runs),
            ("power cuts", cuts),
            ("answered", answered),
            ("lost", 0)
        );
    }

    /// <summary>Appends, closes, kills, cuts the power, lets old files go and fails operations as the numbers say.</summary>
    private static async Task<(int Answered, int Cuts)> RunAsync(int[] steps)
    {
        using var bench = new JournalBench();
        bench.Options.SegmentBytes = 700;
        var cuts = 0;
        var sum = 0;
        var files = new FaultyFiles();
        bench.Files = files;
        var answered = new List<(JournalPosition Position, string Body)>();
        var journal = await bench.OpenAsync();
        for (var i = 0; i < steps.Length; i++)
        {
            var random = new Random(steps[i]);
            switch (random.Next(13))
            {
                case 0:
                    await journal.DisposeAsync();
                    journal = await bench.OpenAsync();
                    break;
                case 1:
                    await GoOnWithAsync(files.AfterKill());
                    break;
                case 2 or 3:
                    cuts++;
                    await GoOnWithAsync(files.AfterPowerCut(random));
                    break;
                case 10 or 11:
                    await CutWhileAppendingAsync(i, random);
                    break;
                case 12:
                    bench.Options.MaxBytes = random.Next(200, 3000);
                    var plan = await journal.ApplyRetentionAsync(JournalPosition.Start, CancellationToken.None);
                    bench.Options.MaxBytes = null;
                    answered.RemoveAll(one => plan.Segments.Any(gone => one.Position.Value < gone.End));
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
                    await AppendSomeAsync(i, random);
                    break;
            }

            Check();
        }

        await journal.DisposeAsync();
        return (sum, cuts);

        // The power goes at any operation, in the middle of a group or of a new file.
        async Task CutWhileAppendingAsync(int step, Random random)
        {
            var left = random.Next(12);
            FaultyFiles? survivors = null;
            List<(JournalPosition Position, string Body)> before = [];
            files.Before = (_, _) =>
            {
                if (left-- == 0)
                {
                    lock (answered)
                    {
                        before = [.. answered];
                    }

                    survivors = files.AfterPowerCut(random);
                }
            };
            await AppendSomeAsync(step, random);
            files.Before = static (_, _) => { };
            if (survivors is not null)
            {
                cuts++;
                answered.Clear();
                answered.AddRange(before);
                await GoOnWithAsync(survivors);
            }
        }

        Task AppendSomeAsync(int step, Random random) =>
            Task.WhenAll(
                Enumerable.Range(0, random.Next(1, 6)).Select(k => AppendAsync($"{step}.{k} " + new string('x', random.Next(200))))
            );

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
            items.ShouldAscend();
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
                    sum++;
                }
            }
            catch (JournalUnavailableException)
            {
                // Refused: it may be missing.
            }
        }
    }
}
