using Microsoft.Extensions.Logging.Console;

namespace ClaudeBridge.Hosting;

/// <summary>The console's log, with repeats told as a count.</summary>
[ProviderAlias("Console")]
internal sealed partial class QuietConsole : ILoggerProvider, ISupportExternalScope
{
    private readonly ConsoleLoggerProvider _console;
    private readonly LogRepeats? _repeats;
    private readonly ITimer? _timer;

    /// <param name="window">See <see cref="LogOptions.RepeatsWithin"/>; zero writes every line.</param>
    public QuietConsole(ConsoleLoggerProvider console, TimeSpan window, TimeProvider clock)
    {
        _console = console;
        if (window > TimeSpan.Zero)
        {
            _repeats = new LogRepeats(window, clock);
            // Often enough that a count is told soon after its window.
            var every = TimeSpan.FromTicks(Math.Max(window.Ticks / 6, TimeSpan.TicksPerMillisecond * 10));
            _timer = clock.CreateTimer(static self => ((QuietConsole)self!).Tell(all: false), this, every, every);
        }
    }

    public ILogger CreateLogger(string categoryName)
    {
        var console = _console.CreateLogger(categoryName);
        return _repeats is null ? console : new Logger(console, categoryName, _repeats);
    }

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _console.SetScopeProvider(scopeProvider);

    public void Dispose()
    {
        _timer?.Dispose();
        Tell(all: true);
        _console.Dispose();
    }

    private void Tell(bool all)
    {
        foreach (var (key, count, within, last) in _repeats?.Take(all) ?? [])
        {
            var logger = _console.CreateLogger(key.Part);
            var seconds = Math.Round(within.TotalSeconds, 1);
            LogRepeated(logger, key.Level, count, seconds, last);
        }
    }

    [LoggerMessage(EventName = "Repeated", Message = "… repeated {Repeated} times in {Seconds} s, the last time: {Last}")]
    private static partial void LogRepeated(ILogger logger, LogLevel level, long repeated, double seconds, string last);

    private sealed class Logger(ILogger console, string part, LogRepeats repeats) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => console.IsEnabled(logLevel);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => console.BeginScope(state);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel <= LogLevel.Debug || repeats.Note(new(part, logLevel, Template(state)), formatter(state, exception)))
            {
                console.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        private static string Template<TState>(TState state) =>
            state is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 0 } values ? values[^1].Value as string ?? "" : "";
    }
}
