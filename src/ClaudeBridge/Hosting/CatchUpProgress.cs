using ClaudeBridge.Journal;

namespace ClaudeBridge.Hosting;

/// <summary>Says every few seconds how far the store is through what the journal held at the start, when that takes long.</summary>
internal sealed class CatchUpProgress(IJournalReader journal, TimeProvider clock, Action<int, long> say)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private long _from;
    private long _to;
    private long _saidAt;

    public void Start(JournalPosition position)
    {
        _from = Math.Max(position.Value, journal.Oldest.Value);
        _to = journal.End.Value;
        _saidAt = clock.GetTimestamp();
    }

    public void Report(JournalPosition position)
    {
        if (position.Value >= _to || clock.GetElapsedTime(_saidAt) < Every)
        {
            return;
        }

        _saidAt = clock.GetTimestamp();
        var done = Math.Max(0, position.Value - _from);
        say((int)(done * 100 / (_to - _from)), _to - _from);
    }
}
