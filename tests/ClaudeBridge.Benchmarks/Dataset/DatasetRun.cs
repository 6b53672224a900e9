using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Replay;
using ClaudeBridge.Hosting;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>Puts a data set into a data folder through the whole bridge but its ports: received, kept, assembled, settled.</summary>
internal static class DatasetRun
{
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
        return sessions.Facts;
    }
}
