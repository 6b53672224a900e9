using System.Text.Json;
using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Replay;
using ClaudeBridge.Hosting;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>Puts a data set into a data folder through the whole bridge but its ports: received, kept, assembled, settled.</summary>
internal static class DatasetRun
{
    /// <summary>What is known of the data, beside them.</summary>
    private const string FactsFile = "dataset.json";

    /// <param name="folder">Made when it is not there; what it holds stays.</param>
    /// <exception cref="CommandFailure">The folder takes nothing, or a request was refused.</exception>
    public static async Task<DatasetFacts> WriteAsync(DatasetSettings settings, string folder, CancellationToken cancel)
    {
        var sessions = new DatasetSessions(settings);
        DataFolder.Create(folder);
        await using var bridge = await OfflineBridge.StartAsync(folder, folder, deliver: false, [], verbose: false, cancel);
        var sender = new ReplaySender(bridge.Handler, static refused => throw new CommandFailure($"{refused.Source}: {refused.Why}"));
        await sender.SendAsync(sessions.Requests(), cancel);
        await bridge.Loop.CatchUpAsync(bridge.Journal.End, cancel);
        await bridge.Loop.SettleAllAsync(cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, FactsFile), JsonSerializer.Serialize(sessions.Facts), cancel);
        return sessions.Facts;
    }

    /// <summary>The facts of a folder that a data set was written into before; null when none was, or not to its end.</summary>
    public static DatasetFacts? FactsOf(string folder) =>
        Path.Combine(folder, FactsFile) is var file && File.Exists(file)
            ? JsonSerializer.Deserialize<DatasetFacts>(File.ReadAllText(file))
            : null;
}
