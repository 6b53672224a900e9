namespace ClaudeBridge.Otlp.Wire;

/// <summary>Tells a log record, a metric and a span apart by the numbers and wire types of their fields. The names are those of the OTLP messages.</summary>
/// <remarks>
/// A field of the wrong wire type rules a signal out. Fields that a signal does not have may be of a later version of it: they only count against it.
/// </remarks>
internal static class RecordShape
{
    private const byte Varint = 0;
    private const byte Fixed64 = 1;
    private const byte Bytes = 2;
    private const byte Fixed32 = 5;
    private const byte Absent = 255;
    private const int TraceIdLength = 16;
    private const int SpanIdLength = 8;

    /// <summary>Wire types by field number.</summary>
    /// <remarks>time, severity number and text, body, attributes, dropped, flags, trace, span, observed time, event name.</remarks>
    private static ReadOnlySpan<byte> Log =>
        [Absent, Fixed64, Varint, Bytes, Absent, Bytes, Bytes, Varint, Fixed32, Bytes, Bytes, Fixed64, Bytes];

    /// <remarks>name, description, unit, gauge, sum, histogram, exponential histogram, summary, metadata.</remarks>
    private static ReadOnlySpan<byte> Metric =>
        [Absent, Bytes, Bytes, Bytes, Absent, Bytes, Absent, Bytes, Absent, Bytes, Bytes, Bytes, Bytes];

    /// <remarks>trace, span, state, parent, name, kind, start, end, attributes, dropped, events, dropped, links, dropped, status, flags.</remarks>
    private static ReadOnlySpan<byte> Span =>
        [Absent, Bytes, Bytes, Bytes, Bytes, Bytes, Varint, Fixed64, Fixed64, Bytes, Varint, Bytes, Varint, Bytes, Varint, Bytes, Fixed32];

    /// <returns><see cref="Sniffed.Unknown"/> when it fits none, or several equally well.</returns>
    public static Sniffed Tell(ReadOnlySpan<byte> record, int origin)
    {
        var (log, metric, span) = (default(Fit), default(Fit), default(Fit));
        var fields = new WireReader(record, origin);
        while (fields.Next())
        {
            log.Look(Log, fields.Field, fields.WireType);
            metric.Look(Metric, fields.Field, fields.WireType);
            span.Look(Span, fields.Field, fields.WireType);
            span.IsOut |=
                fields is { Field: 1, IsLengthDelimited: true, Content.Length: not (0 or TraceIdLength) }
                || fields is { Field: 2, IsLengthDelimited: true, Content.Length: not (0 or SpanIdLength) };
            // A name stands where a gauge would: only one of the two is a list of points.
            metric.IsOut |= fields is { Field: 5, IsLengthDelimited: true } && !IsGauge(fields.Content, fields.ContentOrigin);
        }

        // A metric has a name, a span its ids; of a log record nothing is required.
        metric.Require(1);
        span.Require(1);
        span.Require(2);
        var best = Math.Min(log.Strange, Math.Min(metric.Strange, span.Strange));
        return (log.Strange == best, metric.Strange == best, span.Strange == best) switch
        {
            _ when best == Fit.Never => Sniffed.Unknown,
            (true, false, false) => Sniffed.Logs,
            (false, true, false) => Sniffed.Metrics,
            (false, false, true) => Sniffed.Traces,
            // Name and description may be as long as the two ids.
            (false, true, true) => metric.HasData ? Sniffed.Metrics : Sniffed.Traces,
            _ => Sniffed.Unknown,
        };
    }

    private static bool IsGauge(ReadOnlySpan<byte> content, int origin)
    {
        try
        {
            var fields = new WireReader(content, origin);
            while (fields.Next())
            {
                if (fields is not { Field: 1, IsLengthDelimited: true })
                {
                    return false;
                }
            }

            return true;
        }
        catch (MalformedPayloadException)
        {
            return false;
        }
    }

    private struct Fit
    {
        public const int Never = int.MaxValue;

        private int _strange;
        private uint _seen;
        private bool _isKnown;

        public bool IsOut { get; set; }

        /// <summary>A field that only holds data was there.</summary>
        public bool HasData { get; private set; }

        /// <summary>Fields that the signal does not have; <see cref="Never"/> when it is ruled out or has none of them.</summary>
        public readonly int Strange => IsOut || !_isKnown ? Never : _strange;

        public void Look(ReadOnlySpan<byte> shape, uint field, byte wireType)
        {
            var expected = field < shape.Length ? shape[(int)field] : Absent;
            IsOut |= expected != Absent && expected != wireType;
            _strange += expected == Absent ? 1 : 0;
            _isKnown |= expected == wireType;
            _seen |= field < 32 ? 1u << (int)field : 0;
            HasData |= field is 5 or 7 or 9 or 10 or 11;
        }

        public void Require(int field) => _strange += (_seen >> field & 1) == 0 ? 1 : 0;
    }
}
