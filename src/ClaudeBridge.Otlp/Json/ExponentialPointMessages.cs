using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads data points of exponential histograms.</summary>
internal static class ExponentialPointMessages
{
    /// <summary>Reads a point whose object has just begun.</summary>
    public static ExponentialHistogramDataPoint Read(ref JsonCursor json)
    {
        var point = new ExponentialHistogramDataPoint();
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
            else if (json.Is("scale"u8))
            {
                point.Scale = json.Int32();
            }
            else if (json.Is("zeroCount"u8))
            {
                point.ZeroCount = json.UInt64();
            }
            else if (json.Is("positive"u8))
            {
                point.Positive = ReadBuckets(ref json);
            }
            else if (json.Is("negative"u8))
            {
                point.Negative = ReadBuckets(ref json);
            }
            else
            {
                ReadRareField(ref json, point);
            }
        }

        return point;
    }

    private static void ReadRareField(ref JsonCursor json, ExponentialHistogramDataPoint point)
    {
        if (json.Is("flags"u8))
        {
            point.Flags = json.UInt32();
        }
        else if (json.Is("exemplars"u8))
        {
            ExemplarMessages.Read(ref json, point.Exemplars);
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
        else if (json.Is("zeroThreshold"u8))
        {
            point.ZeroThreshold = json.Double();
        }
        else
        {
            json.SkipField();
        }
    }

    private static ExponentialHistogramDataPoint.Types.Buckets? ReadBuckets(ref JsonCursor json)
    {
        if (!json.BeginObject())
        {
            return null;
        }

        var buckets = new ExponentialHistogramDataPoint.Types.Buckets();
        while (json.NextField())
        {
            if (json.Is("offset"u8))
            {
                buckets.Offset = json.Int32();
            }
            else if (json.Is("bucketCounts"u8))
            {
                PointMessages.ReadCounts(ref json, buckets.BucketCounts);
            }
            else
            {
                json.SkipField();
            }
        }

        return buckets;
    }
}
