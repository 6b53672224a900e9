using System.Text;
using System.Text.Json;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>One event of the ingestion API.</summary>
/// <param name="Id">The envelope's id: by it the answer speaks of the event.</param>
/// <param name="Json">The whole envelope.</param>
internal readonly record struct IngestionEvent(string Id, byte[] Json);

/// <summary>A request to the ingestion API, and what its answer means for each parcel.</summary>
/// <param name="parcels">The events of each parcel, in the order of the parcels.</param>
internal sealed class IngestionBatch(IReadOnlyList<IReadOnlyList<IngestionEvent>> parcels)
{
    private const int MaxAnswerPerEvent = 4_096;

    /// <summary>What Langfuse itself calls an event whose id it could not read.</summary>
    private const string Unnamed = "unknown";

    private static readonly string[] Worded = ["message", "error"];

    private static ReadOnlySpan<byte> Head => """{"batch":["""u8;

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    /// <summary>What the request takes, in bytes.</summary>
    public int Size { get; } = Head.Length + Tail.Length + parcels.Sum(static events => events.Sum(static one => one.Json.Length + 1));

    /// <summary>What its answer may take: it speaks of every event, and quotes what is wrong.</summary>
    public int MaxAnswerBytes { get; } = parcels.Sum(static events => events.Count) * MaxAnswerPerEvent;

    public byte[] ToJson()
    {
        using var body = new MemoryStream(Size);
        body.Write(Head);
        foreach (var one in parcels.SelectMany(static events => events))
        {
            if (body.Length > Head.Length)
            {
                body.WriteByte((byte)',');
            }

            body.Write(one.Json);
        }

        body.Write(Tail);
        return body.ToArray();
    }

    /// <summary>Reads what a batch that was taken as a whole came to, one by one.</summary>
    /// <param name="taken">The verdict on the request.</param>
    /// <param name="isCut">Whether the answer goes on beyond what was read of it.</param>
    public DeliveryVerdict Judge(DeliveryVerdict taken, ReadOnlyMemory<byte> answer, bool isCut = false)
    {
        if (parcels.Count == 0)
        {
            return taken;
        }

        if (Read(answer) is not { } told)
        {
            // Some servers that look like Langfuse answer without lists: they took it. But successes take few words.
            return isCut ? Unclear(new DeliveryVerdict(DeliveryOutcome.Retry, taken.Status, "the answer is too long to be read")) : taken;
        }

        if (!parcels.Any(events => events.Any(one => told.ContainsKey(one.Id))))
        {
            // It speaks of none by name: then either of all in general, or of some that only smaller requests can tell.
            return told.TryGetValue(Unnamed, out var complaint) ? Unclear(complaint) : taken;
        }

        var verdicts = parcels.Select(events => events.Select(one => Judge(one.Id, told, taken)).MaxBy(Weight)!).ToList();
        return verdicts.TrueForAll(static verdict => verdict.Outcome == DeliveryOutcome.Delivered) ? taken
            : verdicts.TrueForAll(static verdict => verdict == LangfuseVerdicts.NotAccepted) ? LangfuseVerdicts.NotAccepted
            : verdicts.TrueForAll(static verdict => verdict.Outcome == DeliveryOutcome.Retry) ? verdicts[0]
            : Itemized(taken, verdicts);
    }

    private static DeliveryVerdict Itemized(DeliveryVerdict taken, IReadOnlyList<DeliveryVerdict> verdicts) =>
        taken with
        {
            Outcome = DeliveryOutcome.Itemized,
            Items = verdicts,
        };

    private DeliveryVerdict Unclear(DeliveryVerdict complaint) =>
        parcels.Count > 1 ? new DeliveryVerdict(DeliveryOutcome.TooLarge, complaint.Status, complaint.Reason)
        : complaint.Outcome == DeliveryOutcome.Retry || complaint == LangfuseVerdicts.NotAccepted ? complaint
        : Itemized(complaint, [complaint]);

    private DeliveryVerdict Judge(string id, Dictionary<string, DeliveryVerdict> told, DeliveryVerdict taken)
    {
        if (told.TryGetValue(id, out var verdict))
        {
            return verdict;
        }

        // Not spoken of. Among others it may have been lost and is sent again; alone, an answer without complaint is all there will be.
        return parcels.Count > 1
            ? new DeliveryVerdict(DeliveryOutcome.Retry, taken.Status, "the answer does not speak of it")
            : told.GetValueOrDefault(Unnamed) ?? taken;
    }

    /// <summary>A parcel is what its worst event is. One that failed goes again before another's refusal counts: both are needed.</summary>
    private static int Weight(DeliveryVerdict verdict) =>
        verdict == LangfuseVerdicts.NotAccepted ? 3
        : verdict.Outcome == DeliveryOutcome.Retry ? 2
        : verdict.Outcome == DeliveryOutcome.Refused ? 1
        : 0;

    /// <returns>By id; what is wrong with one that is not named is under <see cref="Unnamed"/>. Null when the answer has no such lists.</returns>
    private static Dictionary<string, DeliveryVerdict>? Read(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var root = json.RootElement;
            if (
                root.ValueKind != JsonValueKind.Object
                || (!root.TryGetProperty("successes", out var successes) & !root.TryGetProperty("errors", out var errors))
            )
            {
                return null;
            }

            var told = new Dictionary<string, DeliveryVerdict>(StringComparer.Ordinal);
            foreach (var one in Each(successes))
            {
                if (Id(one) is { } id and not Unnamed)
                {
                    told[id] = new DeliveryVerdict(DeliveryOutcome.Delivered, 201);
                }
            }

            foreach (var one in Each(errors))
            {
                told[Id(one) ?? Unnamed] = Error(one);
            }

            return told;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Halves of characters are valid JSON and no text.
            return null;
        }
    }

    private static IEnumerable<JsonElement> Each(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(static one => one.ValueKind != JsonValueKind.Null) : [];

    private static string? Id(JsonElement one) => Field(one, "id") is { ValueKind: JsonValueKind.String } id ? id.GetString() : null;

    private static JsonElement Field(JsonElement one, string name) =>
        one.ValueKind == JsonValueKind.Object && one.TryGetProperty(name, out var field) ? field : default;

    private static DeliveryVerdict Error(JsonElement one)
    {
        var status = Field(one, "status") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : 0;
        var reason = LangfuseVerdicts.Reason(Encoding.UTF8.GetBytes(Words(one)));
        return status is >= 200 and < 300 ? new DeliveryVerdict(DeliveryOutcome.Delivered, status)
            // Without a status it is not known to be for good.
            : status is < 400 or 408 or 425 or 429 or >= 500 ? new DeliveryVerdict(DeliveryOutcome.Retry, status, reason)
            : LangfuseVerdicts.IsNotAccepted(reason) ? LangfuseVerdicts.NotAccepted
            : new DeliveryVerdict(DeliveryOutcome.Refused, status, reason);
    }

    /// <summary><c>message</c> names the kind, <c>error</c> what is wrong; either may be text or an object.</summary>
    private static string Words(JsonElement one) =>
        one.ValueKind == JsonValueKind.String
            ? one.GetString()!
            : string.Join(
                ": ",
                Worded
                    .Select(name => Field(one, name))
                    .Where(static words => words.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
                    .Select(static words => words.ToString())
            );
}
