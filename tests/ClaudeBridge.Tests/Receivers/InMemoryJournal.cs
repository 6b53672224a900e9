using System.Collections.Concurrent;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>A journal that keeps its entries in memory, and fails or hangs when told to.</summary>
internal sealed class InMemoryJournal : IJournalWriter
{
    private readonly ConcurrentQueue<(JournalEntry Entry, DecodedExport? Decoded)> _entries = new();
    private long _end;

    /// <summary>Thrown by every append while set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Appends wait for this before they are kept.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Completes when an append has begun.</summary>
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsWritable => Failure is null;

    public IReadOnlyList<JournalEntry> Entries => [.. _entries.Select(item => item.Entry)];

    public IReadOnlyList<DecodedExport?> Decoded => [.. _entries.Select(item => item.Decoded)];

    public async ValueTask<JournalPosition> AppendAsync(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel)
    {
        Entered.TrySetResult();
        if (Failure is not null)
        {
            throw Failure;
        }

        await Gate.WaitAsync(cancel);
        _entries.Enqueue((entry, decoded));
        return new JournalPosition(Interlocked.Add(ref _end, entry.Body.Length));
    }
}
