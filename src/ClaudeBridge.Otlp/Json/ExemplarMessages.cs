using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads the exemplars of data points.</summary>
internal static class ExemplarMessages
{
    public static void Read(ref JsonCursor json, RepeatedField<Exemplar> exemplars)
    {
        exemplars.Clear();
        if (!json.BeginList())
        {
            return;
        }

        while (json.NextItem())
        {
            if (json.BeginItemObject())
            {
                exemplars.Add(ReadFields(ref json));
            }
        }
    }

    private static Exemplar ReadFields(ref JsonCursor json)
    {
        var exemplar = new Exemplar();
        while (json.NextField())
        {
            if (json.Is("timeUnixNano"u8))
            {
                exemplar.TimeUnixNano = json.UInt64();
            }
            else if (json.Is("asDouble"u8))
            {
                var value = json.Double();
                if (!json.IsNull)
                {
                    exemplar.AsDouble = value;
                }
                else if (exemplar.HasAsDouble)
                {
                    exemplar.ClearValue();
                }
            }
            else if (json.Is("asInt"u8))
            {
                var value = json.Int64();
                if (!json.IsNull)
                {
                    exemplar.AsInt = value;
                }
                else if (exemplar.HasAsInt)
                {
                    exemplar.ClearValue();
                }
            }
            else if (json.Is("traceId"u8))
            {
                exemplar.TraceId = json.Id(ExportRules.TraceIdLength);
            }
            else if (json.Is("spanId"u8))
            {
                exemplar.SpanId = json.Id(ExportRules.SpanIdLength);
            }
            else if (json.Is("filteredAttributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, exemplar.FilteredAttributes);
            }
            else
            {
                json.SkipField();
            }
        }

        return exemplar;
    }
}
