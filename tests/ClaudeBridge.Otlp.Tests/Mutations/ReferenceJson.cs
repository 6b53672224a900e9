using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>Reads OTLP/JSON from a document tree: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding</summary>
/// <remarks>The last of several fields with one name counts; what is wrong inside a record costs the record, what is wrong around it costs the body.</remarks>
internal sealed partial class ReferenceJson
{
    private static readonly ConcurrentDictionary<MessageDescriptor, Dictionary<string, FieldDescriptor>> s_names = new();

    private bool _insideRecord;
    private bool _recordIsWrong;

    public (IMessage Message, int Rejected) Read(MessageDescriptor descriptor, byte[] body)
    {
        using var document = Parse(body);
        return ReadMessage(descriptor, document.RootElement, 0);
    }

    private static Dictionary<string, FieldDescriptor> Names(MessageDescriptor descriptor) =>
        s_names.GetOrAdd(
            descriptor,
            static descriptor => descriptor.Fields.InDeclarationOrder().ToDictionary(static field => field.JsonName)
        );

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = int.MaxValue });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new RefusedException("Not an object.");
        }
        catch (JsonException)
        {
            throw new RefusedException("Not JSON.");
        }
    }

    private (IMessage Message, int Rejected) ReadMessage(MessageDescriptor descriptor, JsonElement element, int depth)
    {
        var message = Reference.New(descriptor);
        var rejected = new Dictionary<object, int>();
        foreach (var property in element.EnumerateObject())
        {
            var name = Text(JsonMarshal.GetRawUtf8PropertyName(property));
            if (Names(descriptor).TryGetValue(name, out var field))
            {
                var count = ReadField(message, field, property.Value, depth);
                if (count is { } known)
                {
                    rejected[(object?)field.RealContainingOneof ?? field] = known;
                }
            }
        }

        return (message, rejected.Values.Sum());
    }

    // The number of rejected records in it; null when the field says nothing.
    private int? ReadField(IMessage message, FieldDescriptor field, JsonElement value, int depth)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (field.RealContainingOneof is { } group && group.Accessor.GetCaseFieldDescriptor(message) != field)
            {
                return null;
            }

            field.Accessor.Clear(message);
            return 0;
        }

        if (field.IsRepeated)
        {
            field.Accessor.Clear(message);
            return ReadList(field, (IList)field.Accessor.GetValue(message), value, depth);
        }

        var (read, rejected) = ReadValue(field, value, depth);
        if (read is not null)
        {
            field.Accessor.SetValue(message, read);
        }

        return rejected;
    }

    private int ReadList(FieldDescriptor field, IList list, JsonElement value, int depth)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            Wrong();
            return 0;
        }

        var total = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Null && field.ContainingType == ArrayValue.Descriptor)
            {
                list.Add(new AnyValue());
            }
            else if (Reference.IsRecord(field.MessageTypeOrNull()) || field.MessageTypeOrNull() == Metric.Descriptor)
            {
                total += ReadRecord(field, list, item, depth);
            }
            else
            {
                var (read, rejected) = ReadValue(field, item, depth);
                total += rejected;
                if (read is not null)
                {
                    list.Add(read);
                }
            }
        }

        return total;
    }

    private int ReadRecord(FieldDescriptor field, IList list, JsonElement item, int depth)
    {
        var outer = (_insideRecord, _recordIsWrong);
        (_insideRecord, _recordIsWrong) = (true, false);
        var (value, rejected) = ReadValue(field, item, depth);
        var isWrong = _recordIsWrong;
        (_insideRecord, _recordIsWrong) = outer;
        if (!isWrong)
        {
            list.Add(value);
            return rejected;
        }

        // A metric that is wrong outside of its points takes them along.
        var points = value is Metric metric ? Points(metric) + rejected : 1;
        return Math.Max(1, points);
    }

    private static int Points(Metric metric)
    {
        var kind = Metric.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(metric);
        return kind is null
            ? 0
            : ((IList)kind.MessageType.FindFieldByName("data_points").Accessor.GetValue((IMessage)kind.Accessor.GetValue(metric))).Count;
    }

    private (object? Value, int Rejected) ReadValue(FieldDescriptor field, JsonElement value, int depth)
    {
        if (field.FieldType == FieldType.Message)
        {
            if (value.ValueKind == JsonValueKind.Object && depth < Reference.MaxDepth)
            {
                return ReadMessage(field.MessageType, value, depth + 1);
            }

            Wrong();
            return (null, 0);
        }

        var scalar = Scalar(field, value);
        if (scalar is null)
        {
            Wrong();
        }

        return (scalar, 0);
    }

    private void Wrong()
    {
        if (!_insideRecord)
        {
            throw new RefusedException("A field around the records is wrong.");
        }

        _recordIsWrong = true;
    }

    private static object? Scalar(FieldDescriptor field, JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => Text(JsonMarshal.GetRawUtf8Value(value)[1..^1]),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        var isText = value.ValueKind == JsonValueKind.String;
        return field.FieldType switch
        {
            FieldType.Bool => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.ValueKind == JsonValueKind.True : null,
            _ when text is null => null,
            FieldType.String => isText ? text : null,
            FieldType.Bytes => !isText ? null
            : field.JsonName is "traceId" ? Id(text, 16)
            : field.JsonName is "spanId" or "parentSpanId" ? Id(text, 8)
            : Base64(text),
            FieldType.Double => Double(text, isText),
            FieldType.Enum => isText ? null : (int?)Whole(text, int.MinValue, int.MaxValue),
            FieldType.Int32 or FieldType.SInt32 => (int?)Whole(text, int.MinValue, int.MaxValue),
            FieldType.UInt32 or FieldType.Fixed32 => (uint?)Whole(text, 0, uint.MaxValue),
            FieldType.Int64 or FieldType.SFixed64 => (long?)Whole(text, long.MinValue, long.MaxValue),
            FieldType.UInt64 or FieldType.Fixed64 => (ulong?)Whole(text, 0, ulong.MaxValue),
            _ => throw new NotSupportedException(field.FieldType.ToString()),
        };
    }

    private static BigInteger? Whole(string text, BigInteger from, BigInteger to)
    {
        if (
            Numeral().Match(text) is not { Success: true } match
            || !int.TryParse("0" + match.Groups["e"].Value.TrimStart('+', '-'), out var size)
        )
        {
            return null;
        }

        var fraction = match.Groups["f"].Value;
        var digits = BigInteger.Parse(match.Groups["w"].Value + fraction, CultureInfo.InvariantCulture);
        var exponent = (match.Groups["e"].Value.StartsWith('-') ? -(long)size : size) - fraction.Length;
        if (digits.IsZero)
        {
            return digits;
        }

        // Beyond a few thousand no 64 bits hold it, and no digits that fit into a body make up for it.
        if (Math.Abs(exponent) > text.Length + 40)
        {
            return null;
        }

        var scale = BigInteger.Pow(10, (int)Math.Abs(exponent));
        if (exponent < 0 && digits % scale != 0)
        {
            return null;
        }

        var value = (exponent < 0 ? digits / scale : digits * scale) * (text[0] == '-' ? -1 : 1);
        return value >= from && value <= to ? value : null;
    }

    private static double? Double(string text, bool isText)
    {
        switch (text)
        {
            case "NaN" when isText:
                return double.NaN;
            case "Infinity" when isText:
                return double.PositiveInfinity;
            case "-Infinity" when isText:
                return double.NegativeInfinity;
            default:
                return
                    (isText ? LooseNumeral() : Numeral()).IsMatch(text)
                    && double.Parse(text, CultureInfo.InvariantCulture) is var value
                    && double.IsFinite(value)
                    ? value
                    : null;
        }
    }

    private static ByteString? Id(string text, int bytes) =>
        text.Length == 0 ? ByteString.Empty
        : text.Length == 2 * bytes && text.All(char.IsAsciiHexDigit) ? ByteString.CopyFrom(Convert.FromHexString(text))
        : null;

    private static ByteString? Base64(string text)
    {
        var written = string.Concat(text.Where(static letter => letter is not (' ' or '\t' or '\r' or '\n')))
            .Replace('-', '+')
            .Replace('_', '/');
        var plain = written.TrimEnd('=');
        if (written != plain && written.Length != (plain.Length + 3) / 4 * 4)
        {
            return null;
        }

        try
        {
            var bytes = Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
            // Bits that nothing is made of must be zero.
            return Convert.ToBase64String(bytes).TrimEnd('=') == plain ? ByteString.CopyFrom(bytes) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // The text of a string token: escapes are read, and what is no Unicode text becomes U+FFFD.
    private static string Text(ReadOnlySpan<byte> token)
    {
        if (!token.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(token);
        }

        var text = Escape()
            .Replace(
                Encoding.UTF8.GetString(token),
                static escape =>
                    escape.Value[1] == 'u'
                        ? ((char)Convert.ToUInt16(escape.Value[2..], 16)).ToString()
                        : escape.Value[1] switch
                        {
                            'n' => "\n",
                            'r' => "\r",
                            't' => "\t",
                            'b' => "\b",
                            'f' => "\f",
                            var same => same.ToString(),
                        }
            );
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }

    [GeneratedRegex(
        @"\A-?(?<w>[0-9]+)(\.(?<f>[0-9]+))?([eE](?<e>[+-]?[0-9]+))?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 30_000
    )]
    private static partial Regex Numeral();

    // In a string also with a plus, or without digits on one side of the point.
    [GeneratedRegex(
        @"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 30_000
    )]
    private static partial Regex LooseNumeral();

    [GeneratedRegex(
        @"\\(u[0-9a-fA-F]{4}|.)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 30_000
    )]
    private static partial Regex Escape();
}

internal static class FieldTypes
{
    /// <summary>The message type of a field that holds messages.</summary>
    public static MessageDescriptor? MessageTypeOrNull(this FieldDescriptor field) =>
        field.FieldType == FieldType.Message ? field.MessageType : null;
}
