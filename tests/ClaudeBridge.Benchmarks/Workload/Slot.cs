namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>The values of a record that differ from request to request.</summary>
internal enum SlotKind : byte
{
    /// <summary>Nanoseconds since 1970: 8 bytes in protobuf, 19 digits in JSON.</summary>
    Time,

    /// <summary>ISO 8601 with milliseconds, 24 characters.</summary>
    Timestamp,

    /// <summary>A varint of 3 bytes in protobuf, 7 digits in JSON.</summary>
    Sequence,

    /// <summary>64 hex digits.</summary>
    User,

    /// <summary>A UUID.</summary>
    Session,

    /// <summary>A UUID, new in every turn.</summary>
    Prompt,

    /// <summary>A UUID, new in every record that has one.</summary>
    Message,

    /// <summary>24 hex digits after <c>req_</c>.</summary>
    Request,

    /// <summary>24 hex digits after <c>toolu_</c>.</summary>
    ToolUse,

    /// <summary>16 hex digits after <c>a</c>.</summary>
    Agent,
}

/// <summary>A place in a template that is written anew for every request.</summary>
/// <param name="Index">Tells ids of one kind in one turn apart.</param>
internal readonly record struct Slot(SlotKind Kind, int Offset, int Index);

/// <summary>What stands in a record where a slot will be: text of the final width, or a number of the final length.</summary>
internal static class Placeholder
{
    /// <summary>Three bytes as a varint, seven digits as text: so is every value from one to two million.</summary>
    public const long Sequence = 1_398_101;

    public const ulong Time = 0x4142434445464748;

    private const string Mark = "~~";
    private const int HeadLength = 5;

    public static string Text(SlotKind kind, int index = 0) => $"{Mark}{(char)('A' + (int)kind)}{index:00}".PadRight(WidthOf(kind), '~');

    /// <summary>Bytes of a slot of text.</summary>
    public static int WidthOf(SlotKind kind) =>
        kind switch
        {
            SlotKind.Timestamp or SlotKind.Request or SlotKind.ToolUse => 24,
            SlotKind.User => 64,
            SlotKind.Session or SlotKind.Prompt or SlotKind.Message => 36,
            SlotKind.Agent => 16,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a slot of text."),
        };

    /// <summary>Every text slot of a finished record.</summary>
    public static IEnumerable<Slot> FindTexts(byte[] record)
    {
        var mark = "~~"u8.ToArray();
        for (var at = 0; record.AsSpan(at).IndexOf(mark) is var found and >= 0; )
        {
            at += found;
            var kind = (SlotKind)(record[at + 2] - 'A');
            var index = ((record[at + 3] - '0') * 10) + record[at + 4] - '0';
            yield return new Slot(kind, at, index);
            at += Math.Max(WidthOf(kind), HeadLength);
        }
    }
}
