namespace ClaudeBridge.Hosting;

/// <content>When it rests, and what wakes it.</content>
internal sealed partial class AssemblyLoop
{
    /// <summary>Until there is a new entry, a request, or something due.</summary>
    private async Task SleepAsync(CancellationToken stopping)
    {
        var now = _clock.GetUtcNow();
        var wake = !_isCatchingUp && _writer.NextDue is { } due && due < _cleanAt ? due : _cleanAt;
        var length = wake - now;
        if (length > LongestSleep)
        {
            length = LongestSleep;
        }

        if (_applier.NextIn is { } next && next < length)
        {
            length = next;
        }

        if (length <= TimeSpan.Zero)
        {
            return;
        }

        await WaitAsync(length, stopping, token => _journal.WaitAsync(_writer.Position, token));
    }

    /// <summary>For as long, or until somebody asks for something, or what else it waits for has come.</summary>
    private async Task WaitAsync(TimeSpan length, CancellationToken stopping, Func<CancellationToken, Task>? other = null)
    {
        using var waits = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        List<Task> all = [Task.Delay(length, _clock, waits.Token), _wake.WaitAsync(waits.Token)];
        if (other is not null)
        {
            all.Add(other(waits.Token));
        }

        var first = await Task.WhenAny(all);
        await waits.CancelAsync();
        await first;
    }
}
