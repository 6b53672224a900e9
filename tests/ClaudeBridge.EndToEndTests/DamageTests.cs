using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>Whichever one file of a data folder is damaged, the bridge starts, shows what it showed, and sends nothing under another identity.</summary>
public sealed class DamageTests : IDisposable
{
    private static readonly string[] Names =
    [
        "2.1.329-subagent-http-json",
        "2.1.329-plain-answer-grpc",
        "2.1.329-background-agent-http-protobuf",
    ];

    private readonly TemporaryFolder _copies = new();

    public void Dispose() => _copies.Dispose();

    [Fact]
    [Trait(Soak.Category, Soak.Name)]
    public async Task Damage_to_any_file_costs_no_more_than_that_file()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings(langfuse, quiet: TimeSpan.FromSeconds(2));
        await using var first = await BridgeProcess.StartAsync(settings);
        var before = await DeliverAsync(first, langfuse);
        var rows = Shown.Rows(langfuse.Table.Observations);
        var count = Soak.Count(inSuite: 4, inSoak: 300);
        foreach (var (name, value) in BridgeProcess.Settings(langfuse))
        {
            settings[name] = value;
        }

        for (var seed = 0; seed < count; seed++)
        {
            var folder = _copies[$"{seed}"];
            Copy(first.Folder, folder);
            var damage = RandomDamage.Of(folder, seed);
            await using (var bridge = await BridgeProcess.StartAsync(settings, folder))
            {
                var name = $"after-{seed}";
                using (var client = new OtlpClient(bridge))
                {
                    await client.SendAllAsync(new Turns(name).Requests(0));
                }

                await Wait.UntilAsync(
                    "what is new is delivered",
                    () => Rows(langfuse, $"{name}-0") == 4,
                    state: () => $"{damage}: {bridge.Errors}"
                );
                var after = await Shown.OnceAsync(folder, shown => shown.HasAllOf(before));
                foreach (var (session, tree) in before.Trees)
                {
                    after.Trees.GetValueOrDefault(session).ShouldBe(tree, $"{damage}: {bridge.Errors}");
                }

                (await bridge.TerminateAsync()).ShouldBe(0, $"{damage}: {bridge.Errors}");
            }

            langfuse.MustBeConsistent();
            Shown
                .Rows(langfuse.Table.Observations.Where(static row => !row.SessionId.StartsWith("after-", StringComparison.Ordinal)))
                .MustBe(rows);
            Directory.Delete(folder, recursive: true);
        }

        Soak.Report(
            "random damage to a random file, then a start",
            ("damages", count),
            ("starts refused", 0),
            ("observations lost or doubled", 0)
        );
    }

    private static async Task<Shown> DeliverAsync(BridgeProcess bridge, LangfuseStandIn langfuse)
    {
        var recordings = Names.Select(Recording.Open).ToList();
        using var client = new OtlpClient(bridge);
        foreach (var recording in recordings)
        {
            await client.SendAllAsync(WireRequest.Of(recording));
        }

        var shown = await Shown.OfReplayAsync([.. recordings.Select(static recording => recording.Folder)]);
        await langfuse.MustHoldAsync(shown);
        await Shown.MustBecomeAsync(bridge.Folder, shown);
        await bridge.KillAsync();
        return shown;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.GetDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }

    private static int Rows(LangfuseStandIn langfuse, string session) => langfuse.Table.Observations.Count(row => row.SessionId == session);
}
