using System.Text.Json;
using ClaudeBridge.Hosting;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>The log as it is written: repeats are a count, in either form.</summary>
public sealed partial class QuietConsoleTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Repeats_are_told_once_with_their_number_when_their_minute_is_over()
    {
        using var lines = new Lines(_clock, json: false);
        using var console = lines.Console(Minute);
        var log = console.CreateLogger("ClaudeBridge.Journal.GroupWriter");

        for (var i = 0; i < 58; i++)
        {
            LogFull(log, "/data");
        }

        lines.Written.ShouldHaveSingleItem().ShouldEndWith("warn  GroupWriter: The disk of /data is full.");
        _clock.Advance(Minute + Minute);
        lines.Written.Count.ShouldBe(2);
        lines.Written[1].ShouldEndWith("warn  GroupWriter: … repeated 57 times in 60 s, the last time: The disk of /data is full.");
    }

    [Fact]
    public void In_JSON_the_count_is_a_field()
    {
        using var lines = new Lines(_clock, json: true);
        using var console = lines.Console(Minute);
        var log = console.CreateLogger("ClaudeBridge.Journal.GroupWriter");
        LogFull(log, "/data");
        LogFull(log, "/data");
        _clock.Advance(Minute);

        var told = JsonDocument.Parse(lines.Written[1]).RootElement;

        told.GetProperty("event").GetString().ShouldBe("Repeated");
        told.GetProperty("level").GetString().ShouldBe("warn");
        told.GetProperty("fields").GetProperty("repeated").GetInt32().ShouldBe(1);
        told.GetProperty("fields").GetProperty("last").GetString().ShouldBe("The disk of /data is full.");
    }

    [Fact]
    public void What_was_counted_is_told_at_the_end()
    {
        using var lines = new Lines(_clock, json: false);
        using (var console = lines.Console(Minute))
        {
            var log = console.CreateLogger("Journal");
            LogFull(log, "/data");
            LogFull(log, "/data");
            lines.Written.Count.ShouldBe(1);
        }

        lines.Written.Count.ShouldBe(2);
    }

    [Fact]
    public void At_debug_and_without_a_window_every_line_is_written()
    {
        using var lines = new Lines(_clock, json: false);
        using var console = lines.Console(Minute);
        using var loud = lines.Console(TimeSpan.Zero);
        for (var i = 0; i < 10; i++)
        {
            LogDetail(console.CreateLogger("Journal"));
            LogFull(loud.CreateLogger("Journal"), "/data");
        }

        lines.Written.Count.ShouldBe(20);
    }

    [LoggerMessage(LogLevel.Warning, "The disk of {Folder} is full.")]
    private static partial void LogFull(ILogger logger, string folder);

    [LoggerMessage(LogLevel.Debug, "A detail.")]
    private static partial void LogDetail(ILogger logger);

    /// <summary>What would stand on the console.</summary>
    private sealed class Lines(TimeProvider clock, bool json)
        : ConsoleFormatter("lines"),
            IOptionsMonitor<ConsoleLoggerOptions>,
            IDisposable
    {
        private readonly ConsoleFormatter _form = json ? new JsonLogLines(clock) : new PlainLogLines(clock);
        private readonly List<ConsoleLoggerProvider> _providers = [];

        public List<string> Written { get; } = [];

        public ConsoleLoggerOptions CurrentValue { get; } = new() { FormatterName = "lines" };

        public QuietConsole Console(TimeSpan window)
        {
            _providers.Add(new ConsoleLoggerProvider(this, [this]));
            return new(_providers[^1], window, clock);
        }

        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
        {
            using var text = new StringWriter();
            _form.Write(logEntry, scopeProvider, text);
            Written.Add(text.ToString().TrimEnd());
        }

        public ConsoleLoggerOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;

        public void Dispose() => _providers.ForEach(static provider => provider.Dispose());
    }
}
