using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions;

/// <summary>
/// Gives records their identity: SHA-256 over resource, scope and record in a canonical form (attributes sorted), so that the same record is
/// known again in another encoding, another order of attributes or another request. Equal records within one request are told apart by their ordinal.
/// </summary>
/// <remarks>One instance serves one request.</remarks>
internal sealed class RecordIdentity
{
    private readonly CanonicalBytes _bytes = new();
    private readonly Dictionary<RecordId, int> _seen = [];
    private byte[] _origin = [];

    /// <summary>Must be called before the records of a scope.</summary>
    public void Enter(Origin origin)
    {
        _bytes.Clear();
        _bytes.Write(origin.Resource.Attributes);
        _bytes.Write(origin.Scope.Name);
        _bytes.Write(origin.Scope.Version);
        _bytes.Write(origin.Scope.Attributes);
        _origin = _bytes.Hash();
    }

    public RecordId Of(LogRecord log)
    {
        Begin(1);
        _bytes.Write(log.TimeUnixNano);
        _bytes.Write(log.ObservedTimeUnixNano);
        _bytes.Write((ulong)log.SeverityNumber);
        _bytes.Write(log.SeverityText);
        _bytes.Write(log.Body);
        _bytes.Write(log.Attributes);
        _bytes.Write(log.Flags);
        _bytes.Write(log.TraceId);
        _bytes.Write(log.SpanId);
        _bytes.Write(log.EventName);
        return Finish();
    }

    public RecordId Of(Span span)
    {
        Begin(2);
        _bytes.Write(span.TraceId);
        _bytes.Write(span.SpanId);
        _bytes.Write(span.ParentSpanId);
        _bytes.Write(span.TraceState);
        _bytes.Write(span.Name);
        _bytes.Write((ulong)span.Kind);
        _bytes.Write(span.StartTimeUnixNano);
        _bytes.Write(span.EndTimeUnixNano);
        _bytes.Write(span.Attributes);
        _bytes.Write(span.Flags);
        _bytes.Write((ulong)(span.Status?.Code ?? Status.Types.StatusCode.Unset));
        _bytes.Write(span.Status?.Message ?? "");
        _bytes.Write((ulong)span.Events.Count);
        foreach (var item in span.Events)
        {
            _bytes.Write(item.TimeUnixNano);
            _bytes.Write(item.Name);
            _bytes.Write(item.Attributes);
        }

        _bytes.Write((ulong)span.Links.Count);
        foreach (var link in span.Links)
        {
            _bytes.Write(link.TraceId);
            _bytes.Write(link.SpanId);
            _bytes.Write(link.Attributes);
        }

        return Finish();
    }

    private void Begin(byte kind)
    {
        _bytes.Clear();
        _bytes.WriteRaw(_origin);
        _bytes.WriteRaw([kind]);
    }

    private RecordId Finish()
    {
        var id = _bytes.Id();
        var ordinal = _seen.GetValueOrDefault(id);
        _seen[id] = ordinal + 1;
        if (ordinal == 0)
        {
            return id;
        }

        _bytes.Write((ulong)ordinal);
        return _bytes.Id();
    }
}
