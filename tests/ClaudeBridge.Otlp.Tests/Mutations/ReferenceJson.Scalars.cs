using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>Single values, each by the rule of its type; what is wrong makes its record wrong.</summary>
internal sealed partial class ReferenceJson
{
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
        if (written.Length > (plain.Length + 3) / 4 * 4)
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
