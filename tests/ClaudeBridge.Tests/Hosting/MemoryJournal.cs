using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>A journal in memory that a test can cut, damage and feed from several threads.</summary>
internal sealed class MemoryJournal : IJournalReader
{
    private readonly Lock _lock = new();
    private readonly List<JournalItem> _items = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _end;
    private long _oldest;

    /// <summary>Entries are handed on decoded, as a receiver does it; else they are read "from disk".</summary>
    public bool IsLive { get; set; }

    public JournalPosition Oldest
    {
        get
        {
            lock (_lock)
            {
                return new(_oldest);
            }
        }
    }

    public JournalPosition End
    {
        get
        {
            lock (_lock)
            {
                return new(_end);
            }
        }
    }

    public JournalPosition Append(RecordedRequest request, DateTimeOffset? receivedAt = null) =>
        Append(request.Signal, request.Encoding, request.Body, receivedAt);

    public JournalPosition Append(Signal signal, OtlpEncoding encoding, byte[] body, DateTimeOffset? receivedAt = null)
    {
        var entry = new JournalEntry
        {
            Kind = JournalEntryKind.Export,
            Signal = signal,
            Encoding = encoding,
            ReceivedAt = receivedAt ?? DateTimeOffset.UnixEpoch,
            Body = body,
        };
        TaskCompletionSource news;
        lock (_lock)
        {
            var next = new JournalPosition(_end + body.Length + 10);
            _items.Add(new JournalItem(new JournalPosition(_end), next, entry, IsLive ? OtlpDecoder.Decode(signal, encoding, body) : null));
            _end = next.Value;
            news = _news;
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.SetResult();
        return End;
    }

    /// <summary>Retention by a hard limit: the first entries are gone.</summary>
    public void DropFirst(int count)
    {
        lock (_lock)
        {
            _items.RemoveRange(0, count);
            _oldest = _items.Count > 0 ? _items[0].Position.Value : _end;
        }
    }

    /// <summary>An entry that is there but cannot be read from disk.</summary>
    public void Damage(int index)
    {
        lock (_lock)
        {
            _items.RemoveAt(index);
        }
    }

    public IEnumerable<JournalItem> ReadFrom(JournalPosition position)
    {
        List<JournalItem> items;
        lock (_lock)
        {
            items = [.. _items.Where(item => item.Position >= position).Select(static item => item with { Decoded = null })];
        }

        return items;
    }

    public async Task WaitAsync(JournalPosition position, CancellationToken cancel)
    {
        while (End <= position)
        {
            Task news;
            lock (_lock)
            {
                if (_end > position.Value)
                {
                    return;
                }

                news = _news.Task;
            }

            await news.WaitAsync(cancel);
        }
    }

    public bool TryTakeLive(JournalPosition position, out JournalItem item)
    {
        lock (_lock)
        {
            item = _items.Find(found => found.Position == position)!;
            return IsLive && item is not null;
        }
    }
}
