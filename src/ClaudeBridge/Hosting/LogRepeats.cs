namespace ClaudeBridge.Hosting;

/// <summary>What a line repeats: the part that speaks and its sentence before values are filled in.</summary>
internal readonly record struct LogKey(string Part, LogLevel Level, string Template);

/// <param name="Last">The last of the lines that were not written.</param>
internal readonly record struct LogRepeat(LogKey Key, long Count, TimeSpan Within, string Last);

/// <summary>Decides which lines of the log are repeats. Owns no timer and writes nothing. Safe for any number of threads.</summary>
/// <remarks>
/// The first line of a sentence is written; the same again within the window is counted. The same sentence with other values is written too, up to
/// <see cref="MaxDifferent"/> of them, so that no error is lost in a crowd of its like. At the end of the window one line tells the count, and the next window
/// begins, until one passes in which nothing came.
/// </remarks>
internal sealed class LogRepeats(TimeSpan window, TimeProvider clock)
{
    /// <summary>Lines of one sentence with different values that are written before the rest is counted only.</summary>
    public const int MaxDifferent = 50;

    /// <summary>Sentences remembered; what comes beyond is written as it comes. They are the program's own, so there are fewer.</summary>
    public const int MaxKeys = 500;

    private readonly Lock _gate = new();
    private readonly Dictionary<LogKey, Run> _runs = [];

    /// <returns>Whether the line is to be written.</returns>
    public bool Note(LogKey key, string line)
    {
        lock (_gate)
        {
            if (!_runs.TryGetValue(key, out var run))
            {
                if (_runs.Count >= MaxKeys)
                {
                    return true;
                }

                _runs.Add(key, run = new Run(clock.GetTimestamp()));
            }

            if (run.Written.Count < MaxDifferent && run.Written.Add(line.GetHashCode(StringComparison.Ordinal)))
            {
                run.IsFresh = true;
                return true;
            }

            run.Count++;
            run.Last = line;
            return false;
        }
    }

    /// <summary>What windows that are over have counted; with <paramref name="all"/> what every window has so far.</summary>
    public IReadOnlyList<LogRepeat> Take(bool all = false)
    {
        List<LogRepeat> taken = [];
        lock (_gate)
        {
            foreach (var (key, run) in _runs.ToList())
            {
                var length = clock.GetElapsedTime(run.Began);
                if (length < window && !all)
                {
                    continue;
                }

                if (run.Count > 0)
                {
                    taken.Add(new(key, run.Count, length, run.Last));
                }
                else if (!run.IsFresh)
                {
                    _runs.Remove(key);
                }

                (run.Began, run.Count, run.IsFresh) = (clock.GetTimestamp(), 0, false);
            }
        }

        return taken;
    }

    private sealed class Run(long began)
    {
        public long Began { get; set; } = began;

        public long Count { get; set; }

        public string Last { get; set; } = "";

        /// <summary>Whether a line was written in this window.</summary>
        public bool IsFresh { get; set; }

        /// <summary>Hashes of the lines that were written.</summary>
        public HashSet<int> Written { get; } = [];
    }
}
