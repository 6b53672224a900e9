namespace ClaudeBridge.Sessions;

/// <summary>Where the client's counter jumps: numbers that no record of the session carries.</summary>
/// <param name="FromUnixNano">The last record before the jump.</param>
/// <param name="ToUnixNano">The first record after it.</param>
/// <param name="First">The first missing number.</param>
/// <param name="Last">The last missing number.</param>
public readonly record struct SequenceGap(ulong FromUnixNano, ulong ToUnixNano, long First, long Last)
{
    public long Missing => Last - First + 1;
}

/// <summary>Finds gaps in <c>event.sequence</c>, which counts per client process and not per session.</summary>
/// <remarks>
/// Nothing on a record names its process, so the processes are told apart by their counters: a record goes on where a process stopped; a number
/// below all that are under way begins another process, which may begin at any number, because what it wrote before belongs to other sessions.
/// </remarks>
public static class SequenceGaps
{
    /// <param name="records">Time (nanoseconds since 1970) and number of each record, by time, then number.</param>
    public static IReadOnlyList<SequenceGap> Find(IEnumerable<(ulong Time, long Sequence)> records)
    {
        var gaps = new List<SequenceGap>();
        var processes = new List<(ulong Time, long Sequence)>();
        foreach (var record in records)
        {
            var place = processes.FindIndex(process => process.Sequence == record.Sequence - 1);
            if (place < 0)
            {
                place = NearestBelow(processes, record.Sequence);
                if (place >= 0)
                {
                    gaps.Add(new SequenceGap(processes[place].Time, record.Time, processes[place].Sequence + 1, record.Sequence - 1));
                }
            }

            if (place < 0)
            {
                processes.Add(record);
            }
            else
            {
                processes[place] = record;
            }
        }

        return gaps;
    }

    private static int NearestBelow(List<(ulong Time, long Sequence)> processes, long sequence)
    {
        var nearest = -1;
        for (var i = 0; i < processes.Count; i++)
        {
            if (processes[i].Sequence < sequence && (nearest < 0 || processes[i].Sequence > processes[nearest].Sequence))
            {
                nearest = i;
            }
        }

        return nearest;
    }
}
