namespace ClaudeBridge.Journal;

/// <summary>Counts and logs each damaged place once, however many readers pass it.</summary>
internal sealed partial class DamageLog(ILogger logger)
{
    private const int MaxRemembered = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<(string Path, long From)> _known = [];

    public JournalFigures Figures { get; } = new();

    /// <summary>Raised once for each damaged place, on the thread that came across it.</summary>
    public event Action<DamagedPlace>? Found;

    public void Report(DamagedPlace place)
    {
        lock (_gate)
        {
            if (_known.Count >= MaxRemembered || !_known.Add((place.Path, place.From.Value)))
            {
                return;
            }
        }

        Figures.Damaged(place.Bytes);
        LogDamaged(place.Path, place.From.Value, place.To.Value, place.Bytes, place.Reason);
        Found?.Invoke(place);
    }

    [LoggerMessage(
        LogLevel.Error,
        "The journal file {Path} is damaged from position {From} to {To} ({Bytes} bytes: {Reason}). What stood there is lost; reading goes on after it."
    )]
    private partial void LogDamaged(string path, long from, long to, long bytes, string reason);
}
