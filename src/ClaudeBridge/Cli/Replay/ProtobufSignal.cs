using ClaudeBridge.Otlp;
using Google.Protobuf;

namespace ClaudeBridge.Cli.Replay;

/// <summary>Tells from the bytes which of the three export requests a protobuf body is; they differ only in their records.</summary>
internal static class ProtobufSignal
{
    private const int Records = 2;

    /// <returns>Null when there is no record to tell by, or the body is no export request.</returns>
    public static Signal? Guess(ReadOnlyMemory<byte> body)
    {
        try
        {
            // ExportXRequest.resource_x (1) → ResourceX.scope_x (2) → ScopeX.records (2)
            foreach (var resource in Fields(body, 1))
            {
                foreach (var scope in Fields(resource, Records))
                {
                    foreach (var record in Fields(scope, Records))
                    {
                        return OfRecord(record);
                    }
                }
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        return null;
    }

    /// <summary>Spans have fixed64 times in fields 7 and 8, log records in 1 and 11; a metric has its data as a message in 5, 7, 9, 10 or 11.</summary>
    private static Signal? OfRecord(ReadOnlyMemory<byte> record)
    {
        var input = new CodedInputStream(record.ToArray());
        var looksLikeMetric = false;
        uint tag;
        while ((tag = input.ReadTag()) != 0)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            var type = WireFormat.GetTagWireType(tag);
            if (type == WireFormat.WireType.Fixed64)
            {
                return field is 7 or 8 ? Signal.Traces : Signal.Logs;
            }

            looksLikeMetric |= type == WireFormat.WireType.LengthDelimited && field is 5 or 7 or 9 or 10 or 11;
            input.SkipLastField();
        }

        return looksLikeMetric ? Signal.Metrics : null;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        var input = new CodedInputStream(message.ToArray());
        uint tag;
        while ((tag = input.ReadTag()) != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == number && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                yield return input.ReadBytes().Memory;
            }
            else
            {
                input.SkipLastField();
            }
        }
    }
}
