using System.Collections.Concurrent;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary><c>kill -9</c> under load, at random moments and at every place where a crash would be worst.</summary>
[Trait(Soak.Category, Soak.Name)]
public sealed class KillTests(ITestOutputHelper log)
{
    private const int RoundsInCampaign = 50;

    /// <summary>Campaigns at one time, each with a bridge and a Langfuse of its own.</summary>
    private const int AtOnce = 2;

    [Fact]
    public async Task Nothing_answered_is_lost_and_nothing_is_doubled_when_the_bridge_is_killed_again_and_again()
    {
        var seed = Random.Shared.Next();
        log.WriteLine($"seed {seed}");
        var done = new ConcurrentBag<KillCampaign>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Soak.Count(inSuite: 2, inSoak: 20)),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (number, _) => done.Add(await RunCampaignAsync(unchecked(seed + number), isBackendWell: number % 2 == 0))
        );

        var named = done.SelectMany(static campaign => campaign.Reached.Values).Sum();
        foreach (var point in CrashPoints.All)
        {
            log.WriteLine($"{point}: {done.Sum(campaign => campaign.Reached.GetValueOrDefault(point))}");
        }

        Soak.Report(
            "kill -9 under load, at random moments and at named points",
            ("kills", done.Sum(static campaign => campaign.Kills)),
            ("at named points", named),
            ("named points", CrashPoints.All.Count),
            ("requests answered", done.Sum(static campaign => campaign.Answered)),
            ("requests cut off", done.Sum(static campaign => campaign.Broken)),
            ("answered and lost", 0),
            ("observations sent again unchanged", done.Sum(static campaign => campaign.Repeated)),
            ("observations with two starts", 0)
        );
    }

    [Fact]
    public async Task A_crash_point_that_is_none_stops_the_start_and_all_names_are_told()
    {
        using var folder = new TemporaryFolder();

        var result = await BridgeCommand.RunAsync(
            ["run", "--data", folder["data"]],
            new Dictionary<string, string> { [CrashPoints.Variable] = "journal.nowhere" }
        );

        result.ExitCode.ShouldBe(2);
        foreach (var name in CrashPoints.All)
        {
            result.Error.ShouldContain(name);
        }
    }

    /// <summary>Every named point once and random moments between them, in random order.</summary>
    private async Task<KillCampaign> RunCampaignAsync(int seed, bool isBackendWell)
    {
        var random = new Random(seed);
        string?[] rounds = [.. CrashPoints.All, .. Enumerable.Repeat<string?>(null, RoundsInCampaign - CrashPoints.All.Count)];
        random.Shuffle(rounds);
        await using var langfuse = await LangfuseStandIn.StartAsync();
        using var end = new CancellationTokenSource();
        var trouble = isBackendWell ? Task.CompletedTask : TroubleAsync(langfuse, end.Token);
        await using var campaign = await KillCampaign.StartAsync(langfuse, seed);
        foreach (var point in rounds)
        {
            await (point is null ? campaign.KillAtRandomAsync() : campaign.KillAtAsync(point));
        }

        await end.CancelAsync();
        await trouble;
        langfuse.Recover();
        await campaign.MustHaveLostNothingAsync(isBackendWell);
        log.WriteLine(
            $"Langfuse {(isBackendWell ? "well" : "in trouble")}: {campaign.Kills} kills, {campaign.Answered} requests answered, {campaign.Broken} cut off, {campaign.Repeated} observations sent again unchanged"
        );
        return campaign;
    }

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
}
