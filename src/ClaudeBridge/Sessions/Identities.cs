using System.Buffers.Binary;
using System.Globalization;

namespace ClaudeBridge.Sessions;

/// <summary>A trace: 16 bytes, from the client's trace context or derived from the session and the prompt.</summary>
public readonly record struct TraceId(UInt128 Value) : IComparable<TraceId>
{
    public static TraceId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public byte[] ToBytes()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>Reads 32 hex digits of either case.</summary>
    public static bool TryParse(string text, out TraceId id)
    {
        var read = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && text.Length == 32;
        id = new TraceId(value);
        return read;
    }

    public int CompareTo(TraceId other) => Value.CompareTo(other.Value);

    public static bool operator <(TraceId left, TraceId right) => left.Value < right.Value;

    public static bool operator >(TraceId left, TraceId right) => left.Value > right.Value;

    public static bool operator <=(TraceId left, TraceId right) => left.Value <= right.Value;

    public static bool operator >=(TraceId left, TraceId right) => left.Value >= right.Value;

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>An observation within its trace: 8 bytes derived from the trace, the kind and the key of what it describes.</summary>
public readonly record struct ObservationId(ulong Value)
{
    public static ObservationId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    public byte[] ToBytes()
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>16 lower-case hex digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>A received record: the first half of SHA-256 over its resource, scope and content, so that a repeated copy is known.</summary>
public readonly record struct RecordId(UInt128 Value) : IComparable<RecordId>
{
    public static RecordId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public byte[] ToBytes()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    public int CompareTo(RecordId other) => Value.CompareTo(other.Value);

    public static bool operator <(RecordId left, RecordId right) => left.Value < right.Value;

    public static bool operator >(RecordId left, RecordId right) => left.Value > right.Value;

    public static bool operator <=(RecordId left, RecordId right) => left.Value <= right.Value;

    public static bool operator >=(RecordId left, RecordId right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
