using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Json;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;

namespace ClaudeBridge.EndToEndTests;

/// <summary>A bridge in 128 MB, and more senders of large bodies than it has memory for.</summary>
[Trait(Soak.Category, Soak.Name)]
public sealed class MemoryLimitTests(ITestOutputHelper log)
{
    private const long Limit = 128 * 1024 * 1024;
    private const int Senders = 200;
    private const int BodyBytes = 4_000_000;
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    /// <summary>So often an exporter comes again at most: for about a minute.</summary>
    private const int MostTries = 30;

    /// <summary>What the process may have for itself once all is over; it has about a fifth of that when it starts.</summary>
    private const long HeldAfterwards = 88 * 1024 * 1024;

    [Fact]
    public async Task With_128_MB_it_refuses_two_hundred_senders_of_4_MB_before_it_dies_and_serves_a_small_one()
    {
        using var group = MemoryGroup.Create(Limit);
        await using var langfuse = await LangfuseStandIn.StartAsync();
        var settings = BridgeProcess.Settings(langfuse);
        settings["ClaudeBridge__Receivers__AppendTimeout"] = "00:00:05";
        // As the image sets it: code that counts how often it runs, to be compiled once more, takes some MB.
        settings["DOTNET_TieredPGO"] = "0";
        if (group.Members is null)
        {
            log.WriteLine("No control group can be made here: the runtime's own limit stands in, which does not count what is no heap.");
            settings["DOTNET_GCHeapHardLimit"] = (Limit * 3 / 4).ToString("x", CultureInfo.InvariantCulture);
        }

        await using var bridge = await BridgeProcess.StartAsync(settings, memory: group);
        var atRest = bridge.HeldMemory;
        var bodies = Bodies();
        var answers = new Answers();
        var storm = TimeSpan.FromSeconds(Soak.Count(inSuite: 5, inSoak: 120));
        using var end = new CancellationTokenSource();

        var large = Task.WhenAll(
            Enumerable.Range(0, Senders).Select(number => SendLargeAsync(bridge, bodies[number % bodies.Count], answers, end.Token))
        );
        var watching = WatchAsync(bridge, end.Token);
        var small = new TurnSender("small", TimeSpan.FromMilliseconds(50));
        using var client = new OtlpClient(bridge);
        var began = TimeProvider.System.GetTimestamp();
        // On a busy machine the senders themselves take long: the storm goes on until the small one has had its chance.
        while (
            TimeProvider.System.GetElapsedTime(began) is var past
            && (past < storm || small.Answered.Count < 10 && past < storm + LongestStart)
        )
        {
            // It ends when it is turned away, and comes again.
            using var turn = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await small.RunAsync(client, turn.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }

        await end.CancelAsync();
        await large;
        var held = await watching;
        log.WriteLine(answers.ToString());
        log.WriteLine(
            $"held at most {Mebibytes(held)}, at rest before {Mebibytes(atRest)}; peak of the group with its files {Mebibytes(group.Peak ?? 0)}; small: {small.Answered.Count} answered, {small.TurnedAway} turned away"
        );

        bridge.HasExited.ShouldBeFalse(bridge.Errors);
        group.Ended.ShouldBe(0);
        answers.Refused.ShouldBePositive("it refuses");
        answers.Strange.ShouldBeEmpty("it says no in the words of each protocol, and when to come again");
        // Who is refused has five seconds to end its body; on a busy machine two hundred of them do not all manage that.
        answers.CutOff.ShouldBeLessThanOrEqualTo(answers.All / 20, answers.ToString());
        small.Answered.Count.ShouldBeGreaterThan(small.TurnedAway, "a small sender gets through meanwhile");
        small.Broken.ShouldBe(0);
        held.ShouldBeLessThan(Limit, "what the process has for itself: the pages of the program's own files can be given back");

        await small.FinishTurnAsync(client);
        var turns = small.Answered.Count / new Turns("").Requests(0).Count();
        await UntilDeliveredAsync(langfuse, bridge, "small", turns);

        // One at a time there is room for each of them.
        var afterwards = new Answers();
        foreach (var body in bodies)
        {
            var answer = await client.SendAsync(body);
            // What the one before left behind may still be cleared away: an exporter comes again.
            for (var again = 0; again < MostTries && !answer.IsAccepted; again++)
            {
                await Task.Delay(answer.RetryAfter ?? TimeSpan.FromSeconds(2));
                answer = await client.SendAsync(body);
            }

            afterwards.Add(body.Transport, answer);
            if (answer.IsAccepted)
            {
                await UntilDeliveredAsync(langfuse, bridge, body.Name.Split(' ')[0], TurnsIn(body));
            }
        }

        log.WriteLine($"one at a time: {afterwards}");
        afterwards.Strange.ShouldBeEmpty();
        afterwards.CutOff.ShouldBe(0);
        afterwards.Taken.ShouldBe(bodies.Count, $"{afterwards}");
        bridge.HasExited.ShouldBeFalse(bridge.Errors);
        if (group.Held is not null)
        {
            await Wait.UntilAsync("memory comes back", () => group.Held < HeldAfterwards, state: () => Mebibytes(group.Held ?? 0));
            log.WriteLine($"held afterwards: {Mebibytes(group.Held.Value)}");
        }

        group.Ended.ShouldBe(0);
        Soak.Report(
            "a container of 128 MB under 200 senders of 4 MB bodies",
            ("large bodies taken in the storm", answers.Taken),
            ("large bodies refused", answers.Refused),
            ("answers cut off", answers.CutOff),
            ("of 8 sent one at a time afterwards, taken", afterwards.Taken),
            ("small requests answered meanwhile", small.Answered.Count),
            ("most MB held by the process", held / 1_000_000),
            ("ended by the system", group.Ended),
            ("with a control group", group.Members is not null)
        );
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
    }

    private static Task UntilDeliveredAsync(LangfuseStandIn langfuse, BridgeProcess bridge, string name, int turns) =>
        Wait.UntilAsync(
            $"{turns} turns of '{name}' are delivered",
            () =>
                langfuse
                    .Table.Observations.Where(row => row.SessionId.Split('-')[0] == name)
                    .Select(static row => row.TraceId)
                    .Distinct()
                    .Count() >= turns,
            TimeSpan.FromMinutes(1),
            state: () => bridge.Errors
        );

    private static int TurnsIn(WireRequest body) =>
        OtlpDecoder
            .Decode(Signal.Logs, body.Encoding, body.IsGzip ? Unzip(body.Body) : body.Body)
            .Logs!.ResourceLogs.SelectMany(static resource => resource.ScopeLogs)
            .SelectMany(static scope => scope.LogRecords)
            .SelectMany(static record => record.Attributes)
            .Where(static attribute => attribute.Key == "prompt.id")
            .Select(static attribute => attribute.Value.StringValue)
            .Distinct()
            .Count();

    /// <summary>The most that the process held for itself until the end.</summary>
    private static async Task<long> WatchAsync(BridgeProcess bridge, CancellationToken end)
    {
        var most = 0L;
        while (!end.IsCancellationRequested && !bridge.HasExited)
        {
            most = Math.Max(most, bridge.HeldMemory);
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }

        return most;
    }

    private static async Task SendLargeAsync(BridgeProcess bridge, WireRequest body, Answers answers, CancellationToken end)
    {
        using var client = new OtlpClient(bridge);
        while (!end.IsCancellationRequested)
        {
            try
            {
                answers.Add(body.Transport, await client.SendAsync(body));
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
            {
                answers.AddCutOff();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), CancellationToken.None);
        }
    }

    /// <summary>Every encoding and protocol, with very many records and with very long texts; sessions of their own.</summary>
    private static List<WireRequest> Bodies()
    {
        List<WireRequest> bodies = [];
        foreach (var (name, promptLength) in new[] { ("many", 4), ("long", 100_000) })
        {
            var protobuf = Merge(name, promptLength, static (_, logs) => logs.CalculateSize()).ToByteArray();
            var json = Json(Merge(name, promptLength, static (request, _) => request.Body.Length));
            bodies.Add(new(Transport.Http, Signal.Logs, OtlpEncoding.Protobuf, protobuf, IsGzip: false, $"{name} protobuf"));
            bodies.Add(new(Transport.Grpc, Signal.Logs, OtlpEncoding.Protobuf, protobuf, IsGzip: false, $"{name} grpc"));
            bodies.Add(new(Transport.Http, Signal.Logs, OtlpEncoding.Json, json, IsGzip: false, $"{name} json"));
            bodies.Add(new(Transport.Http, Signal.Logs, OtlpEncoding.Protobuf, Zip(protobuf), IsGzip: true, $"{name} gzip"));
        }

        return bodies;
    }

    private static ExportLogsServiceRequest Merge(string name, int promptLength, Func<WireRequest, ExportLogsServiceRequest, int> size)
    {
        var all = new ExportLogsServiceRequest();
        var turns = new Turns(name, promptLength);
        for (var (turn, bytes) = (0, 0); bytes < BodyBytes - promptLength; turn++)
        {
            foreach (var request in turns.Requests(turn))
            {
                var logs = OtlpDecoder.Decode(Signal.Logs, OtlpEncoding.Json, request.Body).Logs!;
                all.ResourceLogs.Add(logs.ResourceLogs);
                bytes += size(request, logs);
            }
        }

        return all;
    }

    private static byte[] Json(ExportLogsServiceRequest logs)
    {
        var json = new ArrayBufferWriter<byte>();
        OtlpJsonWriter.Write(json, OtlpDecoder.Decode(Signal.Logs, OtlpEncoding.Protobuf, logs.ToByteArray()));
        return json.WrittenSpan.ToArray();
    }

    private static byte[] Zip(byte[] body)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return memory.ToArray();
    }

    private static byte[] Unzip(byte[] body)
    {
        using var memory = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        gzip.CopyTo(memory);
        return memory.ToArray();
    }

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0} MiB");

    /// <summary>What large senders were told. Any thread adds.</summary>
    private sealed class Answers
    {
        private readonly ConcurrentBag<string> _strange = [];
        private int _taken;
        private int _refused;
        private int _cutOff;

        public int Taken => _taken;

        public int Refused => _refused;

        public int CutOff => _cutOff;

        public int All => _taken + _refused + _cutOff + _strange.Count;

        /// <summary>Neither taken, nor told to come again and when.</summary>
        public IReadOnlyCollection<string> Strange => _strange;

        public void Add(Transport transport, Answer answer)
        {
            if (answer.IsAccepted)
            {
                Interlocked.Increment(ref _taken);
            }
            else if (transport == Transport.Grpc ? answer.Code == OtlpClient.GrpcUnavailable : IsUnavailable(answer))
            {
                Interlocked.Increment(ref _refused);
            }
            else if (answer.Code == OtlpClient.NoAnswer)
            {
                AddCutOff();
            }
            else
            {
                _strange.Add($"{transport} {answer.Code} {answer.Text}");
            }
        }

        public void AddCutOff() => Interlocked.Increment(ref _cutOff);

        public override string ToString() => $"{_taken} taken, {_refused} refused, {_cutOff} cut off, {_strange.Count} strange";

        private static bool IsUnavailable(Answer answer) =>
            answer is { Code: OtlpClient.HttpUnavailable, RetryAfter: { } after } && after > TimeSpan.Zero;
    }
}
