namespace ClaudeBridge.Diagnostics;

/// <summary>Work that must not end while the program runs. Registered as a service by whoever puts the parts together.</summary>
/// <param name="Name">For a sentence: <c>the writer of the journal</c>.</param>
/// <param name="Work">Ends only with the program; null before it was started.</param>
internal sealed record EndlessLoop(string Name, Func<Task?> Work)
{
    public bool HasEnded => Work() is { IsCompleted: true };
}
