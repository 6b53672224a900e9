using ClaudeBridge.Journal;
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
                }
            }
            catch (JournalUnavailableException)
            {
                // Refused: it may be missing.
            }
        }
    }
}
