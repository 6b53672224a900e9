namespace ClaudeBridge.Tests.Query;

/// <summary>One bridge that was sent a few recordings of the real client.</summary>
public sealed class RecordedFixture : IAsyncLifetime
{
    /// <summary>Different sessions, with subagents, edits, several turns and failures.</summary>
    public static readonly string[] Recordings =
    [
        "2.1.329-subagent-http-json",
        "2.1.329-file-edits-http-protobuf",
        "2.1.329-multi-turn-continue-http-json",
        "2.1.329-tool-failure-http-json",
        "2.1.329-mcp-tool-http-protobuf",
    ];

    internal QueryBridge Bridge { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Bridge = await QueryBridge.StartAsync(pages: null);
        await Bridge.ReplayAsync(Recordings);
    }

    public ValueTask DisposeAsync() => Bridge.DisposeAsync();
}
