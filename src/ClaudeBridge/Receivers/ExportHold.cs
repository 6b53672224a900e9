namespace ClaudeBridge.Receivers;

/// <summary>The leave to let a sender wait while the disk takes nothing, because it would not send again.</summary>
/// <param name="deadline">The sender's own.</param>
/// <param name="stopping">The end of the program ends every wait.</param>
/// <param name="letGo">Gives back the memory of the body that was handed in.</param>
internal sealed class ExportHold(GrpcDeadline deadline, CancellationToken stopping, Action letGo)
{
    // So that the answer is with the sender before it gives up by itself.
    private static readonly TimeSpan LongestLead = TimeSpan.FromSeconds(0.5);

    public CancellationToken Stopping => stopping;

    /// <summary>How long the sender may wait from now on.</summary>
    /// <param name="otherwise">How long one may that names no deadline.</param>
    public TimeSpan LengthOr(TimeSpan otherwise)
    {
        if (deadline.Remaining is not { } remaining)
        {
            return otherwise;
        }

        var lead = remaining / 10;
        var length = remaining - (lead < LongestLead ? lead : LongestLead);
        return length > TimeSpan.Zero ? length : TimeSpan.Zero;
    }

    /// <summary>The same leave, which gives something else back as well.</summary>
    public ExportHold And(Action alsoLetGo) => new(deadline, stopping, letGo + alsoLetGo);

    /// <summary>The body that was handed in is not read any more.</summary>
    public void LetGo() => letGo();
}
