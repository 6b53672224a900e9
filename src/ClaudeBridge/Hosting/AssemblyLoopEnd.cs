namespace ClaudeBridge.Hosting;

/// <content>An orderly end.</content>
internal sealed partial class AssemblyLoop
{
    /// <summary>At an orderly end: so that what was answered is also shown when nothing runs any more. What there is no time for stands in the journal.</summary>
    private void TakeTheRest()
    {
        var since = _clock.GetTimestamp();
        try
        {
            while (_journal.End > _writer.Position && _clock.GetElapsedTime(since) < _options.StopTimeout)
            {
                var batch = _gatherer.Take(_writer.Position);
                if (batch.Next == _writer.Position)
                {
                    return;
                }

                Apply(batch);
            }

            while (_applier.IsAnyWaiting && _clock.GetElapsedTime(since) < _options.StopTimeout)
            {
                TakeInNext();
            }
        }
        catch (Exception failure)
        {
            LogRestNotTaken(failure.GetType().Name, failure.Message);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The last entries of the journal were not taken into the store ({Kind}: {Message}). They are kept and taken at the next start."
    )]
    private partial void LogRestNotTaken(string kind, string message);
}
