using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Diagnostics;

/// <summary>What may be said of a failure that was caused by received data.</summary>
internal static class Failures
{
    /// <summary>For whoever asked for what the bridge has no memory for.</summary>
    public const string WantOfMemory =
        "There is too little memory for this at the moment: narrow it by time or by filters, or ask again later.";

    /// <summary>No fault of what was received: it may well go another time. It also comes wrapped, out of what is set up at its first use.</summary>
    public static bool IsWantOfMemory(Exception failure) =>
        failure is OutOfMemoryException or SqliteException { SqliteErrorCode: raw.SQLITE_NOMEM }
        || failure.InnerException is { } inner && IsWantOfMemory(inner);

    /// <summary>Its kind and where it happened. Not its message: that may quote a prompt.</summary>
    public static string Describe(Exception failure)
    {
        var trace = failure.StackTrace.AsSpan().TrimStart();
        var end = trace.IndexOfAny('\r', '\n');
        var place = end < 0 ? trace : trace[..end];
        return place.IsEmpty ? failure.GetType().Name : $"{failure.GetType().Name} {place}";
    }
}
