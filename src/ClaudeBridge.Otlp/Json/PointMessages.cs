using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads data points of sums, gauges, histograms and summaries. Each method starts inside the point's object.</summary>
internal static class PointMessages
{
    public static NumberDataPoint ReadNumber(ref JsonCursor json)
    {
        var point = new NumberDataPoint();
        while (json.NextField())
        {
            if (json.Is("attributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, point.Attributes);
            }
            else if (json.Is("startTimeUnixNano"u8))
            {
                point.StartTimeUnixNano = json.UInt64();
            }
            else if (json.Is("timeUnixNano"u8))
            {
                point.TimeUnixNano = json.UInt64();
            }
            else if (json.Is("asDouble"u8))
            {
                var value = json.Double();
                if (!json.IsNull)
                {
                    point.AsDouble = value;
                }
                else if (point.HasAsDouble)
                {
                    point.ClearValue();
                }
            }
            else if (json.Is("asInt"u8))
            {
                var value = json.Int64();
                if (!json.IsNull)
                {
                    point.AsInt = value;
                }
                else if (point.HasAsInt)
                {
                    point.ClearValue();
                }
            }
            else if (json.Is("exemplars"u8))
            {
                ExemplarMessages.Read(ref json, point.Exemplars);
            }
            else if (json.Is("flags"u8))
            {
                point.Flags = json.UInt32();
            }
            else
            {
                json.SkipField();
            }
        }

        return point;
    }

    public static HistogramDataPoint ReadHistogram(ref JsonCursor json)
    {
        var point = new HistogramDataPoint();
        while (json.NextField())
        {
            if (json.Is("attributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, point.Attributes);
            }
            else if (json.Is("startTimeUnixNano"u8))
            {
                point.StartTimeUnixNano = json.UInt64();
            }
            else if (json.Is("timeUnixNano"u8))
            {
                point.TimeUnixNano = json.UInt64();
            }
            else if (json.Is("count"u8))
            {
                point.Count = json.UInt64();
            }
            else if (json.Is("sum"u8))
            {
                point.Sum = json.Double();
                if (json.IsNull)
                {
                    point.ClearSum();
                }
            }
            else if (json.Is("bucketCounts"u8))
            {
                ReadCounts(ref json, point.BucketCounts);
            }
            else if (json.Is("explicitBounds"u8))
            {
                point.ExplicitBounds.Clear();
                if (json.BeginList())
                {
                    while (json.NextItem())
                    {
                        point.ExplicitBounds.Add(json.ItemDouble());
                    }
                }
            }
            else if (json.Is("exemplars"u8))
            {
                ExemplarMessages.Read(ref json, point.Exemplars);
            }
            else if (json.Is("flags"u8))
            {
                point.Flags = json.UInt32();
            }
            else if (json.Is("min"u8))
            {
                point.Min = json.Double();
                if (json.IsNull)
                {
                    point.ClearMin();
                }
            }
            else if (json.Is("max"u8))
            {
                point.Max = json.Double();
                if (json.IsNull)
                {
                    point.ClearMax();
                }
            }
            else
            {
                json.SkipField();
            }
        }

        return point;
    }

    public static SummaryDataPoint ReadSummary(ref JsonCursor json)
    {
        var point = new SummaryDataPoint();
        while (json.NextField())
        {
            if (json.Is("attributes"u8))
            {
                CommonMessages.ReadAttributes(ref json, point.Attributes);
            }
            else if (json.Is("startTimeUnixNano"u8))
            {
                point.StartTimeUnixNano = json.UInt64();
            }
            else if (json.Is("timeUnixNano"u8))
            {
                point.TimeUnixNano = json.UInt64();
            }
            else if (json.Is("count"u8))
            {
                point.Count = json.UInt64();
            }
            else if (json.Is("sum"u8))
            {
                point.Sum = json.Double();
            }
            else if (json.Is("quantileValues"u8))
            {
                point.QuantileValues.Clear();
                if (json.BeginList())
                {
                    while (json.NextItem())
                    {
                        if (json.BeginItemObject())
                        {
                            point.QuantileValues.Add(ReadQuantile(ref json));
                        }
                    }
                }
            }
            else if (json.Is("flags"u8))
            {
                point.Flags = json.UInt32();
            }
            else
            {
                json.SkipField();
            }
        }

        return point;
    }

    /// <summary>Reads a list of 64-bit counts into <paramref name="counts"/>, replacing what it holds.</summary>
    public static void ReadCounts(ref JsonCursor json, RepeatedField<ulong> counts)
    {
        counts.Clear();
        if (json.BeginList())
        {
            while (json.NextItem())
            {
                counts.Add(json.ItemUInt64());
            }
        }
    }

    private static SummaryDataPoint.Types.ValueAtQuantile ReadQuantile(ref JsonCursor json)
    {
        var quantile = new SummaryDataPoint.Types.ValueAtQuantile();
        while (json.NextField())
        {
            if (json.Is("quantile"u8))
            {
                quantile.Quantile = json.Double();
            }
            else if (json.Is("value"u8))
            {
                quantile.Value = json.Double();
            }
            else
            {
                json.SkipField();
            }
        }

        return quantile;
    }
}
