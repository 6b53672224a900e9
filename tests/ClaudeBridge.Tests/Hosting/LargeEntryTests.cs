using System.Buffers;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Json;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>An entry that is larger than a step is taken in parts, and nobody can tell afterwards.</summary>
public sealed class LargeEntryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-large-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(OtlpEncoding.Protobuf), InlineData(OtlpEncoding.Json)]
    public async Task An_entry_taken_in_parts_gives_what_it_gives_as_a_whole(OtlpEncoding encoding)
    {
        var body = Body(encoding);
        body.Length.ShouldBeGreaterThan(20 * 1024);

        var whole = await RunAsync("whole", encoding, body, stepBytes: 64 * 1024 * 1024);
        var inParts = await RunAsync("parts", encoding, body, stepBytes: 1024);

        inParts.ShouldBe(whole);
    }

    private async Task<(string Views, string Feed, long Entries, long Records, long Duplicates)> RunAsync(
        string name,
        OtlpEncoding encoding,
        byte[] body,
        long stepBytes
    )
    {
        var journal = new MemoryJournal();
        var options = new StoreOptions { StepDelay = TimeSpan.Zero, StepBytes = stepBytes };
        await using var running = await RunningLoop.StartAsync(journal, Path.Combine(_folder, name), options);
        journal.Append(Signal.Logs, encoding, body);
        await running.FinishAsync(journal.End);
        running.Log.Lines.ShouldBeEmpty();
        var figures = running.Loop.Figures;
        figures.Entries.ShouldBe(1);
        return (running.Views(), string.Join('\n', running.FeedContents()), figures.Entries, figures.Records, figures.Duplicates);
    }

    /// <summary>All log records of a recording in one request, and once more: equal records of one request are records of their own.</summary>
    private static byte[] Body(OtlpEncoding encoding)
    {
        var all = new ExportLogsServiceRequest();
        var requests = Recording.Open("2.1.329-subagent-http-json").Requests.Where(static one => one.Signal == Signal.Logs).ToList();
        foreach (var request in requests.Concat(requests))
        {
            all.MergeFrom(request.Decode().Logs);
        }

        if (encoding == OtlpEncoding.Protobuf)
        {
            return all.ToByteArray();
        }

        var json = new ArrayBufferWriter<byte>();
        OtlpJsonWriter.Write(json, OtlpDecoder.Decode(Signal.Logs, OtlpEncoding.Protobuf, all.ToByteArray()));
        return json.WrittenSpan.ToArray();
    }
}
