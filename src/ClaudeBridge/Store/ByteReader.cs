using System.Text;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Store;

/// <summary>Reads what <see cref="ByteWriter"/> wrote. Lengths are checked before anything is taken.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Bytes(1)[0];

    public ulong Number()
    {
        if (!_rest.IsEmpty && _rest[0] < 0x80)
        {
            var small = _rest[0];
            _rest = _rest[1..];
            return small;
        }

        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new StoreDamagedException("A number in the store does not end.");
    }

    /// <summary>Goes past so many numbers.</summary>
    public void SkipNumbers(ulong count)
    {
        for (var i = 0; count > 0; i++)
        {
            if (i == _rest.Length)
            {
                throw new StoreDamagedException("A number in the store does not end.");
            }

            if (_rest[i] < 0x80 && --count == 0)
            {
                _rest = _rest[(i + 1)..];
            }
        }
    }

    public ulong? NumberOrNull() => Byte() == 0 ? null : Number();

    public ReadOnlySpan<byte> Bytes(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw new StoreDamagedException($"A field in the store claims {length} bytes but {_rest.Length} are left.");
        }

        var bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return bytes;
    }

    public string? TextOrNull()
    {
        var length = Number();
        return length == 0 ? null : Encoding.UTF8.GetString(Bytes(length - 1));
    }

    public string Text() => TextOrNull() ?? "";

    /// <summary>A text that comes again and again, such as a model: made once, not once a time it is read.</summary>
    public string ShortText()
    {
        var length = Number();
        return length == 0 ? "" : StringCache.Get(Bytes(length - 1));
    }

    public IReadOnlyDictionary<string, string> Pairs()
    {
        var count = Number();
        if (count == 0)
        {
            return Sessions.Observation.EmptyText;
        }

        var pairs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (; count > 0; count--)
        {
            pairs[Text()] = Text();
        }

        return pairs;
    }
}
