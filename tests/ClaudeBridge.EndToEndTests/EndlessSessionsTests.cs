using System.Diagnostics;
using System.Globalization;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>A sender whose every record has a session, a user, a model, a tool, a prompt and a label of its own: a million of them in the long form.</summary>
[Trait(Soak.Category, Soak.Name)]
public sealed class EndlessSessionsTests(ITestOutputHelper log)
{
    private const int InOneBody = 100;

    /// <summary>Measured so many times while they come.</summary>
    private const int Parts = 4;

    /// <summary>All that the runtime may have for objects, in bytes, from the first session to the last.</summary>
    private const long Heap = 160 * 1024 * 1024;

    /// <summary>With what the database and the runtime itself need beside it, whatever the number of sessions.</summary>
    private const long Held = Heap + (120 * 1024 * 1024);

    /// <summary>A session may leave so much behind in memory, in bytes; a name of it that is remembered takes more.</summary>
    private const int MostOfOne = 40;

    /// <summary>What is held goes up and down by so much, in bytes, as caches fill and are emptied.</summary>
    private const long Swing = 24 * 1024 * 1024;

    private static readonly int Sessions = Soak.Count(inSuite: 3_200, inSoak: 1_000_000);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(Soak.IsLong ? 60 : 3);
    private static readonly DateTimeOffset Begin = TimeProvider.System.GetUtcNow().AddHours(-1);

    [Fact]
    public async Task However_many_sessions_come_memory_stays_bounded_and_all_of_them_are_delivered()
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var tally = langfuse.Table.Tally = new SpanTally(Sessions, EndlessSessions.NumberOf);
        var settings = BridgeProcess.Settings(langfuse);
        // A runtime that has much memory takes its time to give it back, which looks like growth.
        settings["DOTNET_GCHeapHardLimit"] = Heap.ToString("x", CultureInfo.InvariantCulture);
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using var client = new OtlpClient(bridge);
        var watch = Stopwatch.StartNew();
        List<long> memory = [];
        List<double> seconds = [];
        List<double> processor = [];
        for (var part = 0; part < Parts; part++)
        {
            var (began, used) = (watch.Elapsed, bridge.ProcessorTime);
            for (var first = part * Sessions / Parts; first < (part + 1) * Sessions / Parts; first += InOneBody)
            {
                await client.SendAllAsync([Logs(first), Metrics(first)]);
            }

            var sent = (watch.Elapsed - began).TotalSeconds;

            var expected = (part + 1) * Sessions / Parts * EndlessSessions.Observations;
            await Wait.UntilAsync(
                "all of them are delivered",
                () => tally.Count >= expected,
                Patience,
                () => $"{tally.Count} of {expected}; {bridge.Errors}"
            );
            memory.Add(bridge.HeldMemory);
            seconds.Add((watch.Elapsed - began).TotalSeconds);
            processor.Add((bridge.ProcessorTime - used).TotalSeconds);
            log.WriteLine(
                Invariant(
                    $"{expected / EndlessSessions.Observations} sessions: {memory[^1] / 1048576} MiB, sent in {sent:0.0} s, delivered in {seconds[^1]:0.0} s, {processor[^1]:0.0} s of processor"
                )
            );
        }

        var slowest = await LookAsync(bridge);
        memory.Add(bridge.HeldMemory);
        Soak.Report(
            "sessions, users, models, tools and labels that never come twice",
            ("sessions", Sessions),
            ("observations delivered", tally.Count),
            ("sent again as they were", tally.Repeated),
            ("MiB held after each quarter, and after looking", string.Join(" ", memory.Select(static bytes => bytes / 1048576))),
            ("seconds for each quarter", string.Join(" ", seconds.Select(static one => (int)one))),
            ("slowest answer", slowest)
        );

        tally.Count.ShouldBe(Sessions * EndlessSessions.Observations);
        tally.Strange.ShouldBe(0, "no observation has two rows, and none is of another session");
        memory.Max().ShouldBeLessThan(Held);
        if (Soak.IsLong)
        {
            // In the short form caches are still being filled.
            (memory[Parts - 1] - memory[1]).ShouldBeLessThan(Swing + ((long)MostOfOne * Sessions / 2), "it stays as it is");
        }

        processor[^1].ShouldBeLessThan(3 * processor[1], "the last sessions cost what the first ones did");
    }

    /// <summary>Every page and list over all of it.</summary>
    private async Task<string> LookAsync(BridgeProcess bridge)
    {
        var (slowest, longest) = ("", TimeSpan.Zero);
        foreach (
            var path in (string[])
                [
                    "/metrics",
                    "/metrics",
                    "/",
                    "/?range=90d",
                    "/turns",
                    "/sessions",
                    "/members",
                    "/status",
                    "/api/overview",
                    "/api/values",
                    "/api/members",
                    "/api/sessions?order=cost",
                    "/api/traces?q=prompt",
                    "/api/totals?by=user",
                    "/api/totals?by=session",
                ]
        )
        {
            var began = Stopwatch.GetTimestamp();
            var page = await bridge.PageAsync(path);
            var took = Stopwatch.GetElapsedTime(began);
            log.WriteLine(Invariant($"{path}: {took.TotalMilliseconds:0} ms, {page.Length} characters, {bridge.HeldMemory / 1048576} MiB"));
            page.Length.ShouldBeLessThan(8_000_000, path);
            if (took > longest)
            {
                (slowest, longest) = (Invariant($"{path} {took.TotalMilliseconds:0} ms"), took);
            }
        }

        longest.ShouldBeLessThan(TimeSpan.FromSeconds(10), slowest);
        return slowest;
    }

    private static WireRequest Logs(int first) =>
        WireRequest.Json(Signal.Logs, EndlessSessions.Logs(first, InOneBody, Begin), $"logs from {first}");

    private static WireRequest Metrics(int first) =>
        WireRequest.Json(Signal.Metrics, EndlessSessions.Metrics(first, InOneBody, Begin), $"metrics from {first}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
