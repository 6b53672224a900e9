namespace ClaudeBridge.Journal;

/// <summary>Counts and logs each damaged place once, however many readers pass it.</summary>
internal sealed partial class DamageLog(ILogger logger)
{
    private const int MaxRemembered = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<(string Path, long From)> _known = [];

    /// <summary>By file, up to where entries behind damage were counted.</summary>
    private readonly Dictionary<string, long> _salvagedUpTo = new(StringComparer.Ordinal);

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

    /// <summary>An entry was read behind a damaged place of its file. Counted once, however many readers pass it.</summary>
    public void Salvaged(string path, JournalPosition position)
    {
        lock (_gate)
        {
            if (position.Value <= _salvagedUpTo.GetValueOrDefault(path, -1) || _salvagedUpTo.Count >= MaxRemembered)
            {
                return;
            }

            _salvagedUpTo[path] = position.Value;
        }

        Figures.Salvaged();
    }

    [LoggerMessage(
        LogLevel.Error,
        "The journal file {Path} is damaged from position {From} to {To} ({Bytes} bytes: {Reason}). What stood there is lost; reading goes on after it."
    )]
    private partial void LogDamaged(string path, long from, long to, long bytes, string reason);
}
