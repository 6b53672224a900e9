using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;

namespace ClaudeBridge.Otlp.Json;

// The scalars. Each reads the value of the current field; null is the default; a wrong one is noted and reads as the default.
// The Item… forms read the current list item instead.
internal ref partial struct JsonCursor
{
    private const int MaxOnStack = 256;

    public string Text()
    {
        _reader.Read();
        return TokenText(allowNull: true);
    }

    public string ItemText() => TokenText(allowNull: false);

    /// <summary>A text that many records share, such as an attribute's key.</summary>
    public string SharedText()
    {
        _reader.Read();
        return _reader is { TokenType: JsonTokenType.String, ValueIsEscaped: false }
            ? StringCache.Get(_reader.ValueSpan)
            : TokenText(allowNull: true);
    }

    public bool Bool()
    {
        _reader.Read();
        if (_reader.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
        {
            Problem("must be true or false");
        }

        return _reader.TokenType == JsonTokenType.True;
    }

    public long Int64()
    {
        _reader.Read();
        return IsNumeral(strings: true) && Check(WholeNumber.TryParse(Numeral(), out long value), "must be a whole number of 64 bits")
            ? value
            : 0;
    }

    public ulong UInt64()
    {
        _reader.Read();
        return ItemUInt64(allowNull: true);
    }

    public ulong ItemUInt64(bool allowNull = false) =>
        IsNumeral(strings: true, allowNull)
        && Check(WholeNumber.TryParse(Numeral(), out ulong value), "must be a whole number from 0 to 2^64-1")
            ? value
            : 0;

    public int Int32() => ReadInt32(strings: true);

    /// <summary>Enums are integers, also ones that this version does not know; their names are not allowed.</summary>
    public int Enum() => ReadInt32(strings: false);

    public uint UInt32()
    {
        _reader.Read();
        return
            IsNumeral(strings: true)
            && Check(WholeNumber.TryParse(Numeral(), out ulong value) && value <= uint.MaxValue, "must be a whole number from 0 to 2^32-1")
            ? (uint)value
            : 0;
    }

    public double Double()
    {
        _reader.Read();
        return ItemDouble(allowNull: true);
    }

    public double ItemDouble(bool allowNull = false)
    {
        if (!IsNumeral(strings: true, allowNull))
        {
            return 0;
        }

        var text = Numeral();
        if (_reader.TokenType == JsonTokenType.String)
        {
            switch (text)
            {
                case [(byte)'N', (byte)'a', (byte)'N']:
                    return double.NaN;
                case [(byte)'I', ..] when text.SequenceEqual("Infinity"u8):
                    return double.PositiveInfinity;
                case [(byte)'-', (byte)'I', ..] when text.SequenceEqual("-Infinity"u8):
                    return double.NegativeInfinity;
                default:
                    break;
            }
        }

        const NumberStyles Form = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        // The parser takes zero bytes at the end for padding.
        return Check(
            double.TryParse(text, Form, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && !text.Contains((byte)0),
            "must be a number, or one of the strings NaN, Infinity and -Infinity"
        )
            ? value
            : 0;
    }

    /// <summary>A trace or span id: two hexadecimal digits a byte in either case; empty is none.</summary>
    public ByteString Id(int length)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return ByteString.Empty;
        }

        if (_reader.TokenType == JsonTokenType.String)
        {
            var text = Token();
            if (text.IsEmpty)
            {
                return ByteString.Empty;
            }

            var id = new byte[length];
            if (Hex.TryDecode(text, id))
            {
                return UnsafeByteOperations.UnsafeWrap(id);
            }
        }

        Problem($"must be a string of {length * 2} hexadecimal digits, or empty");
        return ByteString.Empty;
    }

    /// <summary>Base64 in the standard or the URL alphabet, with or without padding.</summary>
    public ByteString Bytes()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.String)
        {
            var text = Token();
            var rented = ArrayPool<byte>.Shared.Rent(text.Length);
            var url = rented.AsSpan(0, text.Length);
            text.Replace(url, (byte)'+', (byte)'-');
            url.Replace((byte)'/', (byte)'_');
            // .NET takes it for padding.
            var isForeign = url.Contains((byte)'%');
            var bytes = new byte[Base64Url.GetMaxDecodedLength(url.Length)];
            var status = Base64Url.DecodeFromUtf8(url, bytes, out _, out var written);
            ArrayPool<byte>.Shared.Return(rented);
            if (status == OperationStatus.Done && !isForeign)
            {
                return UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(0, written));
            }
        }
        else if (_reader.TokenType == JsonTokenType.Null)
        {
            return ByteString.Empty;
        }

        Problem("must be a base64 string");
        return ByteString.Empty;
    }

    private int ReadInt32(bool strings)
    {
        _reader.Read();
        return
            IsNumeral(strings)
            && Check(
                WholeNumber.TryParse(Numeral(), out long value) && value is >= int.MinValue and <= int.MaxValue,
                "must be a whole number of 32 bits"
            )
            ? (int)value
            : 0;
    }

    private string TokenText(bool allowNull)
    {
        if (_reader.TokenType == JsonTokenType.String)
        {
            return _reader.ValueIsEscaped ? JsonText.Unescape(_reader.ValueSpan) : Encoding.UTF8.GetString(_reader.ValueSpan);
        }

        if (!allowNull || _reader.TokenType != JsonTokenType.Null)
        {
            Problem("must be a string");
        }

        return "";
    }

    private bool IsNumeral(bool strings, bool allowNull = true)
    {
        if (_reader.TokenType == JsonTokenType.Number || (strings && _reader.TokenType == JsonTokenType.String))
        {
            return true;
        }

        if (!allowNull || _reader.TokenType != JsonTokenType.Null)
        {
            Problem(strings ? "must be a number" : "must be an integer: names of enum values are not allowed");
        }

        return false;
    }

    private readonly ReadOnlySpan<byte> Numeral() => Token();

    // Escapes in numbers, ids and base64 are legal JSON and as rare as can be.
    private readonly ReadOnlySpan<byte> Token() =>
        _reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(JsonText.Unescape(_reader.ValueSpan)) : _reader.ValueSpan;

    private bool Check(bool good, string otherwise)
    {
        if (!good)
        {
            Problem(otherwise);
        }

        return good;
    }
}
