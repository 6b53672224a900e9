using System.Buffers.Binary;
using System.Buffers.Text;

namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>One user at work: a session after another, a turn after another, each record once. For one thread.</summary>
internal sealed class Lane
{
    private const long FirstSequence = 1_000_000;
    private const int IdsPerTurn = 128;

    private readonly Templates _templates;
    private readonly RunIds _ids;
    private readonly ulong _number;
    private readonly int _turnsPerSession;
    private readonly Guid[] _user;

    private Guid _session;
    private Guid _prompt;
    private ulong _sessions;
    private ulong _turns;
    private int _turnsLeft;
    private RecordTemplate[] _turn = [];
    private int _next;
    private long _sequence;
    private long _millis;

    /// <param name="number">Unique within the run, below 2^16.</param>
    public Lane(Templates templates, RunIds ids, int number, int turnsPerSession)
    {
        _templates = templates;
        _ids = ids;
        _number = (ulong)number << 40;
        _turnsPerSession = turnsPerSession;
        _user = [ids.Of(SlotKind.User, _number), ids.Of(SlotKind.User, _number + 1)];
    }

    /// <summary>Writes an export request with the next records of this user.</summary>
    /// <param name="nowMillis">Milliseconds since 1970. A record's time is this, or one millisecond after the record before it.</param>
    public void Write(RequestBuffer request, int records, long nowMillis)
    {
        request.Clear();
        if (_templates.Encoding == Otlp.OtlpEncoding.Json)
        {
            request.Append(_templates.Resource);
            for (var i = 0; i < records; i++)
            {
                if (i > 0)
                {
                    request.Append(","u8);
                }

                WriteRecord(request, nowMillis);
            }

            request.Append(_templates.Scope);
            return;
        }

        // Lengths stand before what they measure, so they are left room for and written last, without padding.
        const int Room = 12;
        var head = request.Skip(Room + _templates.Resource.Length);
        request.Append(_templates.Scope);
        for (var i = 0; i < records; i++)
        {
            WriteRecord(request, nowMillis);
        }

        WriteHead(request, head, Room);
    }

    private void WriteHead(RequestBuffer request, int start, int room)
    {
        var resource = _templates.Resource;
        var scopeLogs = request.Length - room - resource.Length;
        var resourceLogs = resource.Length + 1 + VarintLength(scopeLogs) + scopeLogs;
        var unused = room - (2 + VarintLength(scopeLogs) + VarintLength(resourceLogs));
        request.DropFront(unused);
        var head = request.Span(start + unused);
        head[0] = 0x0A;
        var at = 1 + WriteVarint(head[1..], resourceLogs);
        resource.CopyTo(head[at..]);
        at += resource.Length;
        head[at] = 0x12;
        _ = WriteVarint(head[(at + 1)..], scopeLogs);
    }

    private void WriteRecord(RequestBuffer request, long nowMillis)
    {
        if (_next == _turn.Length)
        {
            BeginTurn();
        }

        _millis = Math.Max(_millis + 1, nowMillis);
        var template = _turn[_next++];
        var record = request.Append(template.Bytes);
        foreach (var slot in template.Slots)
        {
            Fill(record[slot.Offset..], slot);
        }

        _sequence++;
    }

    private void BeginTurn()
    {
        if (_turnsLeft-- == 0)
        {
            _turnsLeft = _turnsPerSession - 1;
            _session = _ids.Of(SlotKind.Session, _number + _sessions++);
            _sequence = FirstSequence;
        }

        _prompt = _ids.Of(SlotKind.Prompt, _number + ++_turns);
        _turn = _templates.Turns[(int)((_turns + (_number >> 40)) % (ulong)_templates.Turns.Count)];
        _next = 0;
    }

    private void Fill(Span<byte> place, Slot slot)
    {
        switch (slot.Kind)
        {
            case SlotKind.Time when _templates.Encoding == Otlp.OtlpEncoding.Json:
                _ = Utf8Formatter.TryFormat((ulong)_millis * 1_000_000, place, out _);
                break;
            case SlotKind.Time:
                BinaryPrimitives.WriteUInt64LittleEndian(place, (ulong)_millis * 1_000_000);
                break;
            case SlotKind.Timestamp:
                WriteTimestamp(place);
                break;
            case SlotKind.Sequence when _templates.Encoding == Otlp.OtlpEncoding.Json:
                _ = Utf8Formatter.TryFormat(_sequence, place, out _);
                break;
            case SlotKind.Sequence:
                place[0] = (byte)(_sequence | 0x80);
                place[1] = (byte)((_sequence >> 7) | 0x80);
                place[2] = (byte)((_sequence >> 14) & 0x7F);
                break;
            case SlotKind.User:
                _ = _user[0].TryFormat(place, out _, "N");
                _ = _user[1].TryFormat(place[32..], out _, "N");
                break;
            case SlotKind.Session:
                _ = _session.TryFormat(place, out _);
                break;
            case SlotKind.Prompt:
                _ = _prompt.TryFormat(place, out _);
                break;
            case SlotKind.Message:
                _ = IdOf(slot).TryFormat(place, out _);
                break;
            default:
                Span<byte> hex = stackalloc byte[32];
                _ = IdOf(slot).TryFormat(hex, out _, "N");
                hex[..Placeholder.WidthOf(slot.Kind)].CopyTo(place);
                break;
        }
    }

    private Guid IdOf(Slot slot) => _ids.Of(slot.Kind, ((_number + _turns) * IdsPerTurn) + (ulong)slot.Index);

    private void WriteTimestamp(Span<byte> place)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(_millis).UtcDateTime;
        _ = time.TryFormat(place, out _, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
    }

    private static int VarintLength(int value) =>
        value switch
        {
            < 1 << 7 => 1,
            < 1 << 14 => 2,
            < 1 << 21 => 3,
            < 1 << 28 => 4,
            _ => 5,
        };

    private static int WriteVarint(Span<byte> place, int value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            place[at++] = (byte)(value | 0x80);
        }

        place[at++] = (byte)value;
        return at;
    }
}
