using System.Globalization;
using System.Text.Json;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>What the trees add up to, against a plain count over the recordings' JSON lines that shares no code with the product.</summary>
public sealed class IndependentCountTests
{
    public static TheoryData<string> Recordings => [.. Recording.Names];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Requests_tokens_and_cost_are_those_of_the_recorded_events(string recording)
    {
        var events = Events(recording).ToList();
        var requests = events.Where(static e => e.Name == "api_request").DistinctBy(static e => e.Line).ToList();
        var generations = Observations(recording).Where(static o => o is { Type: ObservationType.Generation, Usage: not null }).ToList();

        generations.Count.ShouldBe(requests.Count);
        generations.Sum(static o => o.Usage!.Input).ShouldBe(requests.Sum(static e => e.Number("input_tokens")));
        generations.Sum(static o => o.Usage!.Output).ShouldBe(requests.Sum(static e => e.Number("output_tokens")));
        generations.Sum(static o => o.Usage!.CacheRead).ShouldBe(requests.Sum(static e => e.Number("cache_read_tokens")));
        generations.Sum(static o => o.Usage!.CacheCreation).ShouldBe(requests.Sum(static e => e.Number("cache_creation_tokens")));
        generations.Sum(static o => o.Cost ?? 0).ShouldBe(requests.Sum(static e => e.Cost()));
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_tool_call_that_was_recorded_stands_in_the_tree_once(string recording)
    {
        var events = Events(recording).DistinctBy(static e => e.Line).ToList();
        var results = events.Count(static e => e.Name == "tool_result");
        var refusals = events.Count(static e => e.Name == "tool_decision" && e.Text("decision") == "reject");
        Observations(recording)
            .Count(static o => o is { Type: ObservationType.Tool, Readiness: not Readiness.AwaitsEnd })
            .ShouldBe(results + refusals);
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_request_in_the_tree_is_one_that_the_model_api_answered(string recording)
    {
        using var manifest = Recording.Open(recording).Manifest();
        var answered = manifest
            .RootElement.GetProperty("apiCalls")
            .EnumerateArray()
            .Where(static call => call.TryGetProperty("requestId", out _))
            .Select(static call => call.GetProperty("requestId").GetString())
            .ToHashSet();
        var named = Observations(recording)
            .Where(static o => o.Type == ObservationType.Generation)
            .Select(static o => o.Metadata.GetValueOrDefault("request_id"))
            .OfType<string>()
            .ToList();
        named.ShouldBeUnique();
        named.Where(id => !answered.Contains(id)).ShouldBeEmpty();
    }

    private static IEnumerable<Observation> Observations(string recording) =>
        Assembled
            .From(Recording.Open(recording).Requests.Select(static request => request.Decode()))
            .All.SelectMany(static trace => trace.Observations);

    private static IEnumerable<Event> Events(string recording)
    {
        var folder = Recording.Open(recording).Folder;
        var lines = File.Exists(Path.Combine(folder, "session.jsonl"))
            ? File.ReadLines(Path.Combine(folder, "session.jsonl"))
            : ReadCompressed(Path.Combine(folder, "session.jsonl.gz"));
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            if (!document.RootElement.TryGetProperty("resourceLogs", out var groups))
            {
                continue;
            }

            foreach (
                var record in groups
                    .EnumerateArray()
                    .SelectMany(static g => g.GetProperty("scopeLogs").EnumerateArray())
                    .SelectMany(static s => s.GetProperty("logRecords").EnumerateArray())
            )
            {
                yield return new Event(
                    record.GetRawText(),
                    record
                        .GetProperty("attributes")
                        .EnumerateArray()
                        .ToDictionary(
                            static a => a.GetProperty("key").GetString()!,
                            static a =>
                                a.GetProperty("value").EnumerateObject().Select(static v => v.Value.ToString()).FirstOrDefault() ?? ""
                        )
                );
            }
        }
    }

    private static IEnumerable<string> ReadCompressed(string file)
    {
        using var reader = new StreamReader(
            new System.IO.Compression.GZipStream(File.OpenRead(file), System.IO.Compression.CompressionMode.Decompress)
        );
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private sealed record Event(string Line, Dictionary<string, string> Attributes)
    {
        public string Name => Attributes.GetValueOrDefault("event.name", "");

        public string? Text(string name) => Attributes.GetValueOrDefault(name);

        public long Number(string name) => long.Parse(Attributes.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);

        public decimal Cost() =>
            Attributes.TryGetValue("cost_usd_micros", out var micros)
                ? decimal.Parse(micros, CultureInfo.InvariantCulture) / 1_000_000m
                : decimal.Parse(Attributes["cost_usd"], NumberStyles.Float, CultureInfo.InvariantCulture);
    }
}
