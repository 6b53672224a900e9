using System.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>72 hours without a backend, on a clock moved by hand: the loop, its retries and its ledger on a real disk. Where much happens in an hour, 6 of them in the short form.</summary>
/// <remarks>
/// Traffic of 100 records/s makes about 60 observations/s. Here they come one in a thousand, and one in fifty in the long form: what is held in memory and how
/// often is asked does not depend on how many wait, as they wait on the other side of the feed.
/// </remarks>
[Collection(Undisturbed.Name)]
public sealed class LongOutageTests : IDisposable
{
    private const int Sessions = 50;
    private const double LiveSpeed = 60;
    private static readonly int Scale = 1_000 / Soak.Count(1, 20);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("claudebridge-");

    public static TheoryData<string> Kinds => ["503", "refused", "black hole", "slow", "flapping", "every other time"];

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait(Soak.Category, Soak.Name)]
    public async Task A_backend_that_is_away_for_three_days_costs_nothing_but_time(string kind)
    {
        var isAway = kind is "503" or "refused" or "black hole";
        var outage = TimeSpan.FromHours(isAway ? 72 : Soak.Count(6, 72));
        var clock = new ManualTimeProvider();
        var (feed, backend, log) = (new EndlessFeed(Sessions), new VirtualBackend(clock, Sessions), new TimedLog(clock));
        using var ledger = DeliveryLedger.Open(Path.Combine(_folder.FullName, "delivery.db"), clock);
        await using var loop = new DeliveryLoop(backend, feed, ledger, new DeliveryOptions(), clock, log);
        await loop.StartAsync(CancellationToken.None);
        await DrainedAsync(loop, clock);

        backend.Behave = Behaviour(kind, backend, clock);
        var began = clock.GetUtcNow();
        var memory = new List<long>();
        while (clock.GetUtcNow() - began < outage)
        {
            var before = (clock.GetUtcNow() - began).Ticks / (outage.Ticks / 3);
            await StepAsync(clock, () => !loop.Progress.IsDrained, backend);
            var elapsed = clock.GetUtcNow() - began;
            feed.GrowTo((long)(elapsed.TotalSeconds * LiveSpeed / Scale));
            if (memory.Count == 0 && elapsed > TimeSpan.FromHours(1) || elapsed.Ticks / (outage.Ticks / 3) > before)
            {
                memory.Add(GC.GetTotalMemory(forceFullCollection: true));
            }
        }

        var (owed, requests, most, lines) = (feed.LatestRevision - backend.Taken, backend.Requests, backend.MostInAnHour, log.Lines);
        backend.Behave = static _ => Task.FromResult(VirtualBackend.Well);
        var (back, real) = (clock.GetUtcNow(), Stopwatch.StartNew());
        await DrainedAsync(loop, clock);

        Soak.Report(
            $"backend away for {outage.TotalHours} h: {kind}",
            ("observations", feed.LatestRevision),
            ("lost", feed.LatestRevision - backend.Taken),
            ("out of order", backend.OutOfOrder),
            ("requests", requests),
            ("most requests in an hour of it", most),
            ("log lines", lines.Count),
            ("owed at the end of it", owed),
            ("virtual seconds to catch up", (int)(clock.GetUtcNow() - back).TotalSeconds),
            ("observations/s of real time while catching up", (int)(owed / real.Elapsed.TotalSeconds)),
            ("managed kB after an hour, a third, two thirds, all", string.Join(" ", memory.Select(static bytes => bytes / 1_000)))
        );
        backend.Taken.ShouldBe((int)feed.LatestRevision);
        (backend.Again, backend.OutOfOrder, loop.Progress.DeadLetters).ShouldBe((0, 0, 0));

        // In any ten minutes ten lines; of an outage without a break only its beginning is told.
        lines.ShouldAllBe(line => lines.Count(other => other >= line && other < line + TimeSpan.FromMinutes(10)) <= 10);
        lines.Count.ShouldBeLessThanOrEqualTo(isAway || kind == "slow" ? 2 : (int)outage.TotalMinutes);

        if (isAway)
        {
            most.ShouldBeLessThanOrEqualTo(170, "one try and one question a minute, some seconds earlier or later");
        }
        else
        {
            owed.ShouldBeLessThan((int)feed.LatestRevision / 10, "whoever takes something now and then is not kept at a crawl");
        }

        memory[^1].ShouldBeLessThan(memory[0] + 4_000_000, "what waits is not in memory");

        // The longest wait between two tries, and what it takes in steps from one observation to a whole batch.
        (clock.GetUtcNow() - back).ShouldBeLessThan(TimeSpan.FromMinutes(3));
        if (owed > 5_000)
        {
            (owed / real.Elapsed.TotalSeconds).ShouldBeGreaterThan(
                20 * LiveSpeed,
                "twenty times as fast as it comes, on a busy machine too"
            );
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Func<CancellationToken, Task<DeliveryVerdict>> Behaviour(string kind, VirtualBackend backend, ManualTimeProvider clock)
    {
        var down = new DeliveryVerdict(DeliveryOutcome.Retry, 503);
        return kind switch
        {
            "503" => _ => Task.FromResult(down),
            "refused" => static _ => Task.FromResult(DeliveryVerdict.NoAnswer("no connection can be made")),
            "black hole" => async cancel =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancel);
                return down;
            },
            "slow" => async cancel =>
            {
                await Task.Delay(TimeSpan.FromSeconds(29), clock, cancel);
                return VirtualBackend.Well;
            },
            "flapping" => _ => Task.FromResult(clock.GetUtcNow().Minute % 10 == 0 ? VirtualBackend.Well : down),
            _ => _ => Task.FromResult(backend.Requests % 2 == 0 ? VirtualBackend.Well : down),
        };
    }

    /// <summary>Lets the loop do what it can do now, and moves the clock to what is due next, for at most a minute.</summary>
    /// <remarks>As long as something is owed the loop waits for the clock sooner or later. Moved too early, the clock makes a request late: that proves less, and harms nothing.</remarks>
    private static async Task StepAsync(ManualTimeProvider clock, Func<bool> isOwed, VirtualBackend backend)
    {
        var waited = Stopwatch.StartNew();
        for (var (quiet, last) = (0, (0, (TimeSpan?)null, 0)); quiet < 8 && waited.Elapsed < TimeSpan.FromSeconds(1); )
        {
            await Task.Yield();
            Thread.Yield();
            var now = (clock.PendingTimers, clock.NextDue, backend.Requests);
            quiet = now == last && (now.PendingTimers > 0 || !isOwed()) ? quiet + 1 : 0;
            last = now;
        }

        var due = clock.NextDue ?? TimeSpan.FromMinutes(1);
        clock.Advance(due < TimeSpan.FromMinutes(1) ? due : TimeSpan.FromMinutes(1));
    }

    private static async Task DrainedAsync(DeliveryLoop loop, ManualTimeProvider clock)
    {
        var limit = Stopwatch.StartNew();
        while (!loop.Progress.IsDrained || loop.Progress.State != DeliveryState.Running)
        {
            limit.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2), loop.Progress.ToString());
            // Requests take no virtual time here: while things move, the clock stands.
            var delivered = loop.Progress.DeliveredUpTo;
            await Task.Delay(5);
            if (loop.Progress.DeliveredUpTo == delivered && clock.NextDue is { } due && due < TimeSpan.FromSeconds(61))
            {
                clock.Advance(due);
            }
        }
    }

    /// <summary>When something was logged.</summary>
    private sealed class TimedLog(TimeProvider clock) : ILogger
    {
        private readonly Lock _gate = new();
        private readonly List<DateTimeOffset> _lines = [];

        public IReadOnlyList<DateTimeOffset> Lines
        {
            get
            {
                lock (_gate)
                {
                    return [.. _lines];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            lock (_gate)
            {
                _lines.Add(clock.GetUtcNow());
            }
        }
    }
}
