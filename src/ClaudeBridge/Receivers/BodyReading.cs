using System.IO.Pipelines;

namespace ClaudeBridge.Receivers;

/// <param name="arriving">Those that stall give way when there is no room.</param>
internal sealed class BodyReading(ArrivingBodies arriving)
{
    /// <summary>Reads to the end, or until the buffer's limit or the budget is reached; what is left then stays unread.</summary>
    /// <param name="expected">How many bytes the sender says will come; null when it does not say.</param>
    /// <param name="cancel">The sender is gone, or no longer waits. How long a body may take is known to its <see cref="RequestArrival"/>.</param>
    /// <exception cref="BadHttpRequestException">The sender broke off, was too slow, or framed the body wrongly.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or it took too long in all.</exception>
    public async ValueTask<BodyOutcome> ReadToEndAsync(HttpContext context, BodyBuffer body, long? expected, CancellationToken cancel)
    {
        var arrival = RequestArrival.Of(context);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, arrival?.Late ?? CancellationToken.None);
        while (!body.TryExpect(expected))
        {
            if (!await arriving.SendOneAwayAsync())
            {
                return BodyOutcome.Overloaded;
            }
        }

        var outcome = await ReadToEndAsync(context.Request.BodyReader, body, stop.Token);
        if (outcome != BodyOutcome.Overloaded)
        {
            arrival?.Complete();
        }

        return outcome;
    }

    /// <summary>Drops what is left of a body that was refused and answered: many senders read the answer only after they have sent all of it.</summary>
    /// <remarks>The server itself waits five seconds for that, and then cuts off the answer too: among many large senders that is not enough.</remarks>
    /// <exception cref="BadHttpRequestException">The sender broke off, was too slow, or framed the body wrongly.</exception>
    /// <exception cref="OperationCanceledException">The sender left, or it took too long in all.</exception>
    public static async Task DropAsync(HttpContext context)
    {
        var arrival = RequestArrival.Of(context);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, arrival?.Late ?? CancellationToken.None);
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(stop.Token);
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                arrival?.Complete();
                return;
            }
        }
    }

    private async ValueTask<BodyOutcome> ReadToEndAsync(PipeReader reader, BodyBuffer body, CancellationToken cancel)
    {
        // A token given to the reader itself leaves it in the middle of a read when it fires just as bytes arrive.
        await using var stop = cancel.Register(static reader => StopReading((PipeReader)reader!), reader);
        using var place = arriving.Enter(() => StopReading(reader));
        while (true)
        {
            var result = await reader.ReadAsync(CancellationToken.None);
            if (place.MustGo)
            {
                reader.AdvanceTo(result.Buffer.End);
                body.Dispose();
                return BodyOutcome.Overloaded;
            }

            if (result.IsCanceled)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw new OperationCanceledException(cancel);
            }

            var data = result.Buffer;
            var outcome = body.Append(data);
            while (outcome == BodyOutcome.Overloaded && await arriving.SendOneAwayAsync(place))
            {
                outcome = body.Append(data);
            }

            place.Reach(body.Length);
            reader.AdvanceTo(data.End);
            if (outcome != BodyOutcome.Complete || result.IsCompleted)
            {
                return outcome;
            }
        }
    }

    private static void StopReading(PipeReader reader)
    {
        try
        {
            reader.CancelPendingRead();
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The request was broken off: whoever reads is told so by the read itself.
        }
    }
}
