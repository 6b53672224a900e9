using System.Buffers;
using System.Text;
using ClaudeBridge.Otlp.Json;
using Google.Protobuf;

namespace ClaudeBridge.Otlp.Wire;

/// <summary>
/// Walks the envelope of a body that could not be parsed as a whole (resources, scopes, records) and leaves out the records that nest
/// deeper than a protobuf reader goes, so that one of them does not cost the others. Finds where the damage is when it is of another kind.
/// </summary>
internal sealed class DeepRecordFilter(Signal signal)
{
    private static readonly Lazy<string> s_tooDeep = new(ProvokeTooDeep);

    private readonly StringBuilder _path = new();

    /// <summary>Records (log records, spans, data points) left out so far.</summary>
    public int Rejected { get; private set; }

    /// <summary>The path to the first record left out; null while there is none.</summary>
    public string? FirstRejected { get; private set; }

    /// <returns>The body without the records that nest too deep.</returns>
    /// <exception cref="MalformedPayloadException">The walk met damage; its field says where.</exception>
    public ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> body)
    {
        var output = new ArrayBufferWriter<byte>(body.Length + 1);
        Filter(body.Span, 0, Envelope.Of(signal), 0, output);
        return output.WrittenMemory;
    }

    /// <summary>What is wrong with a body that no walk can place more exactly.</summary>
    public static MalformedPayloadException Explain(Exception damage) =>
        IsTooDeep(damage)
            ? new(
                $"A resource or scope nests values deeper than {JsonCursor.MaxMessageDepth} messages. Send flatter attributes.",
                "",
                damage
            )
            : new("The body is not a valid protobuf message of this signal. Send one export request, encoded as protobuf.", "", damage);

    /// <summary>Whether an exception of the protobuf library means that the bytes are wrong.</summary>
    /// <remarks>
    /// On damaged lengths the library (3.25) also runs off the end of its buffer or slices out of range, and says so with exceptions of
    /// other kinds. Whatever it throws while it reads bytes of a stranger is the bytes' fault; only a lack of memory is not.
    /// </remarks>
    public static bool IsDamage(Exception failure) => failure is not OutOfMemoryException;

    private void Filter(ReadOnlySpan<byte> message, int origin, Envelope envelope, int depth, ArrayBufferWriter<byte> output)
    {
        var fields = new WireReader(message, origin);
        var counts = new Dictionary<uint, int>();
        while (fields.Next())
        {
            if (!fields.IsLengthDelimited || !envelope.Parts.TryGetValue(fields.Field, out var part))
            {
                output.Write(fields.Raw);
                continue;
            }

            var index = counts[fields.Field] = counts.GetValueOrDefault(fields.Field, -1) + 1;
            var outer = _path.Length;
            _path.Append(outer > 0 ? "." : "").Append(part.Name);
            if (part.IsList)
            {
                _path.Append('[').Append(index).Append(']');
            }

            if (part.Record is { } parser)
            {
                if (IsReadable(fields, parser, depth + 1))
                {
                    output.Write(fields.Raw);
                }
            }
            else
            {
                var inner = new ArrayBufferWriter<byte>(fields.Content.Length + 1);
                Filter(fields.Content, fields.ContentOrigin, part, depth + 1, inner);
                Write(output, fields.Field, inner.WrittenSpan);
            }

            _path.Length = outer;
        }
    }

    private bool IsReadable(in WireReader record, MessageParser parser, int depth)
    {
        try
        {
            if (record.Content.Length <= JsonCursor.MaxMessageDepth - depth)
            {
                // A level takes a byte at least. The stream below costs 4 KiB each, too much for a million records of two bytes.
                parser.ParseFrom(record.Content);
                return true;
            }

            // With its own length before it: without, the library would see that a field reaches beyond the record only once it has read so far.
            using var stream = new MemoryStream(record.Raw.ToArray(), writable: false);
            using var input = CodedInputStream.CreateWithLimits(stream, int.MaxValue, JsonCursor.MaxMessageDepth - depth + 1);
            input.ReadTag();
            input.ReadMessage(parser.ParseFrom([]));
            return true;
        }
        catch (InvalidProtocolBufferException tooDeep) when (IsTooDeep(tooDeep))
        {
            Rejected++;
            FirstRejected ??= _path.ToString();
            return false;
        }
        catch (Exception damage) when (IsDamage(damage))
        {
            throw new MalformedPayloadException("A record is not a valid protobuf message.", _path.ToString(), damage);
        }
    }

    private static void Write(ArrayBufferWriter<byte> output, uint field, ReadOnlySpan<byte> content)
    {
        WriteVarint(output, (field << 3) | (uint)WireFormat.WireType.LengthDelimited);
        WriteVarint(output, (uint)content.Length);
        output.Write(content);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> output, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            output.Write([(byte)(value | 0x80)]);
        }

        output.Write([(byte)value]);
    }

    private static bool IsTooDeep(Exception damage) => damage.Message == s_tooDeep.Value;

    // The library has one exception type for everything; its own words are the only mark, so they are asked for and not written down here.
    private static string ProvokeTooDeep()
    {
        // AnyValue > array_value > values: two levels in four bytes.
        byte[] nested = [0x2A, 0x02, 0x0A, 0x00];
        try
        {
            using var stream = new MemoryStream(nested, writable: false);
            using var input = CodedInputStream.CreateWithLimits(stream, int.MaxValue, 1);
            OpenTelemetry.Proto.Common.V1.AnyValue.Parser.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException tooDeep)
        {
            return tooDeep.Message;
        }

        return "";
    }
}
