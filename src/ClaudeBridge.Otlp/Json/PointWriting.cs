using System.Text.Json;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Writes data points and their exemplars.</summary>
internal static class PointWriting
{
    public static void Write(Utf8JsonWriter json, NumberDataPoint point)
    {
        json.WriteStartObject();
        CommonWriting.Write(json, "attributes"u8, point.Attributes);
        json.Field("startTimeUnixNano"u8, point.StartTimeUnixNano);
        json.Field("timeUnixNano"u8, point.TimeUnixNano);
        if (point.HasAsDouble)
        {
            WriteOptional(json, "asDouble"u8, point.AsDouble);
        }
        else if (point.HasAsInt)
        {
            json.WritePropertyName("asInt"u8);
            json.Value(point.AsInt);
        }

        Write(json, point.Exemplars);
        json.Field("flags"u8, point.Flags);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, HistogramDataPoint point)
    {
        json.WriteStartObject();
        CommonWriting.Write(json, "attributes"u8, point.Attributes);
        json.Field("startTimeUnixNano"u8, point.StartTimeUnixNano);
        json.Field("timeUnixNano"u8, point.TimeUnixNano);
        json.Field("count"u8, point.Count);
        WriteOptional(json, "sum"u8, point.HasSum ? point.Sum : null);
        Write(json, point.BucketCounts);
        if (json.BeginList("explicitBounds"u8, point.ExplicitBounds))
        {
            foreach (var bound in point.ExplicitBounds)
            {
                json.Value(bound);
            }

            json.WriteEndArray();
        }

        Write(json, point.Exemplars);
        json.Field("flags"u8, point.Flags);
        WriteOptional(json, "min"u8, point.HasMin ? point.Min : null);
        WriteOptional(json, "max"u8, point.HasMax ? point.Max : null);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ExponentialHistogramDataPoint point)
    {
        json.WriteStartObject();
        CommonWriting.Write(json, "attributes"u8, point.Attributes);
        json.Field("startTimeUnixNano"u8, point.StartTimeUnixNano);
        json.Field("timeUnixNano"u8, point.TimeUnixNano);
        json.Field("count"u8, point.Count);
        WriteOptional(json, "sum"u8, point.HasSum ? point.Sum : null);
        json.Field("scale"u8, point.Scale);
        json.Field("zeroCount"u8, point.ZeroCount);
        Write(json, "positive"u8, point.Positive);
        Write(json, "negative"u8, point.Negative);
        json.Field("flags"u8, point.Flags);
        Write(json, point.Exemplars);
        WriteOptional(json, "min"u8, point.HasMin ? point.Min : null);
        WriteOptional(json, "max"u8, point.HasMax ? point.Max : null);
        json.Field("zeroThreshold"u8, point.ZeroThreshold);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, SummaryDataPoint point)
    {
        json.WriteStartObject();
        CommonWriting.Write(json, "attributes"u8, point.Attributes);
        json.Field("startTimeUnixNano"u8, point.StartTimeUnixNano);
        json.Field("timeUnixNano"u8, point.TimeUnixNano);
        json.Field("count"u8, point.Count);
        json.Field("sum"u8, point.Sum);
        if (json.BeginList("quantileValues"u8, point.QuantileValues))
        {
            foreach (var quantile in point.QuantileValues)
            {
                json.WriteStartObject();
                json.Field("quantile"u8, quantile.Quantile);
                json.Field("value"u8, quantile.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.Field("flags"u8, point.Flags);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RepeatedField<Exemplar> exemplars)
    {
        if (!json.BeginList("exemplars"u8, exemplars))
        {
            return;
        }

        foreach (var exemplar in exemplars)
        {
            json.WriteStartObject();
            CommonWriting.Write(json, "filteredAttributes"u8, exemplar.FilteredAttributes);
            json.Field("timeUnixNano"u8, exemplar.TimeUnixNano);
            if (exemplar.HasAsDouble)
            {
                WriteOptional(json, "asDouble"u8, exemplar.AsDouble);
            }
            else if (exemplar.HasAsInt)
            {
                json.WritePropertyName("asInt"u8);
                json.Value(exemplar.AsInt);
            }

            json.Id("spanId"u8, exemplar.SpanId);
            json.Id("traceId"u8, exemplar.TraceId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, ExponentialHistogramDataPoint.Types.Buckets? buckets)
    {
        if (buckets is null)
        {
            return;
        }

        json.WriteStartObject(name);
        json.Field("offset"u8, buckets.Offset);
        Write(json, buckets.BucketCounts);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RepeatedField<ulong> counts)
    {
        if (!json.BeginList("bucketCounts"u8, counts))
        {
            return;
        }

        foreach (var count in counts)
        {
            json.Value(count);
        }

        json.WriteEndArray();
    }

    private static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } present)
        {
            json.WritePropertyName(name);
            json.Value(present);
        }
    }
}
