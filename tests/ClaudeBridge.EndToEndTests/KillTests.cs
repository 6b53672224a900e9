using System.Globalization;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary><c>kill -9</c> at random moments under load.</summary>
public sealed class KillTests(ITestOutputHelper log)
{
    /// <summary>How many kills; more for a soak.</summary>
    private const string RoundsVariable = "CLAUDEBRIDGE_KILL_ROUNDS";

    /// <summary>The first of the random numbers, to repeat a run that failed.</summary>
    private const string SeedVariable = "CLAUDEBRIDGE_KILL_SEED";

    private static readonly int Rounds = Number(RoundsVariable) ?? 10;

    [Fact]
    public async Task Nothing_answered_is_lost_and_nothing_is_doubled_when_the_bridge_is_killed_again_and_again()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        await KillAgainAndAgainAsync(langfuse, Rounds);
    }

    [Fact]
    public async Task Nor_when_Langfuse_fails_hangs_and_loses_answers_meanwhile()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        using var end = new CancellationTokenSource();
        var trouble = TroubleAsync(langfuse, end.Token);
        await KillAgainAndAgainAsync(
            langfuse,
            Math.Max(1, Rounds / 2),
            async () =>
            {
                await end.CancelAsync();
                await trouble;
                langfuse.Recover();
            }
        );
    }

    private async Task KillAgainAndAgainAsync(LangfuseStandIn langfuse, int rounds, Func<Task>? beforeTheEnd = null)
    {
        var seed = Number(SeedVariable) ?? Random.Shared.Next();
        var random = new Random(seed);
        log.WriteLine($"{SeedVariable}={seed}");
        var settings = BridgeProcess.Settings(langfuse);
        settings["ClaudeBridge__Langfuse__AttemptTimeout"] = "00:00:01";
        await using var bridge = await BridgeProcess.StartAsync(settings);
        TurnSender[] senders =
        [
            .. Enumerable
                .Range(1, 4)
                .Select(static number => new TurnSender($"sender-{number}", Pause, number % 2 == 0 ? Transport.Grpc : Transport.Http)),
        ];

        for (var round = 0; round < rounds; round++)
        {
            using var client = new OtlpClient(bridge);
            var sending = Task.WhenAll(senders.Select(sender => sender.RunAsync(client, CancellationToken.None)));
            await Task.Delay(random.Next(50, 800));
            await bridge.KillAsync();
            await sending;
            await bridge.RestartAsync();
        }

        using (var client = new OtlpClient(bridge))
        {
            await Task.WhenAll(senders.Select(sender => sender.FinishTurnAsync(client)));
        }

        if (beforeTheEnd is not null)
        {
            await beforeTheEnd();
        }

        var expected = await ReplayAsync(senders.SelectMany(static sender => sender.Answered));
        log.WriteLine(
            $"{senders.Sum(static sender => sender.Answered.Count)} requests answered, {senders.Sum(static sender => sender.Broken)} broken, "
                + $"{expected.Rows().Count} observations, {langfuse.Table.ResentRows.Count} sent more than once"
        );
        await langfuse.MustHoldAsync(expected);
        await Shown.MustBecomeAsync(bridge.Folder, expected);
        // It holds everything a moment before the bridge has its answers, which may have been lost on the way.
        await Wait.UntilAsync("the bridge knows that all is delivered", () => KnowsThatAllIsDeliveredAsync(bridge));
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        bridge.Output.ShouldNotContain("observations wait for");
        langfuse.Table.Orphans.ShouldBeEmpty();
    }

    private static async Task<bool> KnowsThatAllIsDeliveredAsync(BridgeProcess bridge)
    {
        var status = await bridge.PageAsync("/status");
        var destinations = status.Split("Still to send").Length;
        return destinations > 1 && status.Split("all delivered").Length == destinations;
    }

    private static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(3);

    private static async Task TroubleAsync(LangfuseStandIn langfuse, CancellationToken end)
    {
        LangfuseFault?[] course = [LangfuseFault.Answer(503), null, LangfuseFault.Hang, LangfuseFault.LoseAnswer, null, LangfuseFault.Cut];
        for (var step = 0; !end.IsCancellationRequested; step++)
        {
            if (course[step % course.Length] is { } fault)
            {
                langfuse.Fail(fault);
            }
            else
            {
                langfuse.Recover();
            }

            await Task.Delay(400, CancellationToken.None);
        }
    }

    /// <summary>What the answered requests make, each once and in order.</summary>
    private static async Task<Shown> ReplayAsync(IEnumerable<WireRequest> answered)
    {
        using var folder = new TemporaryFolder();
        var file = folder["answered.jsonl"];
        await using (var stream = File.Create(file))
        {
            foreach (var request in answered)
            {
                await stream.WriteAsync(request.Body);
                stream.WriteByte((byte)'\n');
            }
        }

        return await Shown.OfReplayAsync(file);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
