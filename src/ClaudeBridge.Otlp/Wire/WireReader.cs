namespace ClaudeBridge.Otlp.Wire;

/// <summary>Steps through the fields of one protobuf message without reading what they hold. https://protobuf.dev/programming-guides/encoding/</summary>
/// <param name="message">The bytes of the message.</param>
/// <param name="origin">Where it begins in the body; for the offsets in errors.</param>
internal ref struct WireReader(ReadOnlySpan<byte> message, int origin)
{
    private const int MaxVarintBytes = 10;
    private const int MaxGroups = 100;
    private const int LengthDelimited = 2;

    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;

    /// <summary>The number of the field read last.</summary>
    public uint Field { get; private set; }

    /// <summary>The wire type of the field read last.</summary>
    public byte WireType { get; private set; }

    /// <summary>The whole field read last: tag, length and content.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>The content of the field read last when it is length-delimited; else <see cref="IsLengthDelimited"/> is false.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    public bool IsLengthDelimited { get; private set; }

    /// <summary>Where <see cref="Content"/> begins in the body.</summary>
    public int ContentOrigin { get; private set; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    /// <exception cref="MalformedPayloadException">There is no sound field here.</exception>
    public bool Next()
    {
        if (_at == _message.Length)
        {
            return false;
        }

        var start = _at;
        var tag = ReadTag();
        Field = tag >> 3;
        WireType = (byte)(tag & 7);
        IsLengthDelimited = WireType == LengthDelimited;
        if (IsLengthDelimited)
        {
            var length = ReadLength();
            Content = _message.Slice(_at, length);
            ContentOrigin = origin + _at;
            _at += length;
        }
        else
        {
            Content = default;
            Skip(tag);
        }

        Raw = _message[start.._at];
        return true;
    }

    private void Skip(uint tag)
    {
        switch (tag & 7)
        {
            case 0:
                ReadVarint();
                break;
            case 1:
                Advance(sizeof(ulong));
                break;
            case 3:
                SkipGroup(tag >> 3);
                break;
            case 5:
                Advance(sizeof(uint));
                break;
            case LengthDelimited:
                Advance(ReadLength());
                break;
            default:
                throw Damage("A field has a wire type that does not exist or ends a group that was not begun.");
        }
    }

    private void SkipGroup(uint field)
    {
        var open = new Stack<uint>();
        open.Push(field);
        while (open.Count > 0)
        {
            var tag = ReadTag();
            switch (tag & 7)
            {
                case 3 when open.Count < MaxGroups:
                    open.Push(tag >> 3);
                    break;
                case 3:
                    throw Damage("Groups nest too deep.");
                case 4 when tag >> 3 == open.Peek():
                    open.Pop();
                    break;
                default:
                    Skip(tag);
                    break;
            }
        }
    }

    private uint ReadTag()
    {
        var tag = ReadVarint();
        return tag is > 7 and <= uint.MaxValue ? (uint)tag : throw Damage("A field has no valid number.");
    }

    private int ReadLength()
    {
        // A length is a claim: it is checked against what is left before anything is sliced.
        var length = ReadVarint();
        return length <= (ulong)(_message.Length - _at) ? (int)length : throw Damage("A field claims more bytes than are left.");
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var i = 0; i < MaxVarintBytes; i++)
        {
            if (_at == _message.Length)
            {
                throw Damage("The message ends inside a field.");
            }

            var b = _message[_at++];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                return value;
            }
        }

        throw Damage("A number is longer than ten bytes.");
    }

    private void Advance(int bytes)
    {
        if (bytes > _message.Length - _at)
        {
            throw Damage("The message ends inside a field.");
        }

        _at += bytes;
    }

    private readonly MalformedPayloadException Damage(string what) => new(what, $"byte {origin + _at}");
}
