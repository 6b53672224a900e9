namespace ClaudeBridge.Journal;

/// <summary>Lays entries out for one gathering write: headers and small bodies side by side, large bodies where they are.</summary>
internal sealed class GatherBuffer
{
    // One gathering write of the system takes at most this many buffers.
    private const int MaxBuffers = 1000;

    // Below this, copying costs less than one more buffer in the system call.
    private const int CopyBelow = 8 * 1024;

    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(512 * 1024, pinned: true);
    private readonly List<ReadOnlyMemory<byte>> _buffers = new(MaxBuffers + 2);
    private int _runStart;
    private int _used;

    public bool IsEmpty => _used == 0;

    /// <summary>False when what is laid out must be written first.</summary>
    public bool TryAdd(PendingEntry pending, in EntryHeader header)
    {
        var body = pending.Entry.Body;
        var copied = body.Length < CopyBelow;
        var needed = EntryFormat.HeaderLength + pending.Attributes.Length + (copied ? body.Length : 0);
        if (needed > _scratch.Length - _used || _buffers.Count >= MaxBuffers)
        {
            return false;
        }

        EntryFormat.WriteHeader(_scratch.AsSpan(_used), header);
        _used += EntryFormat.HeaderLength;
        Copy(pending.Attributes);
        if (copied)
        {
            Copy(body.Span);
        }
        else
        {
            EndRun();
            _buffers.Add(body);
        }

        return true;
    }

    /// <summary>All that was added, in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Finish()
    {
        EndRun();
        return _buffers;
    }

    public void Clear()
    {
        _buffers.Clear();
        _runStart = 0;
        _used = 0;
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_scratch.AsSpan(_used));
        _used += bytes.Length;
    }

    private void EndRun()
    {
        if (_used > _runStart)
        {
            _buffers.Add(_scratch.AsMemory(_runStart, _used - _runStart));
            _runStart = _used;
        }
    }
}
