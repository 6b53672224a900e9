using ClaudeBridge.Otlp;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>Reads bodies into messages; of a large one never more than a part at one time.</summary>
internal sealed class BodyDecoder(IOptions<ReceiverOptions> options)
{
    /// <summary>A part is this share of what all bodies may take.</summary>
    private const int PartsInFlight = 32;

    private const int TimesItsSize = 8;
    private const int TimesOneText = 3;
    private const long BytesAMessage = 160;

    private readonly int _maxMessages = options.Value.MaxMessages;

    /// <summary>A body that is larger is read in parts of about this size.</summary>
    public int PartBytes { get; } = (int)Math.Min(int.MaxValue, options.Value.MaxInFlightBytes / PartsInFlight);

    /// <summary>
    /// About the bytes that reading a body takes. What is in memory as messages is up to eight times its size, and of a large body never more than a part; one record
    /// can be the whole of it, as a text of twice its size beside the body itself; and messages that are empty take a hundred times what they are in the body.
    /// </summary>
    public long MemoryFor(Signal signal, OtlpEncoding encoding, ReadOnlySpan<byte> body)
    {
        var known = Math.Max((long)TimesItsSize * Math.Min(body.Length, PartBytes), (long)TimesOneText * body.Length);
        return InFlightBudget.IsSmall(body.Length)
            ? known
            : Math.Max(known, BytesAMessage * OtlpDecoder.CountMessages(signal, encoding, body));
    }

    /// <summary>The whole body as messages.</summary>
    /// <exception cref="MalformedPayloadException">It cannot be read.</exception>
    public DecodedExport Decode(Signal signal, OtlpEncoding encoding, ReadOnlyMemory<byte> body) =>
        OtlpDecoder.Decode(signal, encoding, body, _maxMessages);

    /// <summary>The same, but of a large body the counts alone.</summary>
    /// <exception cref="MalformedPayloadException">It cannot be read.</exception>
    public DecodedExport Count(Signal signal, OtlpEncoding encoding, ReadOnlyMemory<byte> body)
    {
        if (body.Length <= PartBytes)
        {
            return Decode(signal, encoding, body);
        }

        // Whatever is wrong is told with its place in the whole.
        return CountParts(signal, encoding, body) ?? Decode(signal, encoding, body).WithoutContent();
    }

    /// <summary>Null when anything is wrong with it.</summary>
    private DecodedExport? CountParts(Signal signal, OtlpEncoding encoding, ReadOnlyMemory<byte> body)
    {
        var accepted = 0;
        foreach (var part in ExportParts.Split(signal, encoding, body, PartBytes, _maxMessages))
        {
            try
            {
                var export = Decode(signal, encoding, part);
                if (export.Rejected > 0)
                {
                    return null;
                }

                accepted += export.Accepted;
            }
            catch (MalformedPayloadException)
            {
                return null;
            }
        }

        return new DecodedExport { Signal = signal, Accepted = accepted };
    }
}
