using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>What a bridge that was killed had sent, or was about to send, without knowing the answer.</summary>
internal static class InFlight
{
    private const string Unanswered = """
        SELECT lower(hex(trace.trace)), observation.observation
        FROM observation JOIN trace ON trace.id = observation.trace
        WHERE observation.sending IS NOT NULL
        """;

    /// <summary>Read from a copy, so that the next start meets the files as the crash left them.</summary>
    public static IReadOnlyList<(string Trace, string Span)> Of(string dataFolder)
    {
        using var copy = new TemporaryFolder();
        foreach (
            var file in Directory
                .GetFiles(dataFolder, "delivery.db*")
                .Where(static file => !file.EndsWith("-shm", StringComparison.Ordinal))
        )
        {
            File.Copy(file, copy[Path.GetFileName(file)]);
        }

        using var connection = new SqliteConnection($"Data Source={copy["delivery.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Unanswered;
        using var rows = command.ExecuteReader();
        List<(string, string)> found = [];
        while (rows.Read())
        {
            found.Add((rows.GetString(0), rows.GetInt64(1).ToString("x16", CultureInfo.InvariantCulture)));
        }

        return found;
    }
}
