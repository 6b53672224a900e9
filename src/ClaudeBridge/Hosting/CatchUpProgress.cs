using ClaudeBridge.Journal;

namespace ClaudeBridge.Hosting;

/// <summary>Says how far the store is through what the journal held at the start: every few seconds when that takes long; of a store that is built again also first and last.</summary>
/// <param name="say">Told the percentage, the bytes of the whole, the entries taken in so far, and whether the store is built again.</param>
internal sealed class CatchUpProgress(IJournalReader journal, TimeProvider clock, Action<int, long, long, bool> say)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private long _from;
    private long _to;
    private long _entriesBefore;
    private long _saidAt;
    private bool _isRebuilt;

    /// <param name="entries">Taken in since the program started.</param>
    public void Start(JournalPosition position, long entries, bool isRebuilt)
    {
        _from = Math.Max(position.Value, journal.Oldest.Value);
        _to = journal.End.Value;
        _entriesBefore = entries;
        _saidAt = clock.GetTimestamp();
        _isRebuilt = isRebuilt && _from < _to;
        if (_isRebuilt)
        {
            Say(0, entries);
        }
    }

    public void Report(JournalPosition position, long entries)
    {
        if (position.Value >= _to)
        {
            if (_isRebuilt)
            {
                Say(100, entries);
                _isRebuilt = false;
            }

            return;
        }

        if (clock.GetElapsedTime(_saidAt) >= Every)
        {
            _saidAt = clock.GetTimestamp();
            var done = Math.Max(0, position.Value - _from);
            Say((int)(done * 100 / (_to - _from)), entries);
        }
    }

    private void Say(int percent, long entries) => say(percent, _to - _from, entries - _entriesBefore, _isRebuilt);
}
