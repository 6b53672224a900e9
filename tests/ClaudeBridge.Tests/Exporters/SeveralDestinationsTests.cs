using System.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>Two destinations over one feed and one ledger, in real time over real sockets: what happens to one is nothing to the other.</summary>
[Collection(Undisturbed.Name)]
public sealed class SeveralDestinationsTests : IAsyncDisposable
{
    private const int Backlog = 5_000;
    private static readonly int Turns = Soak.Count(60, 1_000);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("claudebridge-");
    private readonly List<IAsyncDisposable> _parts = [];

    public static TheoryData<string> Kinds => ["503", "refused", "black hole", "slow", "catching up"];

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait(Soak.Category, Soak.Name)]
    public async Task One_in_trouble_with_a_backlog_does_not_delay_the_other(string kind)
    {
        // The same way with the other one well: what this machine takes just now.
        var control = await DelaysAsync(null);
        var delays = await DelaysAsync(kind);

        Soak.Report(
            $"one destination: {kind}, the other's delay",
            ("observations", Turns),
            ("median ms", Math.Round(Middle(delays).TotalMilliseconds, 1)),
            ("slowest of ten, ms", Math.Round(Late(delays).TotalMilliseconds, 1)),
            ("median ms without", Math.Round(Middle(control).TotalMilliseconds, 1)),
            ("slowest of ten without, ms", Math.Round(Late(control).TotalMilliseconds, 1))
        );

        // Generous for a busy machine; an attempt, a retry or a wait of the other one's would take a second and more.
        Middle(delays).ShouldBeLessThan((Middle(control) * 4) + TimeSpan.FromMilliseconds(150));
        Late(delays).ShouldBeLessThan((Late(control) * 4) + TimeSpan.FromMilliseconds(500));
    }

    public async ValueTask DisposeAsync()
    {
        _parts.Reverse();
        foreach (var part in _parts)
        {
            await part.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>From an observation's becoming settled until the well destination has it.</summary>
    private async Task<IReadOnlyList<TimeSpan>> DelaysAsync(string? trouble)
    {
        var feed = new EndlessFeed(sessions: 20);
        using var ledger = DeliveryLedger.Open(Path.Combine(_folder.FullName, $"{trouble ?? "control"}.db"), TimeProvider.System);
        var (well, poor) = (await LangfuseStandIn.StartAsync(), await LangfuseStandIn.StartAsync());
        var front = FaultyFront.Of(poor.Address);
        _parts.AddRange([well, poor, front]);
        var first = Start(feed, ledger, well.Address);
        var second = trouble is null ? null : Start(feed, ledger, front.Address);
        Fail(trouble, front, poor);
        if (trouble is not null)
        {
            feed.GrowTo(Backlog);
        }

        await UntilAsync(() => first.Progress.IsDrained);
        if (trouble == "catching up")
        {
            front.Recover();
        }

        var delays = new List<TimeSpan>();
        for (var turn = 1; turn <= Turns; turn++)
        {
            var (began, latest) = (Stopwatch.StartNew(), feed.LatestRevision + 1);
            feed.GrowTo(latest);
            await UntilAsync(() => first.Progress.DeliveredUpTo >= latest);
            delays.Add(began.Elapsed);
            await Task.Delay(5);
        }

        second?.Progress.Delivered.ShouldBeLessThan(trouble == "catching up" ? long.MaxValue : Backlog, "it was in trouble all the time");
        await first.StopAsync(CancellationToken.None);
        await (second?.StopAsync(new CancellationToken(canceled: true)) ?? Task.CompletedTask);
        return delays;
    }

    private static void Fail(string? trouble, FaultyFront front, LangfuseStandIn poor)
    {
        switch (trouble)
        {
            case "503":
                front.Answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
                break;
            case "refused" or "catching up":
                front.Refuse();
                break;
            case "black hole":
                front.Hang();
                break;
            case "slow":
                poor.Delay = TimeSpan.FromSeconds(5);
                break;
        }
    }

    private DeliveryLoop Start(EndlessFeed feed, DeliveryLedger ledger, Uri address)
    {
        var options = new LangfuseOptions
        {
            PublicKey = "pk-lf-stand-in",
            SecretKey = "sk-lf-stand-in",
            Host = address.ToString(),
            Transport = LangfuseTransport.Otlp,
            // More often than anyone would ask: trouble costs what it costs many times.
            RetryDelay = TimeSpan.FromMilliseconds(20),
            OutageWait = TimeSpan.FromMilliseconds(20),
            MaxOutageWait = TimeSpan.FromMilliseconds(20),
            AttemptTimeout = TimeSpan.FromSeconds(20),
        };
        var http = new HttpClient(LangfuseClient.CreateHandler(options));
        var settings = Microsoft.Extensions.Options.Options.Create(options);
        var client = new LangfuseClient(http, settings, TimeProvider.System);
        var server = new LangfuseServer(client, settings, TimeProvider.System, NullLogger<LangfuseServer>.Instance);
        var loop = new DeliveryLoop(
            new LangfuseDestination(client, server, settings),
            feed,
            ledger,
            options,
            TimeProvider.System,
            NullLogger.Instance
        );
        _parts.Add(loop);
        _ = loop.StartAsync(CancellationToken.None);
        return loop;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        var waited = Stopwatch.StartNew();
        while (!holds())
        {
            waited.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1));
            await Task.Delay(1);
        }
    }

    private static TimeSpan Middle(IReadOnlyList<TimeSpan> delays) => delays.Order().ElementAt(delays.Count / 2);

    private static TimeSpan Late(IReadOnlyList<TimeSpan> delays) => delays.Order().ElementAt(delays.Count * 9 / 10);
}
