using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Hosting;

public sealed class CatchUpProgressTests
{
    [Fact]
    public void Positions_that_were_never_given_count_neither_as_done_nor_as_to_do()
    {
        var (journal, clock, said) = (new JumpingJournal(), new ManualTimeProvider(), new List<(int Percent, long Bytes)>());
        var progress = new CatchUpProgress(journal, clock, (percent, bytes, _, _) => said.Add((percent, bytes)));

        progress.Start(JournalPosition.Start, entries: 0, isRebuilt: true);
        clock.Advance(TimeSpan.FromSeconds(5));
        progress.Report(new(1_000), entries: 1);
        clock.Advance(TimeSpan.FromSeconds(5));
        progress.Report(new(JumpingJournal.Jump), entries: 2);
        progress.Report(journal.End, entries: 4);

        said.ShouldBe([(0, 4_000), (25, 4_000), (50, 4_000), (100, 4_000)]);
    }

    /// <summary>2 000 bytes, then a jump as after a crash, then 2 000 more.</summary>
    private sealed class JumpingJournal : IJournalReader
    {
        public const long Jump = 134_217_728;

        public JournalPosition Oldest => JournalPosition.Start;

        public JournalPosition End => new(Jump + 2_000);

        public long BytesAfter(JournalPosition position) =>
            Math.Max(0, 2_000 - position.Value) + Math.Max(0, 2_000 - Math.Max(0, position.Value - Jump));

        public IEnumerable<JournalItem> ReadFrom(JournalPosition position) => [];

        public Task WaitAsync(JournalPosition position, CancellationToken cancel) => Task.CompletedTask;

        public bool TryTakeLive(JournalPosition position, out JournalItem item)
        {
            item = default!;
            return false;
        }
    }
}
