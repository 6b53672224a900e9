namespace ClaudeBridge.Exporters;

internal static partial class DeliveryLog
{
    [LoggerMessage(LogLevel.Information, "{Destination} takes exports; delivery begins after revision {Cursor}.")]
    public static partial void Ready(this ILogger logger, string destination, long cursor);

    [LoggerMessage(
        LogLevel.Information,
        "Exports to {Destination} went by {Before} and go by {Route} now: what it has stays as it is, and what changes goes the new way."
    )]
    public static partial void Rerouted(this ILogger logger, string destination, string before, string route);

    [LoggerMessage(
        LogLevel.Information,
        "{Destination} is followed through a new or rebuilt store: what it already has is not sent again."
    )]
    public static partial void NewEpoch(this ILogger logger, string destination);

    [LoggerMessage(
        LogLevel.Warning,
        "{Destination} takes nothing at the moment ({Cause}). Up to {Undelivered} {Things} wait on disk; it is tried again until it does, and nothing is lost."
    )]
    public static partial void Down(this ILogger logger, string destination, string cause, long undelivered, string things);

    [LoggerMessage(
        LogLevel.Error,
        "Delivery to {Destination} is paused: {Advice}. Everything is kept; it is asked again every {Seconds} s and delivery goes on by itself."
    )]
    public static partial void Paused(this ILogger logger, string destination, string advice, double seconds);

    [LoggerMessage(LogLevel.Information, "{Destination} takes exports again; delivery goes on.")]
    public static partial void Recovered(this ILogger logger, string destination);

    [LoggerMessage(
        LogLevel.Error,
        "{Destination} will not take {What} (status {Status}): set aside as a dead letter with its reason.{More} The others are delivered."
    )]
    public static partial void SetAside(this ILogger logger, string destination, string what, int? status, string more);

    [LoggerMessage(
        LogLevel.Error,
        "{Destination} took a request and rejected {Count} of the {Things} in it, without saying which: nothing of it is sent again. The status page has its words.{More}"
    )]
    public static partial void Rejected(this ILogger logger, string destination, long count, string things, string more);

    [LoggerMessage(
        LogLevel.Warning,
        "{Count} observations of a rebuilt store are older than what the ledger remembers; they are not sent to {Destination}, which may have them already."
    )]
    public static partial void ForgottenSkipped(this ILogger logger, string destination, long count);

    [LoggerMessage(
        LogLevel.Error,
        "Delivery to {Destination} was interrupted by an error of our own ({Count} times since this was last said); it goes on from the last confirmed observation."
    )]
    public static partial void Interrupted(this ILogger logger, Exception exception, string destination, long count);

    [LoggerMessage(
        LogLevel.Information,
        "Delivery to {Destination} stopped. Up to {Undelivered} {Things} wait on disk for the next start."
    )]
    public static partial void Stopped(this ILogger logger, string destination, long undelivered, string things);
}
