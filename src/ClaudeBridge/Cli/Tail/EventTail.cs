using System.Diagnostics.CodeAnalysis;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Cli.Tail;

/// <summary>Reads what a store takes in, for as long as it is wanted: beside a running bridge, before its first start, and across a store that is built anew.</summary>
internal sealed class EventTail(IStorePages pages, EventChoice choice, TimeProvider clock, TextWriter notes)
{
    /// <summary>Between two looks at a store that had nothing new.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private const int AtOnce = 500;

    /// <summary>Pages looked through for the latest events that are wanted.</summary>
    private const int MostPages = 50;

    private string? _trouble;

    /// <param name="last">How many of the latest events to begin with.</param>
    /// <param name="print">Is given events in the order of taking in.</param>
    public async Task RunAsync(int last, Action<EventRow> print, CancellationToken cancel)
    {
        long after;
        while (!Ask(End, out after))
        {
            await Task.Delay(Pause, clock, cancel);
        }

        if (last > 0 && Ask(() => Latest(last, after), out var latest))
        {
            latest.ForEach(print);
        }

        while (true)
        {
            if (!Ask(() => Next(after), out var found))
            {
                await Task.Delay(Pause, clock, cancel);
                continue;
            }

            found.Items.ForEach(print);
            cancel.ThrowIfCancellationRequested();
            if (found.Next == after)
            {
                // A store that was built anew counts from its beginning.
                after = Ask(End, out var end) ? Math.Min(after, end) : after;
                await Task.Delay(Pause, clock, cancel);
            }
            else
            {
                after = found.Next;
            }
        }
    }

    private long End() => pages.EventsAfter(choice.Filter, after: null, limit: 1).Next;

    private (List<EventRow> Items, long Next) Next(long after)
    {
        var (items, next) = pages.EventsAfter(choice.Filter, after, AtOnce);
        return ([.. items.Where(row => choice.Fits(row, pages))], next);
    }

    /// <summary>The latest events up to a moment, the earliest first.</summary>
    private List<EventRow> Latest(int most, long upTo)
    {
        var found = new List<EventRow>(Math.Min(most, AtOnce));
        string? cursor = null;
        for (var page = 0; page < MostPages && found.Count < most; page++)
        {
            var answer = pages.Events(choice.Filter, new PageRequest(AtOnce, cursor));
            found.AddRange(answer.Items.Where(row => row.Cursor <= upTo && choice.Fits(row, pages)).Take(most - found.Count));
            if ((cursor = answer.Next) is null)
            {
                break;
            }
        }

        found.Reverse();
        return found;
    }

    /// <summary>Says once what keeps the store from being read, and once that it can be.</summary>
    private bool Ask<T>(Func<T> question, [MaybeNullWhen(false)] out T answer)
    {
        try
        {
            answer = question();
        }
        catch (StoreUnavailableException trouble)
        {
            if (trouble.Message != _trouble)
            {
                notes.WriteLine($"{trouble.Message} Waiting for it; Ctrl+C ends.");
                _trouble = trouble.Message;
            }

            answer = default;
            return false;
        }

        if (_trouble is not null)
        {
            notes.WriteLine("The store can be read now.");
            _trouble = null;
        }

        return true;
    }
}
