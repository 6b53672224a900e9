namespace ClaudeBridge.Journal;

/// <summary>What waits for the writer: an entry, or something to do between two groups.</summary>
internal readonly record struct JournalWork(PendingEntry? Entry, JournalCommand? Command);

/// <summary>Runs on the writer's thread, between two groups.</summary>
internal sealed class JournalCommand(Action action)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Done => _done.Task;

    public void Run()
    {
        try
        {
            action();
            _done.SetResult();
        }
        catch (Exception e)
        {
            _done.SetException(e);
        }
    }

    public void Refuse(Exception reason) => _done.TrySetException(reason);
}
