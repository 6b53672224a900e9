namespace ClaudeBridge.Cli.Expect;

/// <summary>The difference of two documents line by line, by the algorithm of Myers, with the path of each stretch that differs.</summary>
internal static class LineDiff
{
    /// <summary>Documents further apart than this are not aligned but compared place by place: it would tell a reader nothing more.</summary>
    private const int MaxEdits = 4000;

    /// <returns>Empty when both are equal. <c>-</c> is what was expected, <c>+</c> what came.</returns>
    public static IReadOnlyList<string> Compare(IReadOnlyList<PathLine> expected, IReadOnlyList<PathLine> actual)
    {
        var prefix = 0;
        while (prefix < expected.Count && prefix < actual.Count && expected[prefix].Text == actual[prefix].Text)
        {
            prefix++;
        }

        var suffix = 0;
        while (
            suffix < expected.Count - prefix && suffix < actual.Count - prefix && expected[^(suffix + 1)].Text == actual[^(suffix + 1)].Text
        )
        {
            suffix++;
        }

        var before = expected.Skip(prefix).Take(expected.Count - prefix - suffix).ToArray();
        var after = actual.Skip(prefix).Take(actual.Count - prefix - suffix).ToArray();
        return Describe(Edits(before, after));
    }

    /// <summary>Lines that only one side has, in order.</summary>
    private static List<(bool IsExpected, PathLine Line)> Edits(PathLine[] before, PathLine[] after)
    {
        var rounds = Search(before, after);
        return rounds is null ? PlaceByPlace(before, after) : Trace(rounds, before, after);
    }

    /// <summary>For each number of edits, how far each diagonal reaches; null when there are too many.</summary>
    private static List<int[]>? Search(PathLine[] before, PathLine[] after)
    {
        var limit = Math.Min(before.Length + after.Length, MaxEdits);
        var rounds = new List<int[]>();
        var reach = new int[3];
        for (var edits = 0; edits <= limit; edits++)
        {
            // Index edits + 1 + diagonal; two more on each side than the round before.
            var next = new int[2 * edits + 3];
            for (var diagonal = -edits; diagonal <= edits; diagonal += 2)
            {
                var x =
                    edits == 0 ? 0
                    : diagonal == -edits || (diagonal != edits && At(reach, edits - 1, diagonal - 1) < At(reach, edits - 1, diagonal + 1))
                        ? At(reach, edits - 1, diagonal + 1)
                    : At(reach, edits - 1, diagonal - 1) + 1;
                while (x < before.Length && x - diagonal < after.Length && before[x].Text == after[x - diagonal].Text)
                {
                    x++;
                }

                next[edits + 1 + diagonal] = x;
                if (x >= before.Length && x - diagonal >= after.Length)
                {
                    rounds.Add(next);
                    return rounds;
                }
            }

            rounds.Add(next);
            reach = next;
        }

        return null;
    }

    private static int At(int[] reach, int edits, int diagonal) => reach[edits + 1 + diagonal];

    private static List<(bool IsExpected, PathLine Line)> Trace(List<int[]> rounds, PathLine[] before, PathLine[] after)
    {
        var result = new List<(bool, PathLine)>();
        var x = before.Length;
        var y = after.Length;
        for (var edits = rounds.Count - 1; edits > 0; edits--)
        {
            var diagonal = x - y;
            var reach = rounds[edits - 1];
            var isInsertion =
                diagonal == -edits || (diagonal != edits && At(reach, edits - 1, diagonal - 1) < At(reach, edits - 1, diagonal + 1));
            if (isInsertion)
            {
                x = At(reach, edits - 1, diagonal + 1);
                y = x - (diagonal + 1);
                result.Add((false, after[y]));
            }
            else
            {
                x = At(reach, edits - 1, diagonal - 1);
                y = x - (diagonal - 1);
                result.Add((true, before[x]));
            }
        }

        result.Reverse();
        return result;
    }

    private static List<(bool IsExpected, PathLine Line)> PlaceByPlace(PathLine[] before, PathLine[] after)
    {
        var result = new List<(bool, PathLine)>();
        for (var i = 0; i < Math.Max(before.Length, after.Length); i++)
        {
            if (i < before.Length && i < after.Length && before[i].Text == after[i].Text)
            {
                continue;
            }

            if (i < before.Length)
            {
                result.Add((true, before[i]));
            }

            if (i < after.Length)
            {
                result.Add((false, after[i]));
            }
        }

        return result;
    }

    private static List<string> Describe(List<(bool IsExpected, PathLine Line)> edits)
    {
        var lines = new List<string>();
        string? path = null;
        foreach (var (isExpected, line) in edits)
        {
            if (line.Path != path)
            {
                path = line.Path;
                lines.Add("at " + (path.Length == 0 ? "the top" : path));
            }

            lines.Add($"  {(isExpected ? '-' : '+')} {line.Text}");
        }

        return lines;
    }
}
