using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Cli;
using ClaudeBridge.Cli.Replay;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Tests.Cli;

public sealed class RecordingReaderTests : IDisposable
{
    private const string LogsLine = """{"resourceLogs":[{"scopeLogs":[]}]}""";
    private const string SpansLine = """{"resourceSpans":[{"scopeSpans":[]}]}""";

    private readonly TemporaryFolder _folder = new();
    private readonly List<UnreadableInput> _unreadable = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_recording_folder_gives_its_bodies_in_order_and_not_the_lines_that_repeat_them()
    {
        var folder = Recordings.Folder("2.1.329-bash-tool-http-json");

        var requests = Read(folder);

        requests.Select(request => Path.GetFileName(request.Source)).ShouldBe(["001-traces.json", "002-logs.json", "003-metrics.json"]);
        requests.Select(request => request.Signal).ShouldBe([Signal.Traces, Signal.Logs, Signal.Metrics]);
        requests[1].Body.ToArray().ShouldBe(File.ReadAllBytes(Path.Combine(folder, "002-logs.json")));
        _unreadable.ShouldBeEmpty();
    }

    [Fact]
    public void Every_recording_has_as_many_requests_as_its_manifest_says()
    {
        foreach (var folder in Recordings.All())
        {
            using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
            var files = manifest
                .RootElement.GetProperty("requests")
                .EnumerateArray()
                .Select(request => request.GetProperty("file").GetString()!)
                .ToList();

            Read(folder).Select(request => Path.GetFileName(request.Source)).ShouldBe(files, folder);
        }

        _unreadable.ShouldBeEmpty();
    }

    [Fact]
    public void A_body_that_is_also_kept_compressed_is_taken_once() =>
        Read(Recordings.Folder("2.1.329-bash-tool-gzip-grpc"))
            .Select(request => request.Signal)
            .ShouldBe([Signal.Logs, Signal.Metrics, Signal.Traces]);

    [Fact]
    public void The_thousandth_body_comes_after_the_one_before_it()
    {
        _folder.Write("1000-logs.json", LogsLine);
        _folder.Write("999-traces.json", SpansLine);

        Read(_folder.Path).Select(request => request.Signal).ShouldBe([Signal.Traces, Signal.Logs]);
    }

    [Fact]
    public void A_folder_of_recordings_is_read_downwards_by_name()
    {
        _folder.Write("b/001-logs.json", LogsLine);
        _folder.Write("a/deep/session.jsonl", SpansLine + "\n");
        _folder.Write("a/manifest.json", "{}");

        Read(_folder.Path).Select(request => request.Signal).ShouldBe([Signal.Traces, Signal.Logs]);
        _unreadable.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("session.jsonl")]
    [InlineData("session.jsonl.gz")]
    public void Lines_are_requests_and_a_line_may_hold_several_signals(string name)
    {
        var text = $$$"""
            {{{LogsLine}}}

            {"resourceSpans":[{"scopeSpans":[]}],"resourceLogs":[],"extra":{"resourceMetrics":1}}
            {{{SpansLine}}}
            """;
        var path = name.EndsWith(".gz", StringComparison.Ordinal) ? _folder.Write(name, Gzip(text)) : _folder.Write(name, text);

        var requests = Read(path);

        requests.Select(request => request.Signal).ShouldBe([Signal.Logs, Signal.Traces, Signal.Logs, Signal.Traces]);
        Encoding.UTF8.GetString(requests[1].Body.Span).ShouldBe(SpansLine);
        Encoding.UTF8.GetString(requests[2].Body.Span).ShouldBe("""{"resourceLogs":[]}""");
        requests[3].Source.ShouldBe(path + ":4");
        _unreadable.ShouldBeEmpty();
    }

    [Fact]
    public void A_line_that_cannot_be_read_is_reported_with_its_number_and_the_rest_goes_on()
    {
        var path = _folder.Write("x.jsonl", $"{LogsLine}\n{{\"resourceLogs\":[\n[]\n{{\"other\":1}}\n{SpansLine}");

        Read(path).Select(request => request.Signal).ShouldBe([Signal.Logs, Signal.Traces]);
        _unreadable.Select(input => input.Source).ShouldBe([path + ":2", path + ":3", path + ":4"]);
    }

    [Fact]
    public void A_compressed_file_that_breaks_off_keeps_what_came_before()
    {
        var lines = new StringBuilder();
        for (var i = 0; i < 2000; i++)
        {
            lines.Append($$$"""{"resourceLogs":[{"schemaUrl":"{{{Guid.NewGuid()}}}"}]}""").Append('\n');
        }

        var path = _folder.Write("x.jsonl.gz", Gzip(lines.ToString())[..^2000]);

        Read(path).Count.ShouldBeInRange(1, 1999);
        _unreadable.ShouldHaveSingleItem().Source.ShouldStartWith(path);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(60)]
    public void A_compressed_file_that_is_cut_is_named_so_wherever_it_is_cut(int cut)
    {
        var text = string.Concat(
            Enumerable.Range(0, 50).Select(_ => $$$"""{"resourceLogs":[{"schemaUrl":"{{{Guid.NewGuid()}}}"}]}""" + "\n")
        );
        var path = _folder.Write("x.jsonl.gz", Gzip(text)[..^cut]);

        Read(path).Count.ShouldBeInRange(cut <= 8 ? 50 : 40, 50);

        var said = _unreadable.ShouldHaveSingleItem();
        said.Source.ShouldStartWith(path + ":");
        said.Why.ShouldBe("The gzip file is cut.");
    }

    [Fact]
    public void What_is_whole_in_a_cut_file_is_kept_though_its_end_is_missing()
    {
        Read(_folder.Write("lines.jsonl.gz", Gzip(LogsLine + "\n" + SpansLine)[..^8])).Count.ShouldBe(2);
        Read(_folder.Write("001-logs.json.gz", Gzip(LogsLine)[..^8])).Count.ShouldBe(1);
        Read(_folder.Write("002-logs.json.gz", Gzip(LogsLine)[..^20])).ShouldBeEmpty();
        Read(_folder.Write("003-logs.pb.gz", Gzip(LogsLine)[..^8])).ShouldBeEmpty();

        _unreadable.Select(input => input.Why).ShouldBe(Enumerable.Repeat("The gzip file is cut.", 4));
    }

    [Fact]
    public void A_damaged_gzip_file_is_not_called_cut_and_several_members_are_one_file()
    {
        var damaged = Gzip(LogsLine + "\n");
        damaged[1] = 0;

        Read(_folder.Write("damaged.jsonl.gz", [.. damaged, .. new byte[100_000]])).ShouldBeEmpty();
        _unreadable.ShouldHaveSingleItem().Why.ShouldBe("The gzip file is damaged.");
        Read(_folder.Write("two.jsonl.gz", [.. Gzip(LogsLine + "\n"), .. Gzip(SpansLine)])).Count.ShouldBe(2);
        _unreadable.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("x.jsonl")]
    [InlineData("x.jsonl.gz")]
    [InlineData("001-logs.json")]
    public void An_empty_file_is_reported(string name)
    {
        Read(_folder.Write(name, "")).ShouldBeEmpty();

        _unreadable.ShouldHaveSingleItem().ShouldBe(new UnreadableInput(_folder.File(name), "The file is empty."));
    }

    [Fact]
    public void A_protobuf_export_without_records_is_no_empty_file()
    {
        Read(_folder.Write("001-logs.pb", [])).ShouldHaveSingleItem();
        _unreadable.ShouldBeEmpty();
    }

    [Fact]
    public void Where_a_text_stops_being_JSON_is_told_in_bytes_alone()
    {
        Read(_folder.Write("x.jsonl", $"{LogsLine}\n{{\"a\": x}}\n"));
        Read(_folder.Write("001-logs.json", "{\n \"a\": x}"));

        _unreadable[0].Source.ShouldEndWith("x.jsonl:2");
        _unreadable[0].Why.ShouldStartWith("It is not JSON at byte 7: 'x' is an invalid start of a value");
        _unreadable[1].Why.ShouldStartWith("It is not JSON at byte 9: ");
        _unreadable.ShouldAllBe(input => !input.Why.Contains("LineNumber") && !input.Why.Contains("BytePosition"));
    }

    [Fact]
    public void Line_ends_of_windows_and_a_byte_order_mark_do_not_matter()
    {
        var path = _folder.Write("x.jsonl", Encoding.UTF8.GetBytes($"\uFEFF{LogsLine}\r\n\r\n{SpansLine}\r\n"));

        Read(path).Select(request => request.Signal).ShouldBe([Signal.Logs, Signal.Traces]);
        _unreadable.ShouldBeEmpty();
    }

    [Fact]
    public void A_single_body_without_a_telling_name_is_known_by_its_content()
    {
        foreach (var signal in new[] { "001-logs", "002-metrics", "003-traces" })
        {
            var source = Path.Combine(Recordings.Folder("2.1.329-bash-tool-gzip-grpc"), signal + ".pb");
            var path = _folder.Write(signal[..3] + ".pb", File.ReadAllBytes(source));

            Read(path).ShouldHaveSingleItem().Signal.ToString().ToLowerInvariant().ShouldBe(signal[4..]);
        }

        Read(_folder.Write("body.json", SpansLine)).ShouldHaveSingleItem().Signal.ShouldBe(Signal.Traces);
    }

    [Fact]
    public void Protobuf_of_every_recording_tells_its_signal()
    {
        foreach (var path in Directory.EnumerateFiles(Recordings.Root, "*.pb", SearchOption.AllDirectories))
        {
            SignalSniffer
                .Tell(OtlpEncoding.Protobuf, File.ReadAllBytes(path))
                .ToString()!
                .ToLowerInvariant()
                .ShouldBe(Path.GetFileNameWithoutExtension(path)[4..], path);
        }
    }

    [Fact]
    public void Protobuf_that_tells_nothing_is_reported()
    {
        Read(_folder.Write("a.pb", [])).ShouldBeEmpty();
        Read(_folder.Write("b.pb", [0xFF, 0xFF, 0xFF])).ShouldBeEmpty();

        _unreadable.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("empty")]
    [InlineData("notes.txt")]
    public void A_path_without_a_recording_is_a_usage_error_that_names_it(string name)
    {
        Directory.CreateDirectory(_folder.File("empty"));
        _folder.Write("notes.txt", "hello");

        var failure = Should.Throw<CommandFailure>(() => RecordingFiles.Find([_folder.File(name)]));

        failure.ExitCode.ShouldBe(ExitCode.Usage);
        failure.Message.ShouldContain(name);
    }

    [Fact]
    public void Too_long_a_line_is_skipped_without_being_held()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($"{new string('x', 100)}\nshort\n"));
        var reader = new LineReader(stream, maxBytes: 50);

        reader.Next().ShouldBe(LineOutcome.TooLong);
        reader.Next().ShouldBe(LineOutcome.Line);
        Encoding.UTF8.GetString(reader.Line.Span).ShouldBe("short");
        reader.Next().ShouldBe(LineOutcome.End);
    }

    [Fact]
    public void Progress_ends_at_the_size_of_all_files()
    {
        var files = RecordingFiles.Find([
            Recordings.Folder("2.1.329-burst-http-protobuf"),
            Recordings.Folder("2.1.329-bash-tool-http-json"),
        ]);
        var last = 0L;

        new RecordingReader(_unreadable.Add, bytes => last = bytes).Read(files).Count().ShouldBe(6);

        last.ShouldBe(files.Sum(file => file.Bytes));
    }

    private List<RecordedRequest> Read(string path) => [.. new RecordingReader(_unreadable.Add).Read(RecordingFiles.Find([path]))];

    private static byte[] Gzip(string text)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return result.ToArray();
    }
}
