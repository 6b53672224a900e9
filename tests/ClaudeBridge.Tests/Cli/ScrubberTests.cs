using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Record;
using ClaudeBridge.Cli.Replay;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Json;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeBridge.Tests.Cli;

public sealed partial class ScrubberTests : IDisposable
{
    private static readonly byte[] Key = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ba7d0de2-a043-4f55-82b9-acd0de0a49ad", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$")]
    [InlineData("req_001HVp169UgWCLqaMd3FX2fse", "^req_[0-9]{3}[A-Z]{2}[a-z][0-9]{3}[A-Za-z0-9]{16}$")]
    [InlineData("toolu_01UeMV9HChyZj8ug1159brpW", "^toolu_[0-9]{2}[A-Za-z0-9]{22}$")]
    [InlineData("51128ba4c71be9c7fc4824372793bd67e93065e09eaf5d23d9eba3c347e0f698", "^[0-9a-f]{64}$")]
    [InlineData("a2a2015d0d8d081f1", "^[0-9a-f]{17}$")]
    [InlineData("alice.smith@acme.example", @"^[a-z]{5}\.[a-z]{5}@[a-z]{4}\.[a-z]{7}$")]
    [InlineData("/home/dev/Shop-API/todo.md", "^/[a-z]{4}/[a-z]{3}/[A-Z][a-z]{3}-[A-Z]{3}/[a-z]{4}\\.[a-z]{2}$")]
    [InlineData("Überraschung 42 🎉", "^[a-z][a-z]{11} [0-9]{2} ..$")]
    public void A_stand_in_has_the_form_of_what_it_stands_for(string text, string form)
    {
        var replaced = new Pseudonyms(Key).Text(text);

        replaced.ShouldMatch(form);
        replaced.ShouldNotBe(text);
        new Pseudonyms(Key).Text(text).ShouldBe(replaced);
        new Pseudonyms([.. Key.Reverse()]).Text(text).ShouldNotBe(replaced);
    }

    [Fact]
    public void Different_ids_stay_different_and_an_id_in_a_text_is_the_id_itself()
    {
        var pseudonyms = new Pseudonyms(Key);

        Enumerable.Range(0, 10_000).Select(i => pseudonyms.Text("session-" + i)).Distinct().Count().ShouldBe(10_000);
        pseudonyms.Text("see req_001HVp169UgWCLqaMd3FX2fse.").ShouldContain(pseudonyms.Text("req_001HVp169UgWCLqaMd3FX2fse"));
        Convert
            .ToHexStringLower(pseudonyms.Bytes(Convert.FromHexString("581b9a500530f1b992020cec693fb334")))
            .ShouldBe(pseudonyms.Text("581b9a500530f1b992020cec693fb334"));
    }

    [Fact]
    public void Words_stay_apart_whatever_they_are() =>
        Prop.ForAll<NonEmptyString, NonEmptyString>(
                (one, other) =>
                {
                    var pseudonyms = new Pseudonyms(Key);
                    var first = Ascii(one.Get);
                    var second = Ascii(other.Get);
                    pseudonyms.Text(first).Length.ShouldBe(first.Length);
                    (pseudonyms.Text(first) == pseudonyms.Text(second)).ShouldBe(first == second);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Every_recording_scrubs_to_the_same_structure_without_a_word_of_its_contents()
    {
        foreach (var folder in Recordings.All())
        {
            var scrubber = new Scrubber(new Pseudonyms(Key));
            foreach (var request in Requests(folder))
            {
                var original = OtlpDecoder.Decode(request.Signal, request.Encoding, request.Body);
                var before = Json(original);
                var scrubbed = Json(scrubber.Scrub(original));

                Json(original).ShouldBe(before, "the export itself must stay as it was");
                Shape(scrubbed).ShouldBe(Shape(before), request.Source);
                foreach (var secret in Secrets(before))
                {
                    scrubbed.Contains(secret, StringComparison.Ordinal).ShouldBeFalse($"{secret} is left in {request.Source}");
                }
            }
        }
    }

    [Theory]
    [InlineData("user.email", "canary@leak.example")]
    [InlineData("host.name", "canary-host")]
    [InlineData("prompt", "tell canary about it")]
    [InlineData("prompt", "<task-notification>\n<result>canary</result>")]
    [InlineData("response", "canary [TRUNCATED - Content exceeds 60KB limit]")]
    [InlineData("tool_input", "{\"file_path\":\"/home/canary/x\",\"nested\":[{\"a\":\"canary\"}]}")]
    [InlineData("tool_input", "{\"command\":\"cut off in the middle of canary")]
    [InlineData("tool_parameters", "{\"bash_command\":\"canary\",\"full_command\":\"canary --now\",\"mcp_server_name\":\"canary\"}")]
    [InlineData("tool_name", "mcp__canary__canary")]
    [InlineData("error", "canary not found")]
    [InlineData("error_type", "canary at line 3")]
    [InlineData("body_ref", "/tmp/canary/ac1305c1-290e-4a61-8a1d-ca5c6575ffcb.request.json")]
    [InlineData("body", "{\"messages\":[{\"role\":\"user\",\"content\":\"canary\"}],\"metadata\":{\"user_id\":\"canary\"}}")]
    [InlineData("agent.name", "canary")]
    [InlineData("skill.name", "canary")]
    [InlineData("vcs.repository.url.full", "https://git.example/canary.git")]
    [InlineData("model", "arn:aws:bedrock:eu-central-1:123456789012:canary")]
    [InlineData("some.new.attribute", "canary")]
    [InlineData("event.name", "canary has a blank")]
    public void No_canary_is_left_wherever_it_sings(string key, string value)
    {
        var texts = new TextScrubber(new Pseudonyms(Key));

        var scrubbed = texts.Value(key, value);

        scrubbed.ShouldNotContain("canary");
        scrubbed.ShouldNotContain("123456789012");
    }

    [Theory]
    [InlineData("event.name", "api_request")]
    [InlineData("model", "claude-opus-5-5[1m]")]
    [InlineData("model", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("query_source", "agent:builtin:general-purpose")]
    [InlineData("prompt", "<REDACTED>")]
    [InlineData("duration_ms", "1883")]
    [InlineData("cost_usd", "0.045377999999999995")]
    [InlineData("event.timestamp", "2026-11-20T12:00:00.123Z")]
    [InlineData("tool_name", "Bash")]
    [InlineData("hook_name", "PreToolUse:Bash")]
    [InlineData("terminal.type", "xterm-256color")]
    public void What_says_how_the_client_works_stays(string key, string value) =>
        new TextScrubber(new Pseudonyms(Key)).Value(key, value).ShouldBe(value);

    [Theory]
    [InlineData("a29e699b248522001")]
    [InlineData("581b9a500530f1b992020cec693fb334")]
    [InlineData("ba7d0de2-a043-4f55-82b9-acd0de0a49ad")]
    public void The_stand_in_of_an_id_has_its_form_alone_and_in_a_text(string id)
    {
        foreach (var key in Enumerable.Range(0, 50))
        {
            var pseudonyms = new Pseudonyms([(byte)key, .. Key]);

            var replaced = pseudonyms.Text(id);

            replaced.ShouldNotBe(id);
            replaced.Select(Class).ShouldBe(id.Select(Class));
            pseudonyms.Text($"see agent-{id}.").ShouldEndWith($"-{replaced}.");
            if (id.Length == 17)
            {
                replaced[0].ShouldBe('a');
                new ClaudeBridge.Cli.Expect.IdNormaliser().Text(replaced).ShouldBe("agent1");
            }
        }

        static char Class(char character) =>
            char.IsAsciiDigit(character) ? '0'
            : char.IsAsciiHexDigitLower(character) ? 'a'
            : character;
    }

    [Fact]
    public void The_report_of_a_background_agent_is_still_one()
    {
        const string report =
            "<task-notification>\n<task-id>a2a2015d0d8d081f1</task-id>\n<result>The notes hold n.</result>\n</task-notification>";
        var pseudonyms = new Pseudonyms(Key);

        var scrubbed = new TextScrubber(pseudonyms).Value("prompt", report);

        scrubbed.ShouldBe(
            $"<task-notification>\n<task-id>{pseudonyms.Text("a2a2015d0d8d081f1")}</task-id>\n<result>{pseudonyms.Text("The notes hold n.")}</result>\n</task-notification>"
        );
    }

    [Fact]
    public void Numbers_in_contents_are_replaced_and_measures_stay()
    {
        var scrubbed = new TextScrubber(new Pseudonyms(Key)).Value(
            "tool_input",
            """{"account":123456789,"line":42,"duration_ms":123456,"rate":1.5,"huge":1e400}"""
        );

        using var json = JsonDocument.Parse(scrubbed);
        json.RootElement.GetProperty("account").GetInt64().ShouldNotBe(123456789);
        json.RootElement.GetProperty("account").GetRawText().Length.ShouldBe(9);
        json.RootElement.GetProperty("line").GetInt32().ShouldBe(42);
        json.RootElement.GetProperty("duration_ms").GetInt32().ShouldBe(123456);
    }

    [Fact]
    public async Task A_recording_replays_what_came_and_every_file_of_it_is_whole_after_each_request()
    {
        var requests = Requests(Recordings.Folder("2.1.329-bash-tool-gzip-grpc"));
        using (var writer = new RecordingWriter(_folder.File("r"), scrubber: null, TimeProvider.System))
        {
            for (var i = 0; i < requests.Count; i++)
            {
                await writer.AppendAsync(Entry(requests[i]), null, default);

                using var manifest = JsonDocument.Parse(ReadShared(_folder.File("r/manifest.json")));
                manifest.RootElement.GetProperty("requests").GetArrayLength().ShouldBe(i + 1);
                ReadShared(_folder.File("r/session.jsonl")).Count(character => character == '\n').ShouldBe(i + 1);
            }
        }

        var kept = Requests(_folder.File("r"));
        kept.Select(request => (request.Signal, request.Encoding)).ShouldBe(requests.Select(request => (request.Signal, request.Encoding)));
        kept.Select(request => Convert.ToHexString(request.Body.Span))
            .ShouldBe(requests.Select(request => Convert.ToHexString(request.Body.Span)));
        var lines = Requests(_folder.File("r/session.jsonl"));
        lines.Select(line => Json(OtlpDecoder.Decode(line.Signal, line.Encoding, line.Body))).ShouldBe(requests.Select(Json));
    }

    [Fact]
    public async Task A_scrubbed_recording_holds_nothing_raw_in_any_file()
    {
        foreach (var name in new[] { "2.1.329-bash-tool-gzip-grpc", "2.1.329-bash-tool-http-json" })
        {
            using (var writer = new RecordingWriter(_folder.File(name), new Scrubber(new Pseudonyms(Key)), TimeProvider.System))
            {
                foreach (var request in Requests(Recordings.Folder(name)))
                {
                    await writer.AppendAsync(Entry(request), null, default);
                }
            }

            var secrets = Requests(Recordings.Folder(name)).SelectMany(request => Secrets(Json(request))).ToHashSet();
            secrets.ShouldNotBeEmpty();
            foreach (var file in Directory.GetFiles(_folder.File(name)))
            {
                var text = Encoding.UTF8.GetString(File.ReadAllBytes(file));
                secrets.Where(text.Contains).ShouldBeEmpty(file);
            }
        }
    }

    [Fact]
    public void A_folder_that_holds_a_recording_is_not_written_over()
    {
        new RecordingWriter(_folder.File("r"), null, TimeProvider.System).Dispose();

        var failure = Should.Throw<CommandFailure>(() => new RecordingWriter(_folder.File("r"), null, TimeProvider.System));

        failure.Message.ShouldContain("already");
        failure.ExitCode.ShouldBe(ExitCode.Usage);
    }

    [Fact]
    public void Only_the_owner_can_read_a_recording()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows keeps rights otherwise.");
            return;
        }

        new RecordingWriter(_folder.File("r"), null, TimeProvider.System).Dispose();

        File.GetUnixFileMode(_folder.File("r/session.jsonl")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static List<RecordedRequest> Requests(string path) =>
        [.. new RecordingReader(input => throw new InvalidOperationException(input.ToString())).Read(RecordingFiles.Find([path]))];

    private static JournalEntry Entry(RecordedRequest request) =>
        new()
        {
            Kind = JournalEntryKind.Export,
            Signal = request.Signal,
            Encoding = request.Encoding,
            ReceivedAt = Some.Time,
            Body = request.Body,
        };

    private static string Json(RecordedRequest request) => Json(OtlpDecoder.Decode(request.Signal, request.Encoding, request.Body));

    private static string Json(DecodedExport export)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        OtlpJsonWriter.Write(buffer, export);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Keys, numbers and times of a body, every other text left out.</summary>
    private static string Shape(string json) => QuotedValue().Replace(json, "${key}\"\"");

    /// <summary>Ids, paths and prompts that the recordings hold.</summary>
    private static IEnumerable<string> Secrets(string json) => Secret().Matches(json).Select(match => match.Value).Distinct();

    private static string ReadShared(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }

    private static string Ascii(string text) => new([.. text.Where(char.IsAscii)]);

    [GeneratedRegex(
        """(?<key>"(stringValue|traceId|spanId|parentSpanId|message|bytesValue|name)":)"([^"\\]|\\.)*["]""",
        RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex QuotedValue();

    [GeneratedRegex(
        """(req|toolu|msg)_[0-9A-Za-z]{10,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{16,64}|/home/dev[^"\\ ]*|How many JavaScript files""",
        RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex Secret();
}
