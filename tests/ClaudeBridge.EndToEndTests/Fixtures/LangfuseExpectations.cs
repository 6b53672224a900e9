using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>What a test asks of the stand-in for Langfuse.</summary>
internal static class LangfuseExpectations
{
    /// <summary>Waits until it holds exactly what is shown, then says what is wrong if it does not.</summary>
    public static async Task MustHoldAsync(this LangfuseStandIn langfuse, Shown shown, TimeSpan? bound = null)
    {
        var expected = shown.Rows();
        expected.ShouldNotBeEmpty();
        try
        {
            await Wait.UntilAsync("Langfuse holds everything", () => Rows(langfuse).SequenceEqual(expected), bound);
        }
        catch (TimeoutException)
        {
            langfuse.MustBeConsistent();
            Rows(langfuse).MustBe(expected);
            throw;
        }

        langfuse.MustBeConsistent();
    }

    /// <summary>The same lines on both sides; fails with those that differ, not with all.</summary>
    public static void MustBe(this IReadOnlyList<string> held, IReadOnlyList<string> expected)
    {
        var missing = expected.Except(held).Select(static line => "missing: " + line);
        var excess = held.Except(expected).Select(static line => "too much: " + line);
        string.Join('\n', missing.Concat(excess)).ShouldBeEmpty();
        held.Count.ShouldBe(expected.Count);
    }

    /// <summary>Whatever was sent, and however often: one row and one start for each observation, under a parent that is there.</summary>
    public static void MustBeConsistent(this LangfuseStandIn langfuse)
    {
        langfuse.Table.DuplicateRows.Select(static row => $"{row.TraceId} {row.Id} {row.Start} {row.Name}").ShouldBeEmpty("two starts");
        langfuse.Table.Observations.ShouldAllBe(static row => row.SessionId.Length > 0);
        langfuse.LastContentError.ShouldBeNull();
    }

    private static IReadOnlyList<string> Rows(LangfuseStandIn langfuse) => Shown.Rows(langfuse.Table.Observations);
}
