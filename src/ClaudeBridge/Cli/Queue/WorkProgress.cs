namespace ClaudeBridge.Cli.Queue;

/// <summary>Says now and then how far long work has come, on the stream that is not for results.</summary>
internal sealed class WorkProgress(TextWriter output, TimeProvider clock, string what, long totalBytes)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly long _began = clock.GetTimestamp();
    private TimeSpan _said;
    private long _bytes;

    public void Passed(long bytes)
    {
        _bytes += bytes;
        var elapsed = clock.GetElapsedTime(_began);
        if (elapsed - _said >= Every)
        {
            _said = elapsed;
            output.WriteLine(
                $"{what}: {QueueTexts.Size(_bytes)} of {QueueTexts.Size(Math.Max(_bytes, totalBytes))} after {QueueTexts.Age(elapsed)}"
            );
        }
    }
}
