using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ClaudeBridge.Store;

/// <summary>Writes the store's own blobs into a buffer that is used again and again: variable-length numbers, and texts after their length.</summary>
internal sealed class ByteWriter
{
    private const int FirstCapacity = 4096;

    /// <summary>What one large record needed is not kept for the small ones after it.</summary>
    private const int LargestKept = 256 * 1024;

    private ArrayBufferWriter<byte> _buffer = new(FirstCapacity);

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>The first half of SHA-256 over what was written.</summary>
    public UInt128 Hash()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _ = SHA256.HashData(Written, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    public void Clear()
    {
        if (_buffer.Capacity > LargestKept)
        {
            _buffer = new(FirstCapacity);
        }

        _buffer.ResetWrittenCount();
    }

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Number(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        _buffer.Advance(length);
    }

    /// <summary>Null and a number are told apart by a leading byte.</summary>
    public void NumberOrNull(ulong? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } number)
        {
            Number(number);
        }
    }

    public void Bytes(ReadOnlySpan<byte> value) => _buffer.Write(value);

    /// <summary>Gives a stretch of exactly this length to write into.</summary>
    public Span<byte> Reserve(int length)
    {
        var span = _buffer.GetSpan(length)[..length];
        _buffer.Advance(length);
        return span;
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Number(0);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        Number((ulong)length + 1);
        _ = Encoding.UTF8.GetBytes(value, Reserve(length));
    }

    /// <summary>In ordinal order of the names, whatever order they come in.</summary>
    public void Pairs(IReadOnlyDictionary<string, string> pairs)
    {
        Number((ulong)pairs.Count);
        foreach (var (name, value) in InOrder(pairs))
        {
            Text(name);
            Text(value);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> InOrder(IReadOnlyDictionary<string, string> pairs) =>
        pairs is SortedDictionary<string, string> sorted && sorted.Comparer == StringComparer.Ordinal
            ? sorted
            : pairs.OrderBy(static pair => pair.Key, StringComparer.Ordinal);
}
