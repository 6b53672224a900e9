using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace ClaudeBridge.Hosting;

/// <summary>The log: on stderr, so that what a command prints can be piped. Levels come from the section <c>Logging</c>, its form from <see cref="LogOptions"/>.</summary>
internal static class BridgeLogging
{
    public static ILoggingBuilder AddBridgeLogging(this ILoggingBuilder logging, IConfiguration configuration, bool verbose)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.Services.TryAddSingleton(TimeProvider.System);
        var options = configuration.GetSection(LogOptions.Section).Get<LogOptions>() ?? new LogOptions();
        logging.AddConsoleFormatter<PlainLogLines, ConsoleFormatterOptions>();
        logging.AddConsoleFormatter<JsonLogLines, ConsoleFormatterOptions>();
        logging.AddConsole(console =>
        {
            console.FormatterName = options.Format == LogFormat.Json ? JsonLogLines.FormatterName : PlainLogLines.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            // Whoever does not read the log must not hold up whoever is received from: what finds no room is left out, and counted.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        logging.AddRepeatsAsCounts(options.RepeatsWithin);
        if (verbose)
        {
            logging.AddFilter(nameof(ClaudeBridge), LogLevel.Debug).AddFilter("Microsoft", LogLevel.Information);
        }

        return logging;
    }

    /// <summary>Puts <see cref="QuietConsole"/> before the console.</summary>
    private static void AddRepeatsAsCounts(this ILoggingBuilder logging, TimeSpan window)
    {
        var services = logging.Services;
        foreach (var console in services.Where(static one => one.ImplementationType == typeof(ConsoleLoggerProvider)).ToList())
        {
            services.Remove(console);
        }

        services.AddSingleton<ConsoleLoggerProvider>();
        services.AddSingleton<ILoggerProvider>(provider => new QuietConsole(
            provider.GetRequiredService<ConsoleLoggerProvider>(),
            window,
            provider.GetRequiredService<TimeProvider>()
        ));
    }
}
