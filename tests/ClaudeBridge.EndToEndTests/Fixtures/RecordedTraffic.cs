using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>
/// All recordings, sent once in their own protocols into one running bridge that delivers to one Langfuse; ended when all is delivered. It knows of Langfuse
/// only once it has everything: so nothing is sent before it is whole, however slow the machine is.
/// </summary>
public sealed class RecordedTraffic : IAsyncLifetime
{
    private readonly Dictionary<string, Shown> _replayed = [];

    public LangfuseStandIn Langfuse { get; private set; } = null!;

    internal BridgeProcess Bridge { get; private set; } = null!;

    internal Shown Live { get; private set; } = null!;

    /// <summary>What the bridge ended with.</summary>
    public int ExitCode { get; private set; }

    internal Shown Replayed(string recording) => _replayed[recording];

    public async ValueTask InitializeAsync()
    {
        Langfuse = await LangfuseStandIn.StartAsync();
        Bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        using (var client = new OtlpClient(Bridge))
        {
            foreach (var recording in Recording.All)
            {
                await client.SendAllAsync(WireRequest.Of(recording));
            }
        }

        foreach (var recording in Recording.All)
        {
            _replayed[recording.Name] = await Shown.OfReplayAsync(recording);
        }

        Live = await Shown.OnceAsync(Bridge.Folder, live => _replayed.Values.All(live.HasAllOf));
        (await Bridge.TerminateAsync()).ShouldBe(0, Bridge.Errors);
        await Bridge.RestartAsync(BridgeProcess.Settings(Langfuse));
        var observations = _replayed.Values.Sum(static shown => shown.Rows().Count);
        await Wait.UntilAsync(
            "everything is delivered",
            () => Langfuse.Table.Observations.Count >= observations,
            state: () => $"{Langfuse.Table.Observations.Count} of {observations}. {Bridge.Errors}"
        );
        ExitCode = await Bridge.TerminateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Bridge is not null)
        {
            await Bridge.DisposeAsync();
        }

        if (Langfuse is not null)
        {
            await Langfuse.DisposeAsync();
        }
    }
}
