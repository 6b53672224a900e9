using System.Buffers.Binary;
using System.Collections;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>Reads protobuf by the book: https://protobuf.dev/programming-guides/encoding/</summary>
/// <remarks>
/// Where the book leaves a choice: text that is not UTF-8 gets U+FFFD, bits beyond a number's size are dropped, a field of another wire type than its own
/// is an unknown field, and so is left out. A record that nests too deep is left out alone. Laxer than the book: a tag or length with bits beyond its 32, and a tag with
/// one of the two wire types that do not exist, is an unknown field without content, and a list of a negative length is empty, as Google's library takes it; see <see cref="IsLax"/>.
/// </remarks>
internal sealed class ReferenceProtobuf
{
    private byte[] _body = [];
    private int _at;
    private int _rejected;

    /// <summary>The body holds tags or lengths that no library writes. It is as right to refuse it as to read past them.</summary>
    public bool IsLax { get; private set; }

    public (IMessage Message, int Rejected) Read(MessageDescriptor descriptor, byte[] body)
    {
        _body = body;
        var message = Reference.New(descriptor);
        try
        {
            ReadMessage(message, body.Length, 0);
            return (message, _rejected);
        }
        catch (TooDeepException)
        {
            throw new RefusedException("The envelope nests too deep.");
        }
    }

    private void ReadMessage(IMessage message, int end, int depth)
    {
        while (_at < end)
        {
            var (number, wire) = ReadTag(end);
            if (message.Descriptor.FindFieldByNumber(number) is { } field && TryReadField(message, field, wire, end, depth))
            {
                continue;
            }

            Skip(number, wire, end, depth);
        }
    }

    private bool TryReadField(IMessage message, FieldDescriptor field, int wire, int end, int depth)
    {
        if (field.FieldType == FieldType.Message)
        {
            if (wire != 2)
            {
                return false;
            }

            ReadInner(message, field, Length(end, isTooDeep: depth == Reference.MaxDepth), depth);
            return true;
        }

        if (wire == 2 && field.IsRepeated && WireOf(field) != 2)
        {
            var list = (IList)field.Accessor.GetValue(message);
            for (var inner = Length(end, isPacked: true); _at < inner; )
            {
                list.Add(Scalar(field, inner));
            }

            return true;
        }

        if (wire != WireOf(field))
        {
            return false;
        }

        var value = Scalar(field, end);
        if (field.IsRepeated)
        {
            ((IList)field.Accessor.GetValue(message)).Add(value);
        }
        else
        {
            field.Accessor.SetValue(message, value);
        }

        return true;
    }

    // A message that comes again is merged into the one before, unless another member of its group came between.
    private void ReadInner(IMessage message, FieldDescriptor field, int end, int depth)
    {
        var before = field.IsRepeated ? null : (IMessage?)field.Accessor.GetValue(message);
        var inner = before ?? Reference.New(field.MessageType);
        try
        {
            ReadMessage(inner, end, depth + 1);
        }
        catch (TooDeepException) when (Reference.IsRecord(field.MessageType))
        {
            _at = end;
            _rejected++;
            IsLax |= MayHoldHugeLength();
            return;
        }

        if (field.IsRepeated)
        {
            ((IList)field.Accessor.GetValue(message)).Add(inner);
        }
        else if (before is null)
        {
            field.Accessor.SetValue(message, inner);
        }
    }

    // A length close below 2^31 is refused wherever it lies, also in what is left out here unread.
    private bool MayHoldHugeLength()
    {
        for (var at = 1; at < _body.Length; at++)
        {
            if (_body[at - 1] >= 0xE0 && (_body[at] & 0x0F) == 0x07)
            {
                return true;
            }
        }

        return false;
    }

    private object Scalar(FieldDescriptor field, int end) =>
        field.FieldType switch
        {
            FieldType.String => Encoding.UTF8.GetString(Bytes(Length(end))),
            FieldType.Bytes => ByteString.CopyFrom(Bytes(Length(end))),
            FieldType.Double => BinaryPrimitives.ReadDoubleLittleEndian(Fixed(8, end)),
            FieldType.Fixed64 => BinaryPrimitives.ReadUInt64LittleEndian(Fixed(8, end)),
            FieldType.SFixed64 => BinaryPrimitives.ReadInt64LittleEndian(Fixed(8, end)),
            FieldType.Fixed32 => BinaryPrimitives.ReadUInt32LittleEndian(Fixed(4, end)),
            FieldType.Bool => Varint(end) != 0,
            FieldType.UInt32 => (uint)Varint(end),
            FieldType.UInt64 => Varint(end),
            FieldType.Int64 => (long)Varint(end),
            FieldType.Int32 or FieldType.Enum => (int)Varint(end),
            FieldType.SInt32 => ZigZag((uint)Varint(end)),
            _ => throw new NotSupportedException(field.FieldType.ToString()),
        };

    private static int ZigZag(uint value) => (int)(value >> 1) ^ -(int)(value & 1);

    private static int WireOf(FieldDescriptor field) =>
        field.FieldType switch
        {
            FieldType.String or FieldType.Bytes => 2,
            FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => 1,
            FieldType.Fixed32 => 5,
            _ => 0,
        };

    private void Skip(int number, int wire, int end, int depth)
    {
        switch (wire)
        {
            case 0:
                Varint(end);
                break;
            case 1:
                Fixed(8, end);
                break;
            case 2:
                Bytes(Length(end));
                break;
            case 5:
                Fixed(4, end);
                break;
            case 3:
                SkipGroup(number, end, depth + 1);
                break;
            case 4:
                throw new RefusedException("No group was begun.");
            default:
                IsLax = true;
                break;
        }
    }

    private void SkipGroup(int number, int end, int depth)
    {
        if (depth > Reference.MaxDepth)
        {
            throw new TooDeepException();
        }

        while (true)
        {
            var (inner, wire) = ReadTag(end);
            if (wire == 4)
            {
                if (inner != number)
                {
                    throw new RefusedException("Another group ends.");
                }

                return;
            }

            Skip(inner, wire, end, depth);
        }
    }

    private (int Number, int Wire) ReadTag(int end)
    {
        var written = Varint(end);
        var tag = (uint)written;
        IsLax |= written != tag;
        return tag >> 3 == 0 ? throw new RefusedException("Number zero.") : ((int)(tag >> 3), (int)(tag & 7));
    }

    private ulong Varint(int end)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var digit = Fixed(1, end)[0];
            value |= (ulong)(digit & 0x7F) << shift;
            if (digit < 0x80)
            {
                return value;
            }
        }

        throw new RefusedException("A number of more than ten bytes.");
    }

    // Returns where the content ends. A list that claims less than nothing is empty. Of a message that is too deep no more is asked: it may lie as well.
    private int Length(int end, bool isPacked = false, bool isTooDeep = false)
    {
        var written = Varint(end);
        var length = (int)(uint)written;
        IsLax |= written != (uint)length || length < 0;
        return isTooDeep && length >= 0 ? throw new TooDeepException()
            : length < 0 && isPacked ? _at
            : length < 0 || length > end - _at ? throw new RefusedException("A length that lies.")
            : _at + length;
    }

    private ReadOnlySpan<byte> Bytes(int until) => Fixed(until - _at, until);

    private ReadOnlySpan<byte> Fixed(int count, int end)
    {
        if (count > end - _at)
        {
            throw new RefusedException("The message ends inside a field.");
        }

        _at += count;
        return _body.AsSpan(_at - count, count);
    }

    private sealed class TooDeepException : Exception;
}
