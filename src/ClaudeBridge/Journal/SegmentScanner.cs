using System.Buffers;

namespace ClaudeBridge.Journal;

/// <summary>A stretch of the journal that cannot be read.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where reading goes on.</param>
internal readonly record struct DamagedPlace(string Path, JournalPosition From, JournalPosition To, string Reason)
{
    public long Bytes => To.Value - From.Value;
}

/// <summary>Walks the entries of one segment. A damaged one is reported and passed over; reading goes on at the next that is whole.</summary>
/// <param name="start">The position to begin at.</param>
/// <param name="limit">The position to end at; nothing from there on is looked at.</param>
/// <param name="onDamage">Told of each damaged stretch as it is passed.</param>
/// <param name="keepContent">False when only the headers matter: contents are checked but their memory is used again.</param>
/// <param name="headersAlone">Contents are not even read: for counting.</param>
internal sealed class SegmentScanner(
    IJournalFile file,
    Segment segment,
    long start,
    long limit,
    Action<DamagedPlace> onDamage,
    bool keepContent,
    bool headersAlone = false
) : IDisposable
{
    private const int WindowBytes = 256 * 1024;
    private const int HeadersWindowBytes = 4 * 1024;

    private readonly byte[] _window = ArrayPool<byte>.Shared.Rent(
        (int)Math.Clamp(limit - start, EntryFormat.HeaderLength, headersAlone ? HeadersWindowBytes : WindowBytes)
    );
    private long _windowStart;
    private int _windowLength;
    private byte[] _reused = [];
    private long _position = start;

    /// <summary>Where the last gap that was passed ends; 0 for none.</summary>
    public long GapEnd { get; private set; }

    /// <summary>The next whole entry, or false at the limit.</summary>
    /// <param name="content">Attributes and body; the caller's own when content is kept, else valid until the next call.</param>
    public bool TryNext(out EntryHeader header, out ReadOnlyMemory<byte> content)
    {
        while (_position < limit)
        {
            var at = _position;
            if (IsHeaderAt(at, out header) && header.Length <= limit - at)
            {
                _position = at + header.Length;
                content = default;
                if (header.Kind == JournalEntryKind.Gap)
                {
                    GapEnd = _position;
                    continue;
                }

                if (headersAlone || TryReadContent(header, out content))
                {
                    return true;
                }

                Report(at, _position, "the content of an entry does not match its checksum");
            }
            else
            {
                _position = FindNextHeader(at + 1);
                Report(at, _position, "no entry begins where one should");
            }
        }

        header = default;
        content = default;
        return false;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_window);

    private bool IsHeaderAt(long position, out EntryHeader header) =>
        EntryFormat.TryReadHeader(Peek(position, EntryFormat.HeaderLength), out header)
        && header.Mark == segment.Mark
        && header.Position == position;

    private bool TryReadContent(in EntryHeader header, out ReadOnlyMemory<byte> content)
    {
        var length = header.ContentLength;
        if (keepContent)
        {
            _reused = GC.AllocateUninitializedArray<byte>(length);
        }
        else if (_reused.Length < length)
        {
            _reused = GC.AllocateUninitializedArray<byte>(length);
        }

        var target = _reused.AsMemory(0, length);
        content = target;
        return TryCopy(header.Position + EntryFormat.HeaderLength, target.Span) && Crc32C.Of(target.Span) == header.ContentCrc;
    }

    /// <summary>The position of the next header that is whole, or the limit.</summary>
    private long FindNextHeader(long from)
    {
        Span<byte> wanted = stackalloc byte[EntryFormat.MagicAndMarkLength];
        EntryFormat.WriteMagicAndMark(wanted, segment.Mark);
        while (from <= limit - EntryFormat.HeaderLength)
        {
            var bytes = Peek(from, EntryFormat.HeaderLength);
            if (bytes.Length < EntryFormat.HeaderLength)
            {
                break;
            }

            var found = bytes.IndexOf(wanted);
            if (found < 0)
            {
                from += bytes.Length - wanted.Length + 1;
                continue;
            }

            from += found;
            if (IsHeaderAt(from, out _))
            {
                return from;
            }

            from++;
        }

        return limit;
    }

    /// <summary>What the window holds from a position on: at least as much as asked for unless the file or the limit ends before.</summary>
    private ReadOnlySpan<byte> Peek(long position, int atLeast)
    {
        var skip = position - _windowStart;
        if (skip < 0 || skip + atLeast > _windowLength)
        {
            var wanted = (int)Math.Min(_window.Length, limit - position);
            _windowLength = Read(_window.AsSpan(0, wanted), position);
            _windowStart = position;
            skip = 0;
        }

        return _window.AsSpan((int)skip, _windowLength - (int)skip);
    }

    private bool TryCopy(long position, Span<byte> target)
    {
        var skip = position - _windowStart;
        var here = (int)Math.Clamp(_windowLength - skip, 0, target.Length);
        _window.AsSpan((int)Math.Min(skip, _windowLength), here).CopyTo(target);
        target = target[here..];
        position += here;
        if (target.Length > _window.Length / 2)
        {
            return Read(target, position) == target.Length;
        }

        var rest = target.IsEmpty ? [] : Peek(position, target.Length);
        if (rest.Length < target.Length)
        {
            return false;
        }

        rest[..target.Length].CopyTo(target);
        return true;
    }

    private int Read(Span<byte> target, long position) =>
        file.ReadAround(target, Segment.OffsetOf(segment.Base, position), Segment.OffsetOf(segment.Base, limit));

    private void Report(long from, long to, string reason) => onDamage(new DamagedPlace(segment.Path, new(from), new(to), reason));
}
