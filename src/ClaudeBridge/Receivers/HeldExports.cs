using ClaudeBridge.Journal;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>Exports that wait, in bounded memory, for a disk that takes nothing at the moment.</summary>
internal sealed class HeldExports(IJournalWriter journal, ExportReserve reserve, IOptions<ReceiverOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Tries again for as long as the sender waits.</summary>
    /// <returns>True once it is on disk; false when it has to be refused: the reserve is full, the time is over, the program ends.</returns>
    public async Task<bool> StoreAsync(JournalEntry entry, ExportHold hold)
    {
        var length = entry.Body.Length;
        if (!reserve.TryTake(length))
        {
            return false;
        }

        try
        {
            hold.LetGo();
            using var limit = new CancellationTokenSource(hold.LengthOr(options.Value.HoldFor), clock);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, hold.Stopping);
            return await TryUntilAsync(entry, end.Token);
        }
        finally
        {
            reserve.Release(length);
        }
    }

    private async Task<bool> TryUntilAsync(JournalEntry entry, CancellationToken end)
    {
        while (true)
        {
            try
            {
                await Task.Delay(LookEvery, clock, end);
                if (journal.IsWritable)
                {
                    await journal.AppendAsync(entry, decoded: null, end);
                    return true;
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // The disk still takes nothing; the journal says so in the log.
            }
        }
    }
}
