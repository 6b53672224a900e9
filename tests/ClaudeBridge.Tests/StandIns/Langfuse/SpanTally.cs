using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.StandIns.Langfuse;

/// <summary>Ticks off the observations of numbered sessions, four bytes each, where there are more than a table of rows has memory for.</summary>
/// <param name="sessions">How many there are to come.</param>
/// <param name="numberOf">The number of a session by its id; -1 for one that is none of them.</param>
public sealed class SpanTally(int sessions, Func<string, int> numberOf)
{
    private static readonly string[] Types = ["agent", "generation", "tool"];

    private readonly Lock _gate = new();

    /// <summary>Of each session and type: the mark of the row that was taken; 0 for none.</summary>
    private readonly int[] _rows = new int[sessions * Types.Length];

    private int _count;
    private int _strange;
    private int _repeated;

    /// <summary>Observations that were taken, each counted once.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Observations that came again as what they were.</summary>
    public int Repeated => Volatile.Read(ref _repeated);

    /// <summary>Those of no such session or type, and those that came again as another trace, span or start: two rows for good.</summary>
    public int Strange => Volatile.Read(ref _strange);

    public void Take(IReadOnlyList<Span> spans)
    {
        lock (_gate)
        {
            foreach (var span in spans)
            {
                TakeNeedsLock(span);
            }
        }
    }

    private void TakeNeedsLock(Span span)
    {
        var (number, type) = (numberOf(Text(span, "langfuse.session.id")), Array.IndexOf(Types, Text(span, "langfuse.observation.type")));
        if (number < 0 || number >= sessions || type < 0)
        {
            _strange++;
            return;
        }

        ref var row = ref _rows[(number * Types.Length) + type];
        var mark = MarkOf(span);
        if (row == 0)
        {
            (row, _count) = (mark, _count + 1);
        }
        else if (row == mark)
        {
            _repeated++;
        }
        else
        {
            _strange++;
        }
    }

    /// <summary>What makes a row, never 0.</summary>
    private static int MarkOf(Span span)
    {
        var hash = new HashCode();
        hash.AddBytes(span.TraceId.Span);
        hash.AddBytes(span.SpanId.Span);
        hash.Add(span.StartTimeUnixNano);
        return hash.ToHashCode() | 1;
    }

    private static string Text(Span span, string key) => span.Attributes.FirstOrDefault(pair => pair.Key == key)?.Value.StringValue ?? "";
}
