using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClaudeBridge.Exporters.Ledger;

/// <content>Damage that is met while it is in use.</content>
public sealed partial class DeliveryLedger
{
    /// <summary>Each keeps a damaged file, and a disk that goes on damaging must not be filled by that.</summary>
    private static readonly TimeSpan MendEvery = TimeSpan.FromMinutes(10);

    private long? _mendedAt;

    /// <summary>Where a failure means that the file is damaged: saves what can be read of it into a new one and goes on with that, as at a start. Not within a change.</summary>
    /// <returns>True when it was mended: what failed may go now.</returns>
    /// <exception cref="IOException">The disk does not let it be done; it can be called again.</exception>
    /// <exception cref="SqliteException">The same.</exception>
    internal bool Mend(Exception failure)
    {
        lock (Gate)
        {
            var isOpen = _statements is not null;
            if (isOpen && (!IsDamageInUse(failure) || _mendedAt is { } last && Clock.GetElapsedTime(last) < MendEvery))
            {
                return false;
            }

            Disconnect();
            var (salvaged, kept) = LedgerRepair.Run(_path, Clock, CancellationToken.None);
            Connect();
            _mendedAt = Clock.GetTimestamp();
            foreach (var destination in _destinations.Values)
            {
                destination.Load();
            }

            LogMended(_log, _path, failure.GetBaseException().Message, LedgerRepair.Describe(salvaged), kept);
            return true;
        }
    }

    private static bool IsDamageInUse(Exception? failure) =>
        failure switch
        {
            null => false,
            LedgerDamagedException or SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB } => true,
            _ => IsDamageInUse(failure.InnerException),
        };

    [LoggerMessage(
        LogLevel.Error,
        "The delivery ledger {Path} was found damaged while it was in use ({Reason}): {What}. The damaged one is kept as {Kept}; delivery goes on."
    )]
    private static partial void LogMended(ILogger log, string path, string reason, string what, string kept);
}
