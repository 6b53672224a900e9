using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.Sessions;

/// <summary>Bytes that are the same whatever encoding or order of attributes a message came in: what identities are computed from.</summary>
internal sealed class CanonicalBytes
{
    private readonly ArrayBufferWriter<byte> _buffer = new(2048);

    public void Clear() => _buffer.ResetWrittenCount();

    public byte[] Hash() => SHA256.HashData(_buffer.WrittenSpan);

    /// <summary>The first half of SHA-256.</summary>
    public RecordId Id()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_buffer.WrittenSpan, hash);
        return RecordId.FromBytes(hash);
    }

    public void WriteRaw(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    public void Write(RepeatedField<KeyValue> attributes)
    {
        Write((ulong)attributes.Count);
        if (attributes.Count == 0)
        {
            return;
        }

        // A stable sort: of equal keys the first stays first, because it is the one that counts.
        var order = ArrayPool<(KeyValue Pair, int Index)>.Shared.Rent(attributes.Count);
        var used = order.AsSpan(0, attributes.Count);
        for (var i = 0; i < used.Length; i++)
        {
            used[i] = (attributes[i], i);
        }

        used.Sort(
            static (one, other) =>
                string.CompareOrdinal(one.Pair.Key, other.Pair.Key) is var byKey and not 0 ? byKey : one.Index.CompareTo(other.Index)
        );
        foreach (var (pair, _) in used)
        {
            Write(pair.Key);
            Write(pair.Value);
        }

        ArrayPool<(KeyValue, int)>.Shared.Return(order, clearArray: true);
    }

    public void Write(AnyValue? value)
    {
        var kind = value?.ValueCase ?? AnyValue.ValueOneofCase.None;
        _buffer.Write([(byte)kind]);
        switch (kind)
        {
            case AnyValue.ValueOneofCase.StringValue:
                Write(value!.StringValue);
                break;
            case AnyValue.ValueOneofCase.BoolValue:
                Write(value!.BoolValue ? 1UL : 0UL);
                break;
            case AnyValue.ValueOneofCase.IntValue:
                Write((ulong)value!.IntValue);
                break;
            case AnyValue.ValueOneofCase.DoubleValue:
                Write(BitConverter.DoubleToUInt64Bits(value!.DoubleValue));
                break;
            case AnyValue.ValueOneofCase.BytesValue:
                Write(value!.BytesValue);
                break;
            case AnyValue.ValueOneofCase.ArrayValue:
                Write((ulong)value!.ArrayValue.Values.Count);
                foreach (var item in value.ArrayValue.Values)
                {
                    Write(item);
                }

                break;
            case AnyValue.ValueOneofCase.KvlistValue:
                Write(value!.KvlistValue.Values);
                break;
        }
    }

    public void Write(string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var span = _buffer.GetSpan(most + 4);
        var length = Encoding.UTF8.GetBytes(text, span[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        _buffer.Advance(length + 4);
    }

    public void Write(ByteString bytes)
    {
        Write((ulong)bytes.Length);
        _buffer.Write(bytes.Span);
    }

    public void Write(ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), number);
        _buffer.Advance(8);
    }
}
