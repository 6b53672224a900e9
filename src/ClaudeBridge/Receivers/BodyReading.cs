using System.IO.Pipelines;

namespace ClaudeBridge.Receivers;

internal static class BodyReading
{
    /// <summary>Reads to the end, or until the buffer's limit or the budget is reached; what is left then stays unread.</summary>
    /// <exception cref="BadHttpRequestException">The sender broke off, was too slow, or framed the body wrongly.</exception>
    public static async ValueTask<BodyOutcome> ReadToEndAsync(PipeReader reader, BodyBuffer body, CancellationToken cancel)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancel);
            if (result.IsCanceled)
            {
                throw new OperationCanceledException();
            }

            var data = result.Buffer;
            var outcome = body.Append(data);
            reader.AdvanceTo(data.End);
            if (outcome != BodyOutcome.Complete || result.IsCompleted)
            {
                return outcome;
            }
        }
    }
}
