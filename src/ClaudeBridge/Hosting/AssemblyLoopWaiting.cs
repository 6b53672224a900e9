namespace ClaudeBridge.Hosting;

/// <content>What was put aside because its session is large: the store has it, its sessions not yet.</content>
internal sealed partial class AssemblyLoop
{
    /// <summary>One session at most, so that all others have their turn before the next.</summary>
    private bool TakeInWhatIsDue()
    {
        if (_applier.NextIn != TimeSpan.Zero)
        {
            return false;
        }

        TakeInNext();
        return true;
    }

    private void TakeInNext()
    {
        Figures.AddDuplicates(_applier.TakeIn(_clock.GetUtcNow()));
        _changes?.Announce();
    }

    private void TakeInAll(CancellationToken stopping)
    {
        while (_applier.IsAnyWaiting)
        {
            stopping.ThrowIfCancellationRequested();
            TakeInNext();
        }
    }

    /// <summary>The history is complete when all of it is in the sessions: a large one that is half there must not be given away.</summary>
    private void EndCatchUp(CancellationToken stopping)
    {
        if (_isCatchingUp && _writer.Position >= _historyEnd)
        {
            TakeInAll(stopping);
            _isCatchingUp = false;
            _feed.Release();
        }
    }
}
