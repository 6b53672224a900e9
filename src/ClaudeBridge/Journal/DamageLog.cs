namespace ClaudeBridge.Journal;

/// <summary>Counts and logs each damaged place once, however many readers pass it.</summary>
internal sealed partial class DamageLog(ILogger logger)
{
    private const int MaxRemembered = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Path, long From), long> _known = [];
    private bool _isFull;

    /// <summary>By file, up to where entries behind damage were counted.</summary>
    private readonly Dictionary<string, long> _salvagedUpTo = new(StringComparer.Ordinal);

    public JournalFigures Figures { get; } = new();

    /// <summary>Raised once for each damaged place, on the thread that came across it.</summary>
    public event Action<DamagedPlace>? Found;

    public void Report(DamagedPlace place)
    {
        lock (_gate)
        {
            _isFull = _known.Count >= MaxRemembered;
            if (_isFull || !_known.TryAdd((place.Path, place.From.Value), place.To.Value))
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

    /// <summary>Whether a damaged place that was reported lies between two positions. When there are too many to remember, any may.</summary>
    public bool IsDamagedBetween(long from, long to)
    {
        lock (_gate)
        {
            return _isFull || _known.Any(place => place.Key.From < to && place.Value > from);
        }
    }

    [LoggerMessage(
        LogLevel.Error,
        "The journal file {Path} is damaged from position {From} to {To} ({Bytes} bytes: {Reason}). What stood there is lost; reading goes on after it."
    )]
    private partial void LogDamaged(string path, long from, long to, long bytes, string reason);
}
