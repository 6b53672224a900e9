using ClaudeBridge.Diagnostics;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>One bridge on one data folder that is killed again and again under load, with small journal files so that they are begun and deleted all the time.</summary>
internal sealed class KillCampaign : IAsyncDisposable
{
    /// <summary>128 + SIGKILL, as shells have it.</summary>
    private const int Killed = 137;

    private const int LanesInFlight = 2;
    private const int MaxBatchSpans = 20;

    /// <summary>A named point comes within a second; more is for a busy machine. Then the round ends as one at random does.</summary>
    private static readonly TimeSpan PointBound = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(3);

    private readonly Random _random;
    private readonly LangfuseStandIn _langfuse;
    private readonly BridgeProcess _bridge;
    private readonly TurnSender[] _senders;

    /// <summary>At how many ends each observation was on its way.</summary>
    private readonly Dictionary<(string Trace, string Span), int> _inFlight = [];

    private KillCampaign(int seed, LangfuseStandIn langfuse, BridgeProcess bridge)
    {
        (_random, _langfuse, _bridge) = (new Random(seed), langfuse, bridge);
        _senders =
        [
            .. Enumerable
                .Range(1, 4)
                .Select(static number => new TurnSender(
                    $"sender-{number}",
                    Pause,
                    number % 2 == 0 ? Transport.Grpc : Transport.Http,
                    promptLength: 30_000
                )),
        ];
    }

    public int Kills { get; private set; }

    public int Answered => _senders.Sum(static sender => sender.Answered.Count);

    public int Broken => _senders.Sum(static sender => sender.Broken);

    public int Repeated => _langfuse.Table.Repeats.Values.Sum();

    /// <summary>Observations that were on their way when the process ended, over all ends.</summary>
    public int WasInFlight => _inFlight.Values.Sum();

    /// <summary>How many observations what was answered makes: so many are compared, in the store and in Langfuse.</summary>
    public int Compared { get; private set; }

    /// <summary>How many of them Langfuse never got, or holds otherwise; meaningful after the comparison.</summary>
    public int Lost { get; private set; }

    public int WithTwoStarts => _langfuse.Table.DuplicateRows.Count;

    /// <summary>How often the store was deleted between two starts.</summary>
    public int StoresDeleted { get; private set; }

    /// <summary>How often a named point was not passed in time.</summary>
    public int NotReached { get; private set; }

    /// <summary>How often each named point was where the process ended.</summary>
    public SortedDictionary<string, int> Reached { get; } = new(StringComparer.Ordinal);

    public static async Task<KillCampaign> StartAsync(LangfuseStandIn langfuse, int seed, TimeSpan attemptTimeout)
    {
        var settings = BridgeProcess.Settings(langfuse);
        settings["ClaudeBridge__Journal__SegmentBytes"] = "65536";
        settings["ClaudeBridge__Journal__KeepBytes"] = "1048576";
        settings["ClaudeBridge__Langfuse__AttemptTimeout"] = attemptTimeout.ToString("c");
        settings["ClaudeBridge__Langfuse__InFlight"] = $"{LanesInFlight}";
        settings["ClaudeBridge__Langfuse__MaxBatchSpans"] = $"{MaxBatchSpans}";
        var campaign = new KillCampaign(seed, langfuse, await BridgeProcess.StartAsync(settings));
        await campaign._bridge.KillAsync();
        return campaign;
    }

    /// <summary>Starts it, and kills it at a random moment: while it starts, or later under load.</summary>
    public async Task KillAtRandomAsync()
    {
        if (_random.Next(4) == 0)
        {
            _bridge.LaunchAgain();
            await Task.Delay(_random.Next(20, 500));
            await KillAsync();
            return;
        }

        await _bridge.RestartAsync();
        var sending = SendAsync();
        await Task.Delay(_random.Next(20, 400));
        await KillAsync();
        await sending;
    }

    /// <summary>Starts it so that it ends at a named point, and sends until it has.</summary>
    /// <param name="isAtOnce">At the first passing; else at one of the first.</param>
    /// <returns>False when the point was not passed in time: then it was killed all the same.</returns>
    public async Task<bool> KillAtAsync(string point, bool isAtOnce)
    {
        var passing = isAtOnce ? 1 : _random.Next(1, LatestPassing(point) + 1);
        var settings = new Dictionary<string, string> { [CrashPoints.Variable] = $"{point}:{passing}" };
        if (await _bridge.TryRestartAsync(settings))
        {
            await SendForAsync(PointBound);
        }

        if (!_bridge.HasExited)
        {
            NotReached++;
            await KillAsync();
            return false;
        }

        (await _bridge.WaitForExitAsync()).ShouldBe(Killed, $"{point}: {_bridge.Errors}");
        Reached[point] = Reached.GetValueOrDefault(point) + 1;
        Ended();
        return true;
    }

    /// <summary>The store is gone when it starts next: a snapshot and what is left of the journal must do.</summary>
    public void DeleteStore()
    {
        foreach (var file in Directory.GetFiles(_bridge.Folder, "store.db*"))
        {
            File.Delete(file);
        }

        StoresDeleted++;
    }

    /// <summary>Starts it a last time, and compares what it has and what Langfuse has with a replay of what was answered.</summary>
    /// <param name="isBackendWell">It always was: then nothing is sent twice but what was on its way when the process ended.</param>
    public async Task MustHaveLostNothingAsync(bool isBackendWell)
    {
        await _bridge.RestartAsync();
        using (var client = new OtlpClient(_bridge))
        {
            await Task.WhenAll(_senders.Select(sender => sender.FinishTurnAsync(client)));
        }

        var expected = await Shown.OfReplayAsync(_senders.SelectMany(static sender => sender.Answered));
        Compared = Lost = expected.Rows().Count;
        try
        {
            await _langfuse.MustHoldAsync(expected);
        }
        catch (ShouldAssertException difference)
        {
            // What the bridge said in all its lives tells why.
            throw new ShouldAssertException($"{difference.Message}\n{_bridge.Errors}", difference);
        }
        finally
        {
            Lost = expected.Rows().Except(Shown.Rows(_langfuse.Table.Observations)).Count();
        }

        await Shown.MustBecomeAsync(_bridge.Folder, expected);
        // It holds everything a moment before the bridge has its answers, which may have been lost on the way.
        await Wait.UntilAsync("the bridge knows that all is delivered", () => KnowsThatAllIsDeliveredAsync(_bridge));
        (await _bridge.TerminateAsync()).ShouldBe(0, _bridge.Errors);
        _bridge.Output.ShouldNotContain("observations wait for");
        _bridge.Errors.ShouldNotContain("damaged", customMessage: "what was never synced is no damage");
        _langfuse.Table.Orphans.ShouldBeEmpty();
        _senders.Sum(static sender => sender.TurnedAway).ShouldBe(0);
        if (isBackendWell)
        {
            Repeated.ShouldBeLessThanOrEqualTo(Kills * LanesInFlight * MaxBatchSpans, "only what was on its way is sent again");
            _langfuse
                .Table.Repeats.Where(repeat => repeat.Value > _inFlight.GetValueOrDefault(repeat.Key))
                .ShouldBeEmpty("only what was on its way is sent again");
        }
    }

    public ValueTask DisposeAsync() => _bridge.DisposeAsync();

    private async Task KillAsync()
    {
        await _bridge.KillAsync();
        Ended();
    }

    private void Ended()
    {
        Kills++;
        foreach (var observation in InFlight.Of(_bridge.Folder))
        {
            _inFlight[observation] = _inFlight.GetValueOrDefault(observation) + 1;
        }
    }

    /// <summary>Returns when the bridge is gone, or when the time is over.</summary>
    private async Task SendForAsync(TimeSpan time)
    {
        using var over = new CancellationTokenSource(time);
        await SendAsync(over.Token);
        if (!over.IsCancellationRequested)
        {
            await _bridge.WaitForExitAsync();
        }
    }

    private async Task SendAsync(CancellationToken stop = default)
    {
        using var client = new OtlpClient(_bridge);
        await Task.WhenAll(_senders.Select(sender => sender.RunAsync(client, stop)));
    }

    private static bool IsPassedAtStart(string point) =>
        point.StartsWith("start.", StringComparison.Ordinal) || point.StartsWith("retention.", StringComparison.Ordinal);

    /// <summary>A passing that comes within a second of load.</summary>
    private static int LatestPassing(string point) =>
        IsPassedAtStart(point) ? 1
        : point.StartsWith("position.", StringComparison.Ordinal) || point.StartsWith("journal.rotat", StringComparison.Ordinal) ? 2
        : 4;

    private static async Task<bool> KnowsThatAllIsDeliveredAsync(BridgeProcess bridge)
    {
        var status = await bridge.PageAsync("/status");
        var destinations = status.Split("Still to send").Length;
        return destinations > 1 && status.Split("all delivered").Length == destinations;
    }
}
