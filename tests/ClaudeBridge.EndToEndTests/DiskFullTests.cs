using System.Diagnostics;
using System.Net;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The real program on a real file system that runs full, and has room again.</summary>
public sealed class DiskFullTests(ITestOutputHelper log)
{
    private const int Unavailable = 14;

    /// <summary>It is well within five seconds; what is added is for a machine that has much else to do.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(5 + 10);

    [Fact]
    [Trait(Soak.Category, Soak.Name)]
    public async Task A_full_disk_is_told_to_every_sender_and_passes_by_itself_with_nothing_lost()
    {
        using var disk = SmallDisk.MountOrSkip(megabytes: 48);
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings(langfuse);
        settings["ClaudeBridge__Receivers__HoldFor"] = "00:00:01";
        await using var bridge = await BridgeProcess.StartAsync(settings, disk["data"]);
        using var client = new OtlpClient(bridge);
        Sender[] senders = [new("http-1", Transport.Http), new("http-2", Transport.Http), new("grpc-1", Transport.Grpc)];
        using var end = new CancellationTokenSource();
        var sending = Task.WhenAll(senders.Select(sender => sender.RunAsync(client, end.Token)));
        await Wait.UntilAsync("all are served", () => senders.All(static sender => sender.Answered.Count > 3));

        var rounds = Soak.Count(inSuite: 2, inSoak: 100);
        var slowest = TimeSpan.Zero;
        var memory = new List<long>();
        for (var round = 0; round < rounds; round++)
        {
            disk.Fill();
            var told = senders.Sum(static sender => sender.Told);
            await Wait.UntilAsync(
                "all are told",
                () => senders.All(static sender => sender.ToldInARow > 1) && senders.Sum(static sender => sender.Told) > told + 20,
                state: () => string.Join(", ", senders.Select(static sender => $"{sender.Answered.Count}/{sender.Told}")) + bridge.Errors
            );
            await Task.Delay(Soak.IsLong ? 5000 : 1000);
            memory.Add(bridge.Memory);
            disk.Free();
            slowest = Max(slowest, await UntilWellAsync(bridge));
        }

        await Wait.UntilAsync("all are served again", () => senders.All(static sender => sender.ToldInARow == 0));
        await end.CancelAsync();
        await sending;
        foreach (var sender in senders)
        {
            await sender.FinishTurnAsync(client);
        }

        var expected = await Shown.OfReplayAsync(senders.SelectMany(static sender => sender.Answered));
        await langfuse.MustHoldAsync(expected);
        await Shown.MustBecomeAsync(bridge.Folder, expected);
        memory.Max().ShouldBeLessThan(memory[0] + 128 * 1024 * 1024);
        // One line a minute of each part that writes, and no more.
        bridge
            .Errors.Split('\n')
            .Count(static line => line.Contains("cannot be written", StringComparison.Ordinal))
            .ShouldBeLessThan(10 + rounds);
        var answered = senders.Sum(static sender => sender.Answered.Count);
        var refused = senders.Sum(static sender => sender.Told);
        log.WriteLine(
            $"{answered} answered, {refused} told to come back, well again after {slowest.TotalSeconds:0.0} s, {memory.Max() >> 20} MB\n{bridge.Errors}"
        );
        Soak.Report(
            "the disk full under load and free again, the real program on a small file system",
            ("rounds", rounds),
            ("answered", answered),
            ("told to come back", refused),
            ("lost", 0),
            ("slowest recovery in s", Math.Round(slowest.TotalSeconds, 1))
        );
    }

    [Fact]
    public async Task A_call_over_gRPC_is_held_and_answered_when_there_is_room_and_without_traffic_all_is_well_again()
    {
        using var disk = SmallDisk.MountOrSkip(megabytes: 32);
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(), disk["data"]);
        using var patient = new OtlpClient(bridge, ("grpc-timeout", "25S"));
        using var client = new OtlpClient(bridge);
        var requests = new Turns("held").Requests(0).ToArray();
        await client.SendAllAsync(requests[..1]);
        disk.Fill();
        var answered = await SendUntilRefusedAsync(client);
        var held = patient.SendAsync(requests[1].OverGrpc());
        await Wait.UntilAsync("it says that it cannot write", async () => !await IsWellAsync(bridge));
        held.IsCompleted.ShouldBeFalse();

        disk.Free();
        var took = await UntilWellAsync(bridge);

        (await held).Code.ShouldBe(0);
        (await client.SendAsync(requests[2])).Code.ShouldBe(200);
        log.WriteLine($"well again after {took.TotalSeconds:0.0} s");
        await Shown.MustBecomeAsync(bridge.Folder, await Shown.OfReplayAsync([.. requests, .. answered]));
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
    }

    [Fact]
    public async Task A_bridge_that_starts_on_a_full_disk_after_a_crash_says_so_and_works_once_there_is_room()
    {
        using var disk = SmallDisk.MountOrSkip(megabytes: 16);
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(), disk["data"]);
        var requests = await SendOneTurnAsync(bridge);
        await bridge.KillAsync();
        disk.Fill();
        await bridge.RestartAsync();
        await Wait.UntilAsync("it says that it cannot write", async () => !await IsWellAsync(bridge), state: () => bridge.Errors);
        disk.Free();

        var took = await UntilWellAsync(bridge);

        log.WriteLine($"well again after {took.TotalSeconds:0.0} s");
        bridge.Errors.ShouldContain("disk is full");
        await Shown.MustBecomeAsync(bridge.Folder, await Shown.OfReplayAsync(requests));
    }

    [Fact]
    public async Task A_bridge_that_starts_on_a_full_disk_after_an_orderly_end_tells_every_sender_to_come_back_and_works_once_there_is_room()
    {
        using var disk = SmallDisk.MountOrSkip(megabytes: 16);
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings(), disk["data"]);
        var requests = await SendOneTurnAsync(bridge);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        disk.Fill();
        await LaunchWithoutRoomAsync(bridge);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        await LaunchWithoutRoomAsync(bridge);
        var late = new Turns("late").Requests(0).ToArray();
        using (var client = new OtlpClient(bridge))
        using (var caller = new OtlpClient(bridge, ("grpc-timeout", "1S")))
        {
            var answer = await client.SendAsync(late[0]);
            answer.Code.ShouldBe(503, answer.Text);
            answer.RetryAfter.ShouldNotBeNull();
            (await caller.SendAsync(late[0].OverGrpc())).Code.ShouldBe(Unavailable);
        }

        (await bridge.ProbeAsync("/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await bridge.HealthAsync()).GetProperty("status").GetString().ShouldBe("down");
        bridge.Errors.ShouldContain("its disk is full");
        disk.Free();

        var took = await UntilReadyAsync(bridge);

        log.WriteLine($"ready after {took.TotalSeconds:0.0} s\n{bridge.Errors}");
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync(late);
        }

        await Shown.MustBecomeAsync(bridge.Folder, await Shown.OfReplayAsync([.. requests, .. late]));
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
    }

    private static async Task<WireRequest[]> SendOneTurnAsync(BridgeProcess bridge)
    {
        using var client = new OtlpClient(bridge);
        var requests = new Turns("one").Requests(0).ToArray();
        await client.SendAllAsync(requests);
        return requests;
    }

    private static async Task LaunchWithoutRoomAsync(BridgeProcess bridge)
    {
        bridge.LaunchAgain();
        await Wait.UntilAsync(
            "it is alive",
            async () =>
                bridge.HasExited
                    ? throw new InvalidOperationException($"It ended: {bridge.Errors}")
                    : await bridge.ProbeAsync("/livez") == HttpStatusCode.OK,
            state: () => bridge.Errors
        );
    }

    private static async Task<TimeSpan> UntilReadyAsync(BridgeProcess bridge)
    {
        var since = Stopwatch.GetTimestamp();
        await Wait.UntilAsync("it is ready", async () => await bridge.ProbeAsync() == HttpStatusCode.OK, Recovery, () => bridge.Errors);
        return Stopwatch.GetElapsedTime(since);
    }

    private static async Task<TimeSpan> UntilWellAsync(BridgeProcess bridge)
    {
        var since = Stopwatch.GetTimestamp();
        await Wait.UntilAsync("all is well again", () => IsWellAsync(bridge), Recovery, () => bridge.Errors);
        return Stopwatch.GetElapsedTime(since);
    }

    /// <summary>The last page of a file that is open still takes something on a full disk.</summary>
    private static async Task<List<WireRequest>> SendUntilRefusedAsync(OtlpClient client)
    {
        var answered = new List<WireRequest>();
        var turns = new Turns("until-full");
        for (var turn = 0; ; turn++)
        {
            turn.ShouldBeLessThan(100, "nothing is refused");
            foreach (var request in turns.Requests(turn))
            {
                if ((await client.SendAsync(request)).Code == 503)
                {
                    return answered;
                }

                answered.Add(request);
            }
        }
    }

    /// <summary>Journal, receivers and store; nothing was sent to make them see it.</summary>
    private static async Task<bool> IsWellAsync(BridgeProcess bridge)
    {
        var health = await bridge.HealthAsync();
        return health
            .GetProperty("components")
            .EnumerateArray()
            .Where(static part => part.GetProperty("name").GetString() is "journal" or "receivers" or "store")
            .All(static part => part.GetProperty("status").GetString() == "ok");
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>Sends turns one request after another; what was refused is sent again, as a client does it.</summary>
    private sealed class Sender(string name, Transport transport)
    {
        private readonly Turns _turns = new(name);
        private readonly List<WireRequest> _answered = [];
        private readonly Queue<WireRequest> _next = new();
        private int _turn;
        private volatile int _told;
        private volatile int _toldInARow;

        public List<WireRequest> Answered => _answered;

        public int Told => _told;

        public int ToldInARow => _toldInARow;

        public async Task RunAsync(OtlpClient client, CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                await SendNextAsync(client);
                await Task.Delay(20, CancellationToken.None);
            }
        }

        public async Task FinishTurnAsync(OtlpClient client)
        {
            while (_next.Count > 0)
            {
                await SendNextAsync(client);
            }
        }

        private async Task SendNextAsync(OtlpClient client)
        {
            if (_next.Count == 0)
            {
                foreach (var request in _turns.Requests(_turn++))
                {
                    _next.Enqueue(request);
                }
            }

            var next = _next.Peek();
            var answer = await client.SendAsync(transport == Transport.Grpc ? next.OverGrpc() : next);
            if (answer.Code is 503 or Unavailable)
            {
                (_told, _toldInARow) = (_told + 1, _toldInARow + 1);
                return;
            }

            answer.IsAccepted.ShouldBeTrue($"{next.Name}: {answer.Code} {answer.Text}");
            _toldInARow = 0;
            _answered.Add(_next.Dequeue());
        }
    }
}
