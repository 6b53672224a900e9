using System.Diagnostics;
using System.Text.Json;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.EndToEndTests;

/// <summary><c>claudebridge tail</c> as a process beside a running bridge.</summary>
public sealed class TailTests
{
    private const string BashTool = "2.1.329-bash-tool-http-json";
    private const string PlainAnswer = "2.1.329-plain-answer-http-json";

    [Fact]
    public async Task Events_are_printed_as_they_come_once_each_until_Ctrl_C()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        using var tail = new Tail(bridge.Folder, "--json", "--last", "1000");
        var expected = await SendAsync(bridge, BashTool);
        await Wait.UntilAsync("all events are printed", () => tail.Lines.Count >= expected, state: tail.State);
        _ = await SendAsync(bridge, BashTool);
        expected += await SendAsync(bridge, PlainAnswer);
        await Wait.UntilAsync("those of the next session are too", () => tail.Lines.Count >= expected, state: tail.State);

        (await tail.InterruptAsync()).ShouldBe(0, tail.State());
        var events = tail.Lines.Select(static line => JsonDocument.Parse(line).RootElement.Clone()).ToList();
        events.Count.ShouldBe(expected, "what came twice is one event");
        events.ShouldAllBe(static one => one.GetProperty("attributes").ValueKind == JsonValueKind.Object);
        events.Select(static one => one.GetProperty("sessionId").GetString()).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Only_events_that_were_asked_for_are_printed()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        await SendAsync(bridge, BashTool);
        await SendAsync(bridge, PlainAnswer);
        var sessions = await SessionsAsync(bridge);
        var (first, second) = (sessions[0], sessions[1]);

        var prompts = await PrintedAsync(bridge, "--event", "user_prompt,api_request");
        prompts.Select(static one => one.GetProperty("name").GetString()).Distinct().Order().ShouldBe(["api_request", "user_prompt"]);

        var id = first.GetProperty("sessionId").GetString()!;
        var ofSession = await PrintedAsync(bridge, "--session", id[..8]);
        ofSession.ShouldAllBe(one => one.GetProperty("sessionId").GetString() == id);

        var user = second.GetProperty("userId").GetString()!;
        var ofUser = await PrintedAsync(bridge, "--user", user);
        ofUser
            .Select(static one => one.GetProperty("sessionId").GetString())
            .Distinct()
            .ShouldBe(
                sessions
                    .Where(one => one.GetProperty("userId").GetString() == user)
                    .Select(static one => one.GetProperty("sessionId").GetString()),
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task It_goes_on_when_the_store_is_built_again()
    {
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        await SendAsync(bridge, BashTool);
        using var tail = new Tail(bridge.Folder, "--json", "--last", "1");
        await Wait.UntilAsync("it follows", () => tail.Lines.Count == 1, state: tail.State);

        (await bridge.TerminateAsync()).ShouldBe(0);
        foreach (var file in Directory.GetFiles(bridge.Folder, "store.db*"))
        {
            File.Delete(file);
        }

        await bridge.RestartAsync();
        var session = JsonDocument.Parse(tail.Lines[0]).RootElement.GetProperty("sessionId").GetString();
        await SendAsync(bridge, PlainAnswer);

        await Wait.UntilAsync(
            "events of the next session are printed",
            () => tail.Lines.Any(line => !line.Contains(session!, StringComparison.Ordinal)),
            state: tail.State
        );
        (await tail.InterruptAsync()).ShouldBe(0, tail.State());
    }

    /// <summary>Sends a recording and waits until the store has taken it in. Returns how many events it has.</summary>
    private static async Task<int> SendAsync(BridgeProcess bridge, string recording)
    {
        var requests = WireRequest.Of(Recording.Open(recording));
        using (var client = new OtlpClient(bridge))
        {
            await client.SendAllAsync(requests);
        }

        var logs = requests
            .Where(static request => request.Signal == Signal.Logs)
            .SelectMany(static request => OtlpDecoder.Decode(request.Signal, request.Encoding, request.Body).Logs!.ResourceLogs)
            .SelectMany(static resource => resource.ScopeLogs)
            .SelectMany(static scope => scope.LogRecords)
            .ToList();
        var session = logs.SelectMany(static log => log.Attributes).First(static one => one.Key == "session.id").Value.StringValue;
        await HoldsAsync(bridge, session, logs.Count);
        return logs.Count;
    }

    private static Task HoldsAsync(BridgeProcess bridge, string session, int events) =>
        Wait.UntilAsync(
            $"the store has the {events} events of {session}",
            async () =>
            {
                var page = await bridge.JsonAsync($"/api/events?limit=1000&session={session}");
                return page.GetProperty("items").EnumerateArray().Count(static one => one.GetProperty("kind").GetString() == "event")
                    == events;
            }
        );

    private static async Task<List<JsonElement>> SessionsAsync(BridgeProcess bridge) =>
        [.. (await bridge.JsonAsync("/api/sessions")).GetProperty("items").EnumerateArray()];

    /// <summary>What it prints of the events that are there; more than one.</summary>
    private static async Task<List<JsonElement>> PrintedAsync(BridgeProcess bridge, params string[] options)
    {
        using var tail = new Tail(bridge.Folder, ["--json", "--last", "1000", .. options]);
        await Wait.UntilAsync("something is printed", () => tail.Lines.Count > 1, state: tail.State);
        (await tail.InterruptAsync()).ShouldBe(0, tail.State());
        return [.. tail.Lines.Select(static line => JsonDocument.Parse(line).RootElement.Clone())];
    }

    /// <summary>The command, running.</summary>
    private sealed class Tail : IDisposable
    {
        private readonly Process _process;
        private readonly List<string> _lines = [];
        private readonly List<string> _errors = [];

        public Tail(string folder, params IEnumerable<string> options)
        {
            _process = BridgeProgram.Start(["tail", "--data", folder, .. options], new Dictionary<string, string>());
            _process.OutputDataReceived += (_, line) => Append(_lines, line.Data);
            _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public string State() => $"{Lines.Count} lines; {string.Join('\n', _errors)}";

        /// <summary>Ctrl+C; the exit code.</summary>
        public async Task<int> InterruptAsync()
        {
            PosixSignals.Send(_process.Id, PosixSignals.Interrupt);
            using var bound = new CancellationTokenSource(Wait.Bound);
            await _process.WaitForExitAsync(bound.Token);
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }

        private static void Append(List<string> lines, string? line)
        {
            if (line is not null)
            {
                lock (lines)
                {
                    lines.Add(line);
                }
            }
        }
    }
}
