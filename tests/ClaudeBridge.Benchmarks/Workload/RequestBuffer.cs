namespace ClaudeBridge.Benchmarks.Workload;

/// <summary>The bytes of one request body, with room before them for what a protocol puts in front. Grows to the largest body and is used again.</summary>
internal sealed class RequestBuffer
{
    /// <summary>Bytes that a protocol may write before the body: a request's head, a message's prefix.</summary>
    public const int Headroom = 4096;

    private byte[] _bytes = new byte[Headroom + (16 * 1024)];
    private int _start = Headroom;
    private int _end = Headroom;

    public int Length => _end - _start;

    public ReadOnlyMemory<byte> Body => _bytes.AsMemory(_start, Length);

    public void Clear() => _start = _end = Headroom;

    public Span<byte> Append(ReadOnlySpan<byte> data)
    {
        Reserve(data.Length);
        var place = _bytes.AsSpan(_end, data.Length);
        data.CopyTo(place);
        _end += data.Length;
        return place;
    }

    /// <summary>Leaves bytes to be written later; returns where they begin, for <see cref="Span"/>.</summary>
    public int Skip(int count)
    {
        Reserve(count);
        var at = _end;
        _end += count;
        return at;
    }

    public Span<byte> Span(int start) => _bytes.AsSpan(start, _end - start);

    public void DropFront(int count) => _start += count;

    /// <summary>The body with something before it, in one piece.</summary>
    public ReadOnlyMemory<byte> WithHead(ReadOnlySpan<byte> head)
    {
        if (head.Length > _start)
        {
            throw new ArgumentException($"There is room for {_start} bytes before the body, not for {head.Length}.", nameof(head));
        }

        head.CopyTo(_bytes.AsSpan(_start - head.Length));
        return _bytes.AsMemory(_start - head.Length, head.Length + Length);
    }

    private void Reserve(int count)
    {
        if (_end + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _end + count));
        }
    }
}
