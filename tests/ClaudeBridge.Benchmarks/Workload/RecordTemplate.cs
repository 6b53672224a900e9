using System.Buffers.Binary;
using System.Text;
using ClaudeBridge.Otlp;
using Google.Protobuf;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>One record, encoded once, and the places in it that every request writes anew.</summary>
internal sealed class RecordTemplate
{
    private RecordTemplate(byte[] bytes, Slot[] slots) => (Bytes, Slots) = (bytes, slots);

    /// <summary>Protobuf: with field tag and length, ready to stand in a ScopeLogs message. JSON: one object.</summary>
    public byte[] Bytes { get; }

    public Slot[] Slots { get; }

    public static RecordTemplate Of(LogRecord record, OtlpEncoding encoding)
    {
        byte[] bytes;
        List<Slot> slots;
        if (encoding == OtlpEncoding.Json)
        {
            bytes = Encoding.UTF8.GetBytes(RecordJson.Write(record));
            slots = [.. Find(bytes, SlotKind.Time, Encoding.UTF8.GetBytes($"{Placeholder.Time}"), count: 2)];
            slots.AddRange(Find(bytes, SlotKind.Sequence, Encoding.UTF8.GetBytes($"{Placeholder.Sequence}"), count: 1));
        }
        else
        {
            bytes = new ScopeLogs { LogRecords = { record } }.ToByteArray();
            var time = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(time, Placeholder.Time);
            slots = [.. Find(bytes, SlotKind.Time, time, count: 2)];
            slots.AddRange(Find(bytes, SlotKind.Sequence, Varint(Placeholder.Sequence), count: 1));
        }

        slots.AddRange(Placeholder.FindTexts(bytes));
        return new RecordTemplate(bytes, [.. slots.OrderBy(static slot => slot.Offset)]);
    }

    /// <summary>Three bytes.</summary>
    public static byte[] Varint(long number) => [(byte)(number | 0x80), (byte)((number >> 7) | 0x80), (byte)((number >> 14) & 0x7F)];

    private static List<Slot> Find(byte[] bytes, SlotKind kind, byte[] value, int count)
    {
        var found = new List<Slot>();
        for (var at = 0; bytes.AsSpan(at).IndexOf(value) is var next and >= 0; at += value.Length)
        {
            at += next;
            found.Add(new Slot(kind, at, 0));
        }

        return found.Count == count
            ? found
            : throw new InvalidOperationException($"A record must hold {count} placeholders for {kind}; this one holds {found.Count}.");
    }
}
