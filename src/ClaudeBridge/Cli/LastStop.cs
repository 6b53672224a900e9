namespace ClaudeBridge.Cli;

/// <summary>Ends the process when an orderly end takes too long, whatever still holds it up: a disk that does not answer, say. All that was answered is on disk already.</summary>
internal sealed class LastStop : IDisposable
{
    /// <summary>Those who ask for an end wait ten seconds before they kill.</summary>
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(9);

    private static readonly TimeSpan SayWithin = TimeSpan.FromMilliseconds(200);

    private readonly Timer _timer;
    private readonly CancellationTokenRegistration _registration;

    /// <param name="asked">Cancelled when the process is asked to end.</param>
    public LastStop(TextWriter error, CancellationToken asked)
    {
        _timer = new Timer(_ => End(error));
        _registration = asked.UnsafeRegister(static stop => ((LastStop)stop!)._timer.Change(EndWithin, Timeout.InfiniteTimeSpan), this);
    }

    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
    }

    private static void End(TextWriter error)
    {
        // Whoever should read this may be what holds the end up.
        var saying = Task.Run(() =>
            error.WriteLine(
                $"claudebridge: Not everything ended within {EndWithin.TotalSeconds:0} s; it ends now. Everything answered is kept, and the next start goes on."
            )
        );
        Task.WhenAny(saying, Task.Delay(SayWithin)).Wait();
        Environment.Exit(ExitCode.Done);
    }
}
