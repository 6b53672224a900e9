using System.Net;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>What real clients have sent, through the real sockets: every body is taken whole.</summary>
public sealed class RecordedTrafficTests
{
    public static TheoryData<string> Folders =>
        [.. Directory.GetDirectories(RecordingsFolder()).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task Every_recorded_body_is_accepted_and_journalled_byte_for_byte(string folder)
    {
        await using var doors = await RunningDoors.StartAsync();
        List<byte[]> sent = [];

        foreach (var file in Directory.GetFiles(Path.Combine(RecordingsFolder(), folder)).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            if (SignalOf(name) is not { } signal)
            {
                continue;
            }

            var body = await File.ReadAllBytesAsync(file);
            using var response = await doors.Http.PostAsync(
                Some.Path(signal),
                Some.Gzip(body),
                name.EndsWith(".json", StringComparison.Ordinal) ? HttpSending.Json : HttpSending.Protobuf,
                "gzip"
            );
            var answer = await response.Content.ReadAsStringAsync();
            response.StatusCode.ShouldBe(HttpStatusCode.OK, $"{name}: {answer}");
            answer.Trim('{', '}').ShouldBeEmpty($"{name}: nothing of it may be rejected");
            sent.Add(body);

            if (name.EndsWith(".pb", StringComparison.Ordinal))
            {
                (await doors.Grpc.CallAsync(PathOf(signal), body)).Code.ShouldBe(0, name);
                sent.Add(body);
            }
        }

        sent.ShouldNotBeEmpty();
        doors.Journal.Entries.Select(entry => entry.Body.ToArray()).ShouldBe(sent);
    }

    private static Signal? SignalOf(string file) =>
        !char.IsAsciiDigit(file[0]) || !(file.EndsWith(".pb", StringComparison.Ordinal) || file.EndsWith(".json", StringComparison.Ordinal))
            ? null
        : file.Contains("-logs", StringComparison.Ordinal) ? Signal.Logs
        : file.Contains("-traces", StringComparison.Ordinal) ? Signal.Traces
        : Signal.Metrics;

    private static string PathOf(Signal signal) =>
        signal switch
        {
            Signal.Logs => GrpcCaller.Logs,
            Signal.Traces => GrpcCaller.Traces,
            _ => GrpcCaller.Metrics,
        };

    private static string RecordingsFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ClaudeBridge.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "tests", "recordings");
    }
}
