using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;
using Google.Protobuf;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Store;

/// <summary>Facts as bytes: several of one batch in one blob, each with its identity, its origin's number and the record as protobuf.</summary>
internal static class FactCodec
{
    private const byte Log = 1;
    private const byte Span = 2;
    private const byte Context = 3;

    public static void Write(Fact fact, long originId, ByteWriter to)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(to.Reserve(16), fact.Id.Value);
        if (fact.Context is { } context)
        {
            to.Byte(Context);
            to.Number((ulong)originId);
            to.Number((ulong)context.Body.Length);
            context.Body.Span.CopyTo(to.Reserve(context.Body.Length));
            return;
        }

        to.Byte(fact.Log is null ? Span : Log);
        to.Number((ulong)originId);
        IMessage record = fact.Log is null ? fact.Span! : fact.Log;
        var length = record.CalculateSize();
        to.Number((ulong)length);
        record.WriteTo(to.Reserve(length));
    }

    /// <exception cref="StoreDamagedException">The blob is not what was written.</exception>
    public static void Read(ReadOnlySpan<byte> data, Func<long, Origin> origins, List<Fact> into)
    {
        var from = new ByteReader(data);
        while (!from.IsAtEnd)
        {
            var id = RecordId.FromBytes(from.Bytes(16));
            var kind = from.Byte();
            var origin = origins((long)from.Number());
            var record = from.Bytes(from.Number());
            try
            {
                into.Add(
                    new Fact
                    {
                        Id = id,
                        Origin = origin,
                        Log = kind == Log ? LogRecord.Parser.ParseFrom(record) : null,
                        Span = kind == Span ? OpenTelemetry.Proto.Trace.V1.Span.Parser.ParseFrom(record) : null,
                        Context = kind == Context ? ContextEntry.Read(record.ToArray()) : null,
                    }
                );
            }
            catch (Exception failure) when (failure is InvalidProtocolBufferException or FormatException)
            {
                throw new StoreDamagedException("A record in the store cannot be read.", failure);
            }
        }
    }

    public static void WriteOrigin(Origin origin, ByteWriter to)
    {
        var length = origin.Resource.CalculateSize();
        to.Number((ulong)length);
        origin.Resource.WriteTo(to.Reserve(length));
        length = origin.Scope.CalculateSize();
        to.Number((ulong)length);
        origin.Scope.WriteTo(to.Reserve(length));
    }

    /// <exception cref="StoreDamagedException">The blob is not what was written.</exception>
    public static Origin ReadOrigin(ReadOnlySpan<byte> data)
    {
        var from = new ByteReader(data);
        try
        {
            var resource = Resource.Parser.ParseFrom(from.Bytes(from.Number()));
            return new Origin(resource, InstrumentationScope.Parser.ParseFrom(from.Bytes(from.Number())));
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new StoreDamagedException("An origin in the store cannot be read.", failure);
        }
    }
}
