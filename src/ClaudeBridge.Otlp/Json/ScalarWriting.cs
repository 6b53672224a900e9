using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace ClaudeBridge.Otlp.Json;

/// <summary>The scalars and lists of OTLP/JSON. A method with a name writes nothing when the value is the default.</summary>
internal static class ScalarWriting
{
    // Enough for any 64-bit integer with its sign.
    private const int MaxDigits = 20;

    extension(Utf8JsonWriter json)
    {
        public void Field(ReadOnlySpan<byte> name, string value)
        {
            if (value.Length > 0)
            {
                json.WriteString(name, value);
            }
        }

        public void Field(ReadOnlySpan<byte> name, bool value)
        {
            if (value)
            {
                json.WriteBoolean(name, value);
            }
        }

        public void Field(ReadOnlySpan<byte> name, uint value)
        {
            if (value != 0)
            {
                json.WriteNumber(name, value);
            }
        }

        /// <summary>An enum or another integer of 32 bits.</summary>
        public void Field(ReadOnlySpan<byte> name, int value)
        {
            if (value != 0)
            {
                json.WriteNumber(name, value);
            }
        }

        public void Field(ReadOnlySpan<byte> name, ulong value)
        {
            if (value != 0)
            {
                json.WritePropertyName(name);
                json.Value(value);
            }
        }

        public void Field(ReadOnlySpan<byte> name, double value)
        {
            if (BitConverter.DoubleToInt64Bits(value) != 0)
            {
                json.WritePropertyName(name);
                json.Value(value);
            }
        }

        /// <summary>A trace or span id.</summary>
        public void Id(ReadOnlySpan<byte> name, ByteString id)
        {
            if (id.Length > 0)
            {
                json.WriteString(name, Convert.ToHexStringLower(id.Span));
            }
        }

        /// <summary>Begins the list of a repeated field; false, and nothing written, when it is empty.</summary>
        public bool BeginList<T>(ReadOnlySpan<byte> name, RepeatedField<T> items)
        {
            if (items.Count == 0)
            {
                return false;
            }

            json.WriteStartArray(name);
            return true;
        }

        public void Value(ulong value)
        {
            Span<byte> digits = stackalloc byte[MaxDigits];
            value.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
            json.WriteStringValue(digits[..length]);
        }

        public void Value(long value)
        {
            Span<byte> digits = stackalloc byte[MaxDigits];
            value.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
            json.WriteStringValue(digits[..length]);
        }

        public void Value(double value)
        {
            if (double.IsFinite(value))
            {
                json.WriteNumberValue(value);
            }
            else
            {
                json.WriteStringValue(
                    double.IsNaN(value) ? "NaN"u8
                    : value > 0 ? "Infinity"u8
                    : "-Infinity"u8
                );
            }
        }
    }
}
