using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions;

/// <summary>What routing must know of a bucket without loading its facts: which turn it opens, when, and for which prompts it speaks.</summary>
/// <remarks>A function of the bucket's facts: adding them in another order gives the same summary.</remarks>
internal sealed class BucketSummary
{
    /// <summary>The least order key of the records that may open a turn; null when there are none.</summary>
    public FactOrder? Opened { get; set; }

    /// <summary>The least order key of all records.</summary>
    public FactOrder? First { get; set; }

    /// <summary>The least order key of the <c>user_prompt</c> records and interaction spans.</summary>
    public FactOrder? Prompted { get; set; }

    /// <summary>Prompts that main-loop records of this bucket name, with the least order key of those records.</summary>
    public SortedDictionary<string, FactOrder> Prompts { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The session that a main-loop span names where records carry no session id.</summary>
    public string? Conversation { get; set; }

    /// <summary>Takes one fact in; true when that changed anything.</summary>
    public bool Add(Fact fact)
    {
        var order = FactOrder.Of(fact);
        var reading = fact.Reading;
        var changed = false;
        if (First is null || order < First)
        {
            First = order;
            changed = true;
        }

        if (fact.Context is not null)
        {
            return changed;
        }

        if (reading.Kind.OpensTurn() && (Opened is null || order < Opened))
        {
            Opened = order;
            changed = true;
        }

        if (reading.Kind is RecordKind.UserPrompt or RecordKind.InteractionSpan && (Prompted is null || order < Prompted))
        {
            Prompted = order;
            changed = true;
        }

        if (reading is { PromptId: { } prompt, IsMainLoop: true } && reading.Kind.NamesInteraction())
        {
            // The prompt's own record outranks all others, whenever it was written.
            var rank = reading.Kind == RecordKind.UserPrompt ? order with { Time = 0 } : order;
            if (!Prompts.TryGetValue(prompt, out var known) || rank < known)
            {
                Prompts[prompt] = rank;
                changed = true;
            }
        }

        if (
            reading.Kind is RecordKind.InteractionSpan or RecordKind.LlmRequestSpan
            && reading.IsMainLoop
            && fact.Attributes.Text(Names.ConversationId) is { } conversation
            && (Conversation is null || string.CompareOrdinal(conversation, Conversation) < 0)
        )
        {
            Conversation = conversation;
            changed = true;
        }

        return changed;
    }

    public string Write() => JsonSerializer.Serialize(this, BucketSummaryJson.Default.BucketSummary);

    public static BucketSummary Read(string text) => JsonSerializer.Deserialize(text, BucketSummaryJson.Default.BucketSummary) ?? new();
}

/// <summary>A fact's place among all others: time, the client's counter, identity.</summary>
[JsonConverter(typeof(FactOrderJson))]
internal sealed record FactOrder(ulong Time, long Sequence, RecordId Id) : IComparable<FactOrder>
{
    public static FactOrder Of(Fact fact) => new(fact.Reading.Time, fact.Reading.Sequence, fact.Id);

    public int CompareTo(FactOrder? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byTime = Time.CompareTo(other.Time);
        var bySequence = byTime != 0 ? byTime : Sequence.CompareTo(other.Sequence);
        return bySequence != 0 ? bySequence : Id.CompareTo(other.Id);
    }

    public static bool operator <(FactOrder left, FactOrder right) => left.CompareTo(right) < 0;

    public static bool operator >(FactOrder left, FactOrder right) => left.CompareTo(right) > 0;

    public static bool operator <=(FactOrder left, FactOrder right) => left.CompareTo(right) <= 0;

    public static bool operator >=(FactOrder left, FactOrder right) => left.CompareTo(right) >= 0;
}

/// <summary>Writes an order key as one short string.</summary>
internal sealed class FactOrderJson : JsonConverter<FactOrder>
{
    public override FactOrder Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var parts = reader.GetString()!.Split(' ');
        return new FactOrder(
            ulong.Parse(parts[0], CultureInfo.InvariantCulture),
            long.Parse(parts[1], CultureInfo.InvariantCulture),
            new RecordId(UInt128.Parse(parts[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
        );
    }

    public override void Write(Utf8JsonWriter writer, FactOrder value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"{value.Time} {value.Sequence} {value.Id}");
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BucketSummary))]
internal sealed partial class BucketSummaryJson : JsonSerializerContext;
