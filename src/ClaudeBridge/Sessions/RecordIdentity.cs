using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
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
    private readonly ArrayBufferWriter<byte> _buffer = new(2048);
    private readonly Dictionary<RecordId, int> _seen = [];
    private byte[] _origin = [];

    /// <summary>Must be called before the records of a scope.</summary>
    public void Enter(Origin origin)
    {
        _buffer.ResetWrittenCount();
        Write(origin.Resource.Attributes);
        Write(origin.Scope.Name);
        Write(origin.Scope.Version);
        Write(origin.Scope.Attributes);
        _origin = SHA256.HashData(_buffer.WrittenSpan);
    }

    public RecordId Of(LogRecord log)
    {
        Begin(1);
        Write(log.TimeUnixNano);
        Write(log.ObservedTimeUnixNano);
        Write((ulong)log.SeverityNumber);
        Write(log.SeverityText);
        Write(log.Body);
        Write(log.Attributes);
        Write(log.Flags);
        Write(log.TraceId);
        Write(log.SpanId);
        Write(log.EventName);
        return Finish();
    }

    public RecordId Of(Span span)
    {
        Begin(2);
        Write(span.TraceId);
        Write(span.SpanId);
        Write(span.ParentSpanId);
        Write(span.TraceState);
        Write(span.Name);
        Write((ulong)span.Kind);
        Write(span.StartTimeUnixNano);
        Write(span.EndTimeUnixNano);
        Write(span.Attributes);
        Write(span.Flags);
        Write((ulong)(span.Status?.Code ?? Status.Types.StatusCode.Unset));
        Write(span.Status?.Message ?? "");
        Write((ulong)span.Events.Count);
        foreach (var item in span.Events)
        {
            Write(item.TimeUnixNano);
            Write(item.Name);
            Write(item.Attributes);
        }

        Write((ulong)span.Links.Count);
        foreach (var link in span.Links)
        {
            Write(link.TraceId);
            Write(link.SpanId);
            Write(link.Attributes);
        }

        return Finish();
    }

    private void Begin(byte kind)
    {
        _buffer.ResetWrittenCount();
        _buffer.Write(_origin);
        _buffer.Write([kind]);
    }

    private RecordId Finish()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_buffer.WrittenSpan, hash);
        var id = RecordId.FromBytes(hash);
        var ordinal = _seen.GetValueOrDefault(id);
        _seen[id] = ordinal + 1;
        if (ordinal == 0)
        {
            return id;
        }

        Write((ulong)ordinal);
        SHA256.HashData(_buffer.WrittenSpan, hash);
        return RecordId.FromBytes(hash);
    }

    private void Write(RepeatedField<KeyValue> attributes)
    {
        Write((ulong)attributes.Count);
        if (attributes.Count == 0)
        {
            return;
        }

        // A stable sort: of equal keys the first stays first, because it is the one that counts.
        var order = ArrayPool<(KeyValue Pair, int Index)>.Shared.Rent(attributes.Count);
        var used = order.AsSpan(0, attributes.Count);
        for (var i = 0; i < used.Length; i++)
        {
            used[i] = (attributes[i], i);
        }

        used.Sort(
            static (one, other) =>
                string.CompareOrdinal(one.Pair.Key, other.Pair.Key) is var byKey and not 0 ? byKey : one.Index.CompareTo(other.Index)
        );
        foreach (var (pair, _) in used)
        {
            Write(pair.Key);
            Write(pair.Value);
        }

        ArrayPool<(KeyValue, int)>.Shared.Return(order, clearArray: true);
    }

    private void Write(AnyValue? value)
    {
        var kind = value?.ValueCase ?? AnyValue.ValueOneofCase.None;
        _buffer.Write([(byte)kind]);
        switch (kind)
        {
            case AnyValue.ValueOneofCase.StringValue:
                Write(value!.StringValue);
                break;
            case AnyValue.ValueOneofCase.BoolValue:
                Write(value!.BoolValue ? 1UL : 0UL);
                break;
            case AnyValue.ValueOneofCase.IntValue:
                Write((ulong)value!.IntValue);
                break;
            case AnyValue.ValueOneofCase.DoubleValue:
                Write(BitConverter.DoubleToUInt64Bits(value!.DoubleValue));
                break;
            case AnyValue.ValueOneofCase.BytesValue:
                Write(value!.BytesValue);
                break;
            case AnyValue.ValueOneofCase.ArrayValue:
                Write((ulong)value!.ArrayValue.Values.Count);
                foreach (var item in value.ArrayValue.Values)
                {
                    Write(item);
                }

                break;
            case AnyValue.ValueOneofCase.KvlistValue:
                Write(value!.KvlistValue.Values);
                break;
        }
    }

    private void Write(string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var span = _buffer.GetSpan(most + 4);
        var length = Encoding.UTF8.GetBytes(text, span[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        _buffer.Advance(length + 4);
    }

    private void Write(ByteString bytes)
    {
        Write((ulong)bytes.Length);
        _buffer.Write(bytes.Span);
    }

    private void Write(ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), number);
        _buffer.Advance(8);
    }
}
