using System.Collections.Concurrent;
using System.Diagnostics;
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

    /// <summary>For a named point that was not passed in its round.</summary>
    private const int MoreTries = 5;

    [Fact]
    public async Task Nothing_answered_is_lost_and_nothing_is_doubled_when_the_bridge_is_killed_again_and_again()
    {
        var seed = Random.Shared.Next();
        log.WriteLine($"seed {seed}");
        var campaigns = new ConcurrentBag<KillCampaign>();
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, Soak.Count(inSuite: 2, inSoak: 20)),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
                async (number, _) => await RunCampaignAsync(unchecked(seed + number), isBackendWell: number % 2 == 0, campaigns.Add)
            );
        }
        finally
        {
            Report(campaigns);
        }

        CrashPoints
            .All.Where(point => campaigns.All(campaign => !campaign.Reached.ContainsKey(point)))
            .ShouldBeEmpty("every named point must be where it ended at least once");
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

    private void Report(IReadOnlyCollection<KillCampaign> campaigns)
    {
        (string, object)[] figures =
        [
            ("kills", campaigns.Sum(static campaign => campaign.Kills)),
            ("at named points", campaigns.SelectMany(static campaign => campaign.Reached.Values).Sum()),
            ("named points", CrashPoints.All.Count),
            ("named points not passed in time", campaigns.Sum(static campaign => campaign.NotReached)),
            ("stores deleted between starts", campaigns.Sum(static campaign => campaign.StoresDeleted)),
            ("requests answered", campaigns.Sum(static campaign => campaign.Answered)),
            ("requests cut off", campaigns.Sum(static campaign => campaign.Broken)),
            ("observations compared", campaigns.Sum(static campaign => campaign.Compared)),
            ("answered and lost", campaigns.Sum(static campaign => campaign.Lost)),
            ("observations on their way at a kill", campaigns.Sum(static campaign => campaign.WasInFlight)),
            ("observations sent again unchanged", campaigns.Sum(static campaign => campaign.Repeated)),
            ("observations with two starts", campaigns.Sum(static campaign => campaign.WithTwoStarts)),
        ];
        foreach (var (name, value) in figures)
        {
            log.WriteLine($"{name}: {value}");
        }

        foreach (var point in CrashPoints.All)
        {
            log.WriteLine($"{point}: {campaigns.Sum(campaign => campaign.Reached.GetValueOrDefault(point))}");
        }

        Soak.Report("kill -9 under load, at random moments and at named points", figures);
    }

    /// <summary>Every named point once and random moments between them, in random order; before some starts the store is deleted.</summary>
    private async Task RunCampaignAsync(int seed, bool isBackendWell, Action<KillCampaign> begun)
    {
        var random = new Random(seed);
        await using var langfuse = await LangfuseStandIn.StartAsync();
        using var end = new CancellationTokenSource();
        var trouble = isBackendWell ? Task.CompletedTask : TroubleAsync(langfuse, end.Token);
        await using var campaign = await KillCampaign.StartAsync(langfuse, seed, TimeSpan.FromSeconds(isBackendWell ? 30 : 1));
        begun(campaign);
        var clock = Stopwatch.StartNew();
        List<string> again = [];
        foreach (var point in Rounds(random))
        {
            if (random.Next(10) == 0)
            {
                campaign.DeleteStore();
            }

            if (point is null)
            {
                await campaign.KillAtRandomAsync();
            }
            else if (!await campaign.KillAtAsync(point, isAtOnce: false))
            {
                again.Add(point);
            }
        }

        foreach (var point in again)
        {
            for (var tries = 0; tries < MoreTries && !await campaign.KillAtAsync(point, isAtOnce: true); tries++)
            {
                // Once more.
            }
        }

        log.WriteLine($"seed {seed}: {campaign.Kills} kills in {clock.Elapsed.TotalSeconds:0.0} s");
        await end.CancelAsync();
        await trouble;
        langfuse.Recover();
        await campaign.MustHaveLostNothingAsync(isBackendWell);
        log.WriteLine(
            $"Langfuse {(isBackendWell ? "well" : "in trouble")}: compared after {clock.Elapsed.TotalSeconds:0.0} s, {campaign.Answered} requests answered, {campaign.Broken} cut off, {campaign.Repeated} observations sent again unchanged"
        );
    }

    /// <summary>Null stands for a random moment.</summary>
    private static IEnumerable<string?> Rounds(Random random)
    {
        string?[] rounds =
        [
            .. CrashPoints.All.Where(static point => point != CrashPoints.StartCatchUp),
            .. Enumerable.Repeat<string?>(null, RoundsInCampaign - CrashPoints.All.Count),
        ];
        random.Shuffle(rounds);
        // What was synced and nobody knew of is what the next start catches up on.
        return rounds.SelectMany(static point => point == CrashPoints.JournalSynced ? [point, CrashPoints.StartCatchUp] : new[] { point });
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
