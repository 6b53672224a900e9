using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace ClaudeBridge.Hosting;

/// <summary>The log: on stderr, so that what a command prints can be piped. Levels come from the section <c>Logging</c>.</summary>
internal static class BridgeLogging
{
    public static ILoggingBuilder AddBridgeLogging(this ILoggingBuilder logging, IConfiguration configuration, bool verbose)
    {
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.AddConsoleFormatter<PlainLogLines, ConsoleFormatterOptions>();
        logging.AddConsole(static console =>
        {
            console.FormatterName = PlainLogLines.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        if (verbose)
        {
            logging.AddFilter(nameof(ClaudeBridge), LogLevel.Debug).AddFilter("Microsoft", LogLevel.Information);
        }

        return logging;
    }
}
