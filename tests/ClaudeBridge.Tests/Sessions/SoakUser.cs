using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Tokens and cost, counted without any of the product's code.</summary>
internal readonly record struct PlainTotals(int Requests, long Input, long Output, long CacheRead, long CacheCreation, decimal Cost);

/// <summary>One recording as another user would have made it: every id is replaced by one of the same form, the same id by the same.</summary>
internal sealed partial class SoakUser
{
    private static readonly string[] IdKeys =
    [
        "user.id",
        "session.id",
        "prompt.id",
        "request_id",
        "gen_ai.response.id",
        "tool_use_id",
        "use_id",
        "gen_ai.tool.call.id",
        "gen_ai.conversation.id",
        "agent_id",
        "parent_agent_id",
        "request_body_id",
        "message.id",
        "message.uuid",
    ];

    private SoakUser(string recording, IReadOnlyList<string> lines) => (Recording, Lines) = (recording, lines);

    public string Recording { get; }

    /// <summary>One request a line, OTLP/JSON, in order of arrival.</summary>
    public IReadOnlyList<string> Lines { get; }

    public static SoakUser Play(string recording, int number)
    {
        var original = ReadLines(recording).ToList();
        var ids = original.SelectMany(IdsIn).ToHashSet(StringComparer.Ordinal);
        var renamed = ids.ToDictionary(static id => id, id => Rename(id, number), StringComparer.Ordinal);
        return new SoakUser(
            recording,
            original.ConvertAll(line => Word().Replace(line, match => renamed.GetValueOrDefault(match.Value, match.Value)))
        );
    }

    /// <summary>Loses whole requests, and single records out of others. Requests of clients whose spans name no request id lose no logs: nothing could tell then what a span counts.</summary>
    public SoakUser WithLosses(Random random)
    {
        var spansNameRequests = !Lines.Any(static line =>
            Records(line, "resourceSpans").Any(static record => Is(record, "claude_code.llm_request") && Text(record, "request_id") is null)
        );
        var kept = new List<string>();
        foreach (var line in Lines)
        {
            var mayLose = spansNameRequests || !line.StartsWith("{\"resourceLogs\"", StringComparison.Ordinal);
            if (!mayLose)
            {
                kept.Add(line);
            }
            else if (random.Next(8) != 0)
            {
                kept.Add(WithoutSome(line, random));
            }
        }

        return new SoakUser(Recording, kept);
    }

    public static DecodedExport Decode(string line) =>
        OtlpDecoder.Decode(
            line.StartsWith("{\"resourceLogs\"", StringComparison.Ordinal) ? Signal.Logs
                : line.StartsWith("{\"resourceSpans\"", StringComparison.Ordinal) ? Signal.Traces
                : Signal.Metrics,
            OtlpEncoding.Json,
            Encoding.UTF8.GetBytes(line)
        );

    /// <summary>Each request once: by its event, or where that was lost by its span, which knows no cost.</summary>
    public PlainTotals Count()
    {
        var events = Lines
            .SelectMany(static line => Records(line, "resourceLogs"))
            .DistinctBy(static record => record.ToJsonString())
            .ToList();
        var requests = events.FindAll(static record => Is(record, "api_request"));
        var named = events
            .Where(static record => Is(record, "api_request") || Is(record, "api_error"))
            .Select(static record => Text(record, "request_id"))
            .ToHashSet();
        var lost = Lines
            .SelectMany(static line => Records(line, "resourceSpans"))
            .Where(static record => Is(record, "claude_code.llm_request") && Text(record, "input_tokens") is not null)
            .Where(record => Text(record, "request_id") is { } id && !named.Contains(id))
            .DistinctBy(static record => Text(record, "request_id"));
        return requests
            .Concat(lost)
            .Aggregate(
                default(PlainTotals),
                static (sum, record) =>
                    new PlainTotals(
                        sum.Requests + 1,
                        sum.Input + Number(record, "input_tokens"),
                        sum.Output + Number(record, "output_tokens"),
                        sum.CacheRead + Number(record, "cache_read_tokens"),
                        sum.CacheCreation + Number(record, "cache_creation_tokens"),
                        sum.Cost + CostOf(record)
                    )
            );
    }

    private static string WithoutSome(string line, Random random)
    {
        if (random.Next(3) != 0)
        {
            return line;
        }

        var root = JsonNode.Parse(line)!;
        foreach (
            var (groups, scopes, records) in new[] { ("resourceLogs", "scopeLogs", "logRecords"), ("resourceSpans", "scopeSpans", "spans") }
        )
        {
            foreach (
                var list in (root[groups]?.AsArray() ?? [])
                    .SelectMany(group => group![scopes]!.AsArray())
                    .Select(scope => scope![records]!.AsArray())
            )
            {
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (random.Next(4) == 0)
                    {
                        list.RemoveAt(i);
                    }
                }
            }
        }

        return root.ToJsonString();
    }

    private static IEnumerable<string> IdsIn(string line) =>
        Records(line, "resourceLogs")
            .Concat(Records(line, "resourceSpans"))
            .SelectMany(static record =>
                IdKeys
                    .Select(key => Text(record, key))
                    .Concat(new[] { "traceId", "spanId", "parentSpanId" }.Select(name => (string?)record[name]))
            )
            .OfType<string>()
            .Where(static id => id.Length > 7);

    /// <summary>Hex digits stay hex digits, letters stay alphanumeric, and what stands before an underscore stays.</summary>
    private static string Rename(string id, int number)
    {
        const string Alphabet = "0123456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
        var hash = SHA512.HashData(Encoding.UTF8.GetBytes($"{number} {id}"));
        var prefix = id.LastIndexOf('_') + 1;
        var isHex = id.All(static c => char.IsAsciiHexDigitLower(c) || c == '-');
        var text = id.ToCharArray();
        for (var i = prefix; i < text.Length; i++)
        {
            if (text[i] != '-')
            {
                text[i] = Alphabet[(hash[i % 64] + (i / 64)) % (isHex ? 16 : Alphabet.Length)];
            }
        }

        return new string(text);
    }

    private static IEnumerable<JsonNode> Records(string line, string groups)
    {
        if (!line.StartsWith($"{{\"{groups}\"", StringComparison.Ordinal))
        {
            return [];
        }

        var (scopes, records) = groups == "resourceLogs" ? ("scopeLogs", "logRecords") : ("scopeSpans", "spans");
        return JsonNode.Parse(line)![groups]!
            .AsArray()
            .SelectMany(group => group![scopes]!.AsArray())
            .SelectMany(scope => scope![records]!.AsArray())
            .Select(static record => record!);
    }

    private static bool Is(JsonNode record, string name) => ((string?)record["name"] ?? Text(record, "event.name")) == name;

    private static string? Text(JsonNode record, string key) =>
        record["attributes"]!
            .AsArray()
            .FirstOrDefault(pair => (string?)pair!["key"] == key)
            ?["value"]?.AsObject()
            .Select(static value => value.Value?.ToString())
            .FirstOrDefault();

    private static long Number(JsonNode record, string key) => long.Parse(Text(record, key) ?? "0", CultureInfo.InvariantCulture);

    private static decimal CostOf(JsonNode record) =>
        Text(record, "cost_usd_micros") is { } micros ? decimal.Parse(micros, CultureInfo.InvariantCulture) / 1_000_000m
        : Text(record, "cost_usd") is { } cost ? decimal.Parse(cost, NumberStyles.Float, CultureInfo.InvariantCulture)
        : 0;

    private static IEnumerable<string> ReadLines(string recording)
    {
        var file = Path.Combine(StandIns.Recording.Open(recording).Folder, "session.jsonl");
        if (File.Exists(file))
        {
            return File.ReadLines(file);
        }

        using var reader = new StreamReader(new GZipStream(File.OpenRead(file + ".gz"), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex("[0-9A-Za-z_-]{8,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Word();
}
