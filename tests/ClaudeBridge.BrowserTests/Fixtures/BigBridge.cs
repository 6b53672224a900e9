using System.Globalization;
using ClaudeBridge.Benchmarks.Dataset;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.BrowserTests.Fixtures;

/// <summary>A running bridge with months of work in it, made once for all tests. Tests read it and send it nothing.</summary>
public sealed class BigBridge : IAsyncLifetime
{
    /// <summary>How many sessions; <c>.ci/run</c> says 10 000.</summary>
    private const string Sessions = "CLAUDEBRIDGE_SESSIONS";

    /// <summary>Enough for every page and quickly made.</summary>
    private const int UsualSessions = 1_000;

    /// <summary>A folder that keeps the data set from one run to the next.</summary>
    private const string Kept = "CLAUDEBRIDGE_DATASET";

    private readonly TemporaryFolder _temporary = new();
    private readonly Lazy<Task<Big>> _running;

    public BigBridge() => _running = new(StartAsync);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    internal Task<Big> StartedAsync() => _running.Value;

    public async ValueTask DisposeAsync()
    {
        if (_running.IsValueCreated && _running.Value.IsCompletedSuccessfully)
        {
            await (await _running.Value).Bridge.DisposeAsync();
        }

        _temporary.Dispose();
    }

    private async Task<Big> StartAsync()
    {
        var folder = Environment.GetEnvironmentVariable(Kept) is { Length: > 0 } kept ? kept : _temporary["big"];
        var facts = await FactsAsync(folder);
        // The data set is of a time that has passed: nothing of it expires while it is looked at.
        var settings = new Dictionary<string, string> { ["ClaudeBridge__Store__KeepFor"] = "3650d" };
        return new Big(await BridgeProcess.StartAsync(settings, folder), facts, StorePages.In(folder));
    }

    private static async Task<DatasetFacts> FactsAsync(string folder)
    {
        if (DatasetRun.FactsOf(folder) is { } known)
        {
            return known;
        }

        var settings = new DatasetSettings
        {
            Sessions = int.TryParse(Environment.GetEnvironmentVariable(Sessions), CultureInfo.InvariantCulture, out var sessions)
                ? sessions
                : UsualSessions,
            Until = TimeProvider.System.GetUtcNow(),
        };
        return await DatasetRun.WriteAsync(settings, folder, CancellationToken.None);
    }
}

/// <param name="Facts">What is known of the data without asking the bridge.</param>
/// <param name="Pages">The same store, for ids that a test needs to begin with.</param>
internal sealed record Big(BridgeProcess Bridge, DatasetFacts Facts, IStorePages Pages)
{
    public Uri Address { get; } = new($"http://127.0.0.1:{Bridge.DashboardPort}");

    /// <summary>The trace that a turn became.</summary>
    public string TraceOf(TurnFacts turn) =>
        Pages
            .Turns(new ViewFilter { SessionId = turn.SessionId }, new PageRequest(100))
            .Items.Single(row => row.PromptId == turn.PromptId)
            .TraceId;

    public string TraceOf(string session) => Pages.Turns(new ViewFilter { SessionId = session }, new PageRequest(1)).Items[0].TraceId;

    public string ObservationOf(string trace) => Pages.Trace(null, trace, null, 100, 3)!.Trace.Observations[^1].Id;
}
