namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>Waits for a thing itself, never for a time to pass.</summary>
internal static class Wait
{
    /// <summary>Long enough for a busy machine; a test that needs it all has failed.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task UntilAsync(string what, Func<bool> isThere, TimeSpan? bound = null, Func<string>? state = null) =>
        UntilAsync(what, () => Task.FromResult(isThere()), bound, state);

    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="state">How things stand, for the message.</param>
    /// <exception cref="TimeoutException">It did not come within the bound.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> isThere, TimeSpan? bound = null, Func<string>? state = null)
    {
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        while (true)
        {
            var looked = clock.GetTimestamp();
            if (await isThere())
            {
                return;
            }

            if (clock.GetElapsedTime(began) > (bound ?? Bound))
            {
                throw new TimeoutException($"{what}: not within {(bound ?? Bound).TotalSeconds:0} s. {state?.Invoke()}");
            }

            // A look that costs much is taken less often, lest it slows what it waits for.
            var took = clock.GetElapsedTime(looked);
            await Task.Delay(took > Pause ? took : Pause);
        }
    }
}
