using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Record;
using ClaudeBridge.Cli.Replay;
using ClaudeBridge.Journal;
using ClaudeBridge.Store;

namespace ClaudeBridge.Tests.Cli;

public sealed partial class ReplayCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly List<KeyValuePair<string, string?>> _settings = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_recording_goes_through_the_whole_pipeline_and_twice_changes_nothing()
    {
        var recording = Recordings.Folder("2.1.329-subagent-http-json");

        (await InvokeAsync("replay", recording, "--data", _folder.File("data"))).ShouldBe(ExitCode.Done, _error.ToString());
        var first = Everything(_folder.File("data"));
        _out.ToString().ShouldContain("1 session, 1 trace: 6 generations, 4 tools, 0 errors");
        (await InvokeAsync("replay", recording, "--data", _folder.File("data"))).ShouldBe(ExitCode.Done, _error.ToString());

        Everything(_folder.File("data")).ShouldBe(first);
        _out.ToString().ShouldContain("44 of them known already");
    }

    [Fact]
    public async Task Bodies_and_lines_of_a_recording_give_the_same_result()
    {
        var recording = Recordings.Folder("2.1.329-bash-tool-gzip-grpc");
        var expected = _folder.File("expected.json");

        (await InvokeAsync("replay", recording, "--expect", expected, "--update")).ShouldBe(ExitCode.Done, _error.ToString());
        (await InvokeAsync("replay", Path.Combine(recording, "session.jsonl"), "--expect", expected)).ShouldBe(
            ExitCode.Done,
            _out.ToString()
        );
    }

    [Fact]
    public async Task A_result_that_is_not_as_expected_is_told_by_place_and_fails()
    {
        var recording = Recordings.Folder("2.1.329-bash-tool-http-json");
        var expected = _folder.File("sub/expected.json");
        (await InvokeAsync("replay", recording, "--expect", expected)).ShouldBe(ExitCode.Usage);
        _error.ToString().ShouldContain("--update");
        (await InvokeAsync("replay", recording, "--expect", expected, "--update")).ShouldBe(ExitCode.Done, _error.ToString());
        File.WriteAllText(expected, File.ReadAllText(expected).Replace("\"Bash\"", "\"Bush\"", StringComparison.Ordinal));

        (await InvokeAsync("replay", recording, "--expect", expected)).ShouldBe(ExitCode.Failed);

        _out.ToString().ShouldContain("(TOOL Bush)");
        _out.ToString().ShouldContain("  - name: \"Bush\"");
        _out.ToString().ShouldContain("  + name: \"Bash\"");
    }

    [Fact]
    public async Task What_cannot_be_read_is_reported_with_its_place_and_the_rest_goes_through()
    {
        var lines = File.ReadAllLines(Path.Combine(Recordings.Folder("2.1.329-bash-tool-http-json"), "session.jsonl")).ToList();
        lines.Insert(1, "{\"resourceLogs\":[{\"scopeLogs\":7}]}");
        lines.Insert(1, "not json");
        var path = _folder.Write("broken.jsonl", string.Join('\n', lines));

        (await InvokeAsync("replay", path)).ShouldBe(ExitCode.Failed);

        _error.ToString().ShouldContain(path + ":2:");
        _error.ToString().ShouldContain(path + ":3:");
        _out.ToString().ShouldContain("2 generations, 1 tool");
    }

    [Fact]
    public async Task A_destination_that_does_not_answer_fails_the_replay_and_says_what_is_left()
    {
        _settings.Add(new("ClaudeBridge:Langfuse:PublicKey", "pk-lf-test"));
        _settings.Add(new("ClaudeBridge:Langfuse:SecretKey", "sk-lf-test"));
        // Port 9 (discard): nobody listens there.
        _settings.Add(new("ClaudeBridge:Langfuse:Host", "http://127.0.0.1:9"));
        var recording = Recordings.Folder("2.1.329-bash-tool-http-json");

        (await InvokeAsync("replay", recording, "--deliver-timeout", "0.5")).ShouldBe(ExitCode.Failed);
        var sentence = _error.ToString().Split('\n').Single(line => line.StartsWith("claudebridge: ", StringComparison.Ordinal));
        sentence.ShouldContain("are not delivered to Langfuse at http://127.0.0.1:9/: ");
        sentence.ShouldContain("run it again");
        _out.ToString().ShouldNotContain("not delivered");

        (await InvokeAsync("replay", recording, "--no-deliver")).ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task A_destination_that_refuses_the_keys_ends_the_replay_at_once_and_says_why()
    {
        await using var langfuse = await StandIns.Langfuse.LangfuseStandIn.StartAsync();
        langfuse.Fail(StandIns.Langfuse.LangfuseFault.Answer(401));
        _settings.Add(new("ClaudeBridge:Langfuse:PublicKey", "pk-lf-test"));
        _settings.Add(new("ClaudeBridge:Langfuse:SecretKey", "sk-lf-test"));
        _settings.Add(new("ClaudeBridge:Langfuse:Host", langfuse.Address.ToString()));
        var started = TimeProvider.System.GetTimestamp();

        (await InvokeAsync("replay", Recordings.Folder("2.1.329-bash-tool-http-json"), "--deliver-timeout", "120")).ShouldBe(
            ExitCode.Failed
        );

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(60));
        _error.ToString().ShouldContain("does not know the keys (401)");
        _error.ToString().ShouldContain("Put that right and run it again.");
        _out.ToString().ShouldContain("The data was thrown away: run it again with --data DIR to keep it.");
    }

    [Fact]
    public async Task A_recording_without_a_record_fails()
    {
        (await InvokeAsync("replay", _folder.Write("001-logs.json", """{"resourceLogs":[]}"""))).ShouldBe(ExitCode.Failed);
        _error.ToString().ShouldContain("There is no record in what was given");

        (await InvokeAsync("replay", _folder.Write("empty.jsonl", ""))).ShouldBe(ExitCode.Failed);
        _error.ToString().ShouldContain("The file is empty.");
        _error.ToString().ShouldContain("there was nothing else in it");
        _error.ToString().ShouldNotContain("the rest went through");
    }

    [Fact]
    public async Task A_folder_for_expect_is_refused_before_anything_is_replayed()
    {
        var recording = Recordings.Folder("2.1.329-plain-answer-grpc");

        (await InvokeAsync("replay", recording, "--expect", _folder.Path)).ShouldBe(ExitCode.Usage);
        (await InvokeAsync("replay", recording, "--expect", _folder.Path, "--update")).ShouldBe(ExitCode.Usage);

        _out.ToString().ShouldBeEmpty();
        _error.ToString().ShouldContain("is a folder; name a file in it for --expect.");
    }

    [Fact]
    public async Task A_throw_away_folder_is_thrown_away()
    {
        var before = Directory.GetDirectories(Path.GetTempPath(), "claudebridge-replay-*").ToHashSet();

        (await InvokeAsync("replay", Recordings.Folder("2.1.329-plain-answer-grpc"))).ShouldBe(ExitCode.Done, _error.ToString());

        _out.ToString().ShouldContain("thrown away");
        Directory.GetDirectories(Path.GetTempPath(), "claudebridge-replay-*").Where(folder => !before.Contains(folder)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2.1.329-subagent-http-json")]
    [InlineData("2.1.329-background-agent-http-protobuf")]
    [InlineData("2.1.329-tool-failure-http-json")]
    [InlineData("2.0.10-legacy-tools-grpc")]
    public async Task A_scrubbed_recording_assembles_to_the_same_tree_with_the_same_times_and_numbers(string name)
    {
        using (var writer = new RecordingWriter(_folder.File("scrubbed"), new Scrubber(Pseudonyms.ForOneRecording()), TimeProvider.System))
        {
            var requests = new RecordingReader(input => throw new InvalidOperationException(input.ToString())).Read(
                RecordingFiles.Find([Recordings.Folder(name)])
            );
            foreach (var request in requests)
            {
                var entry = new JournalEntry
                {
                    Kind = JournalEntryKind.Export,
                    Signal = request.Signal,
                    Encoding = request.Encoding,
                    ReceivedAt = Some.Time,
                    Body = request.Body,
                };
                await writer.AppendAsync(entry, null, default);
            }
        }

        (await InvokeAsync("replay", Recordings.Folder(name), "--data", _folder.File("raw"))).ShouldBe(ExitCode.Done, _error.ToString());
        (await InvokeAsync("replay", _folder.File("scrubbed"), "--data", _folder.File("again"))).ShouldBe(ExitCode.Done, _error.ToString());

        Shape(_folder.File("again")).ShouldBe(Shape(_folder.File("raw")));
    }

    [Fact]
    public async Task Run_prints_where_it_listens_takes_what_comes_and_ends_in_order()
    {
        await using var bridge = Background("run", "--data", _folder.File("data"));
        var port = await bridge.PortAsync();

        await SendAsync(port, "2.1.329-bash-tool-http-json");
        await bridge.StopAsync();

        bridge.ExitCode.ShouldBe(ExitCode.Done, _error.ToString());
        _out.ToString().ShouldContain("export CLAUDE_CODE_ENABLE_TELEMETRY=1");
        _out.ToString().ShouldContain("\"OTEL_EXPORTER_OTLP_ENDPOINT\": \"http://127.0.0.1:" + port);
        _out.ToString().ShouldContain("LANGFUSE_PUBLIC_KEY");
        (await InvokeAsync("replay", Recordings.Folder("2.1.329-bash-tool-http-json"), "--data", _folder.File("data"))).ShouldBe(
            ExitCode.Done
        );
        _out.ToString().ShouldContain("17 of them known already");
    }

    [Fact]
    public async Task Run_prints_a_line_for_each_turn_once_it_is_settled()
    {
        _settings.Add(new("ClaudeBridge:Sessions:Unchanged", "00:00:00"));
        await using var bridge = Background("run", "--data", _folder.File("data"));

        await SendAsync(await bridge.PortAsync(), "2.1.329-bash-tool-http-json");
        var line = await bridge.LineAsync(TurnLine());

        line.ShouldStartWith("2026-11-20 11:43:0");
        line.ShouldContain("2 requests  1 tool  23.8k → 91 tokens  $0.0639");
        var trace = line[(line.IndexOf("  trace ", StringComparison.Ordinal) + "  trace ".Length)..];
        trace.Length.ShouldBe(8);
        (await InvokeAsync("show", trace, "--data", _folder.File("data"))).ShouldBe(ExitCode.Done, _error.ToString());
        await bridge.StopAsync();
    }

    [Fact]
    public async Task A_second_bridge_on_the_same_data_is_refused_in_plain_words()
    {
        await using var bridge = Background("run", "--data", _folder.File("data"));
        _ = await bridge.PortAsync();

        (await InvokeAsync("run", "--data", _folder.File("data"))).ShouldBe(ExitCode.Failed);

        _error.ToString().ShouldContain("Another bridge is using");
        await bridge.StopAsync();
    }

    [Fact]
    public async Task Record_keeps_what_arrives_and_replay_shows_it()
    {
        var recording = _folder.File("recording");
        await using (var recorder = Background("record", recording, "--data", _folder.File("unused")))
        {
            await SendAsync(await recorder.PortAsync(), "2.1.329-bash-tool-http-json");
            await recorder.StopAsync();
            recorder.ExitCode.ShouldBe(ExitCode.Done, _error.ToString());
        }

        Directory
            .GetFiles(recording)
            .Select(Path.GetFileName)
            .Order()
            .ShouldBe(["001-traces.json", "002-logs.json", "003-metrics.json", "manifest.json", "session.jsonl"]);
        File.ReadAllText(Path.Combine(recording, "manifest.json")).ShouldNotContain("header");
        Directory.Exists(_folder.File("unused")).ShouldBeFalse();
        (await InvokeAsync("replay", recording)).ShouldBe(ExitCode.Done, _error.ToString());
        _out.ToString().ShouldContain("2 generations, 1 tool");
        (await InvokeAsync("record", recording)).ShouldBe(ExitCode.Usage);
    }

    private Task<int> InvokeAsync(params string[] args) =>
        CommandTree.InvokeAsync(args, Services(Terminal.Over(_out, _error)), TestContext.Current.CancellationToken);

    private BackgroundCommand Background(params string[] args) => new(args, _out, writer => Services(Terminal.Over(writer, _error)));

    /// <summary>Free ports, so that tests run beside each other and beside a bridge.</summary>
    private CommandServices Services(Terminal terminal) =>
        new(terminal, TimeProvider.System)
        {
            Overrides =
            [
                new("ClaudeBridge:Receivers:GrpcPort", "0"),
                new("ClaudeBridge:Receivers:HttpPort", "0"),
                new("ClaudeBridge:Receivers:DashboardPort", "0"),
                .. _settings,
            ],
        };

    private static async Task SendAsync(int port, string recording)
    {
        using var client = new HttpClient();
        foreach (var file in Directory.GetFiles(Recordings.Folder(recording), "0*.json").Order(StringComparer.Ordinal))
        {
            var signal = Path.GetFileNameWithoutExtension(file)[4..];
            using var body = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            body.Headers.ContentType = new("application/json");
            (await client.PostAsync(new Uri($"http://127.0.0.1:{port}/v1/{signal}"), body)).EnsureSuccessStatusCode();
        }
    }

    private static string Everything(string data)
    {
        var store = StoreQueries.In(data);
        return JsonSerializer.Serialize(
            [.. store.Sessions().Select(session => store.Session(session.SessionId)!)],
            StoreJson.Indented.IReadOnlyListSessionDetail
        );
    }

    /// <summary>Everything that scrubbing must not change.</summary>
    private static List<string> Shape(string data)
    {
        var store = StoreQueries.In(data);
        var lines = new List<string>();
        foreach (var session in store.Sessions().Select(session => store.Session(session.SessionId)!).OrderBy(session => session.StartTime))
        {
            lines.Add($"session {session.Traces} {session.Generations} {session.Tools} {session.Errors} {session.Usage} {session.Cost}");
            foreach (var trace in session.TraceList.OrderBy(trace => trace.StartTime))
            {
                var byId = trace.Observations.ToDictionary(observation => observation.Id);
                lines.AddRange(
                    trace
                        .Observations.Select(observation =>
                            $"{Path(observation)} {observation.EndTime:O} {observation.Level} {observation.Usage} {observation.Cost}"
                        )
                        .Order()
                );

                string Path(ObservationDetail observation) =>
                    (observation.ParentId is { } parent && byId.TryGetValue(parent, out var above) ? Path(above) + "/" : "")
                    + $"{observation.Type}@{observation.StartTime.ToString("O", CultureInfo.InvariantCulture)}";
            }
        }

        return lines;
    }

    [GeneratedRegex(@"^[0-9-]{10} [0-9:]{8}Z  claude-code  .*$", RegexOptions.Multiline, 1000)]
    private static partial Regex TurnLine();
}
