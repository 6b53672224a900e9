using System.Text.Json;
using ClaudeBridge.Otlp.Wire;

namespace ClaudeBridge.Otlp;

/// <summary>What a body was told to be.</summary>
public enum Sniffed : byte
{
    /// <summary>There is a record, or something else, that fits no signal or several.</summary>
    Unknown,

    /// <summary>There is no record in it: nothing is lost by taking it as any of the three.</summary>
    Nothing,
    Logs,
    Metrics,
    Traces,
}

/// <summary>Tells from a body which of the three export requests it is, for addresses that take all of them.</summary>
/// <remarks>
/// JSON says it by the name of its list. In protobuf the three have the same two levels (field 1, in it field 2, in it field 2), and what lies there is told apart by
/// the numbers and wire types of its fields. One walk over the body at most; nothing is allocated for its size.
/// </remarks>
public static class SignalSniffer
{
    private const int Resources = 1;
    private const int Scopes = 2;
    private const int Records = 2;

    /// <exception cref="MalformedPayloadException">A protobuf body is damaged before a record was found to tell by.</exception>
    public static Sniffed Tell(OtlpEncoding encoding, ReadOnlySpan<byte> body) =>
        encoding == OtlpEncoding.Json ? OfJson(body) : OfProtobuf(body);

    /// <returns>The default for what no signal can be told of.</returns>
    public static Signal ToSignal(this Sniffed sniffed) =>
        sniffed switch
        {
            Sniffed.Logs or Sniffed.Nothing => Signal.Logs,
            Sniffed.Metrics => Signal.Metrics,
            Sniffed.Traces => Signal.Traces,
            _ => default,
        };

    /// <summary>The first list that holds something; damage is left for the decoder, which can say where it is.</summary>
    private static Sniffed OfJson(ReadOnlySpan<byte> body)
    {
        var empty = Sniffed.Nothing;
        try
        {
            var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 1_000 });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return Sniffed.Unknown;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var signal =
                    json.ValueTextEquals("resourceLogs"u8) ? Sniffed.Logs
                    : json.ValueTextEquals("resourceMetrics"u8) ? Sniffed.Metrics
                    : json.ValueTextEquals("resourceSpans"u8) ? Sniffed.Traces
                    : Sniffed.Unknown;
                json.Read();
                if (signal == Sniffed.Unknown)
                {
                    json.Skip();
                    continue;
                }

                if (json.TokenType == JsonTokenType.StartArray && json.Read() && json.TokenType == JsonTokenType.EndArray)
                {
                    empty = signal;
                    continue;
                }

                return signal;
            }

            return empty;
        }
        catch (JsonException)
        {
            return Sniffed.Logs;
        }
    }

    private static Sniffed OfProtobuf(ReadOnlySpan<byte> body)
    {
        var sawUnknown = false;
        var request = new WireReader(body, 0);
        while (request.Next())
        {
            if (request is not { Field: Resources, IsLengthDelimited: true })
            {
                continue;
            }

            var resource = new WireReader(request.Content, request.ContentOrigin);
            while (resource.Next())
            {
                if (resource is not { Field: Scopes, IsLengthDelimited: true })
                {
                    continue;
                }

                var scope = new WireReader(resource.Content, resource.ContentOrigin);
                while (scope.Next())
                {
                    if (scope is not { Field: Records, IsLengthDelimited: true } || scope.Content.IsEmpty)
                    {
                        continue;
                    }

                    var told = RecordShape.Tell(scope.Content, scope.ContentOrigin);
                    if (told != Sniffed.Unknown)
                    {
                        return told;
                    }

                    sawUnknown = true;
                }
            }
        }

        return sawUnknown ? Sniffed.Unknown : Sniffed.Nothing;
    }
}
