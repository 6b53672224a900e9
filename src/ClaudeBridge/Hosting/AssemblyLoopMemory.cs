using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Hosting;

/// <content>When there is not memory enough for what is received and for a step at one time: the step then goes alone. Where memory is tight, every step does.</content>
internal sealed partial class AssemblyLoop
{
    private static readonly TimeSpan PatienceForRoom = TimeSpan.FromSeconds(10);

    // Used by the loop alone.
    private bool _isShortOfMemory;

    /// <summary>A step, alone if memory is tight or the last one failed for want of it.</summary>
    private async Task<bool> StepWithMemoryAsync(CancellationToken stopping)
    {
        using var alone =
            _room is not null && (_isShortOfMemory || _room.IsTight) ? await _room.EnterAloneAsync(PatienceForRoom, stopping) : null;
        var didSomething = await StepAsync(stopping);
        _isShortOfMemory = false;
        return didSomething;
    }

    /// <summary>True the first time: then the step is tried again at once, alone.</summary>
    private bool IsFirstWantOfMemory(Exception failure)
    {
        if (_isShortOfMemory || _room is null || !Failures.IsWantOfMemory(failure))
        {
            return false;
        }

        _isShortOfMemory = true;
        LogShortOfMemory();
        return true;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "There was not enough memory to take what was accepted into the store. It waits in the journal and is tried again while no large export is received."
    )]
    private partial void LogShortOfMemory();
}
