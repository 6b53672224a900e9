using System.Runtime.InteropServices;

namespace ClaudeBridge.Cli;

/// <summary>Turns the first SIGINT, SIGTERM, or SIGHUP of a terminal that closes, into a cancellation, so that commands end in order; the second one ends the process at once.</summary>
internal sealed class TerminationSignals : IDisposable
{
    /// <summary>SIGXFSZ, of the same number on Linux and macOS: a file came to the limit that the process has for files (<c>ulimit -f</c>).</summary>
    private const PosixSignal FileLimit = (PosixSignal)25;

    private readonly CancellationTokenSource _cancel = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _seen;

    public TerminationSignals() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
            // The write fails as on a full disk, and is met where it was tried; by default the process would die of it.
            .. OperatingSystem.IsWindows()
                ? Array.Empty<PosixSignalRegistration>()
                : [PosixSignalRegistration.Create(FileLimit, static context => context.Cancel = true)],
        ];

    public CancellationToken Token => _cancel.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _cancel.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _seen) > 1)
        {
            // Everything answered is already on disk; the default action of the signal loses nothing.
            return;
        }

        context.Cancel = true;
        _ = _cancel.CancelAsync();
    }
}
