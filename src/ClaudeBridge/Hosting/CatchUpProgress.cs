using ClaudeBridge.Journal;

namespace ClaudeBridge.Hosting;

/// <summary>Says how far the store is through what the journal held at the start: every few seconds when that takes long; of a store that is built again also first and last.</summary>
/// <param name="say">Told the percentage, the bytes of the whole, the entries taken in so far, and whether the store is built again.</param>
internal sealed class CatchUpProgress(IJournalReader journal, TimeProvider clock, Action<int, long, long, bool> say)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private JournalPosition _to;
    private long _whole;
    private long _entriesBefore;
    private long _saidAt;
    private bool _isRebuilt;

    /// <param name="entries">Taken in since the program started.</param>
    public void Start(JournalPosition position, long entries, bool isRebuilt)
    {
        _to = journal.End;
        _whole = journal.BytesAfter(position);
        _entriesBefore = entries;
        _saidAt = clock.GetTimestamp();
        _isRebuilt = isRebuilt && _whole > 0;
        if (_isRebuilt)
        {
            Say(0, entries);
        }
    }

    public void Report(JournalPosition position, long entries)
    {
        if (position >= _to)
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
            // What came since the start stands behind both.
            var left = Math.Min(_whole, journal.BytesAfter(position) - journal.BytesAfter(_to));
            Say(_whole > 0 ? (int)((_whole - left) * 100 / _whole) : 0, entries);
        }
    }

    private void Say(int percent, long entries) => say(percent, _whole, entries - _entriesBefore, _isRebuilt);
}
