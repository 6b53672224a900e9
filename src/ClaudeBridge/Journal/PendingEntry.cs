using System.Threading.Tasks.Sources;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Journal;

/// <summary>An entry on its way to the writer, and the promise its caller waits on.</summary>
internal sealed class PendingEntry : IValueTaskSource<JournalPosition>
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Done = 2;

    private readonly CancellationToken _cancel;
    private readonly CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<JournalPosition> _promise = new() { RunContinuationsAsynchronously = true };
    private int _state;

    public PendingEntry(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel)
    {
        Entry = entry;
        Decoded = decoded;
        Attributes = EntryFormat.WriteAttributes(entry.Attributes);
        ContentCrc = Crc32C.Of(Attributes, entry.Body.Span);
        _cancel = cancel;
        _registration = cancel.UnsafeRegister(static pending => ((PendingEntry)pending!).Leave(), this);
    }

    public JournalEntry Entry { get; }

    public DecodedExport? Decoded { get; }

    public byte[] Attributes { get; }

    public uint ContentCrc { get; }

    public int Length => EntryFormat.HeaderLength + Attributes.Length + Entry.Body.Length;

    public ValueTask<JournalPosition> Stored => new(this, _promise.Version);

    /// <summary>False when the caller has left: then it is not written at all.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    public void Complete(JournalPosition position)
    {
        if (Interlocked.Exchange(ref _state, Done) != Done)
        {
            _registration.Unregister();
            _promise.SetResult(position);
        }
    }

    public void Fail(Exception reason)
    {
        if (Interlocked.Exchange(ref _state, Done) != Done)
        {
            _registration.Unregister();
            _promise.SetException(reason);
        }
    }

    JournalPosition IValueTaskSource<JournalPosition>.GetResult(short token) => _promise.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<JournalPosition>.GetStatus(short token) => _promise.GetStatus(token);

    void IValueTaskSource<JournalPosition>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _promise.OnCompleted(continuation, state, token, flags);

    private void Leave()
    {
        if (Interlocked.Exchange(ref _state, Done) != Done)
        {
            _promise.SetException(new OperationCanceledException(_cancel));
        }
    }
}
