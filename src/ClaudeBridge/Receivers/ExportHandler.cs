using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Privacy;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>What happens to every export whichever door it came by: read, stored, answered. Nothing else happens before the answer.</summary>
internal sealed partial class ExportHandler(
    IJournalWriter journal,
    HeldExports held,
    RetryAdvice retry,
    IOptions<ReceiverOptions> options,
    IOptions<JournalOptions> journalOptions,
    ContentPolicy policy,
    UserCheck users,
    BodyDecoder decoder,
    DecodingRoom room,
    TimeProvider clock,
    ILogger<ExportHandler> logger
) : IHealthSource
{
    private readonly TimeSpan _appendTimeout = options.Value.AppendTimeout;

    private readonly bool _masks = journalOptions.Value.Mask;

    private readonly RepeatedTrouble _trouble = new(clock);

    public string Name => "receivers";

    /// <param name="body">The whole body after content decoding. Read only until the verdict is there.</param>
    /// <param name="source">Who it comes from.</param>
    /// <param name="cancel">The sender's deadline. A sender that merely goes away does not cancel: what came whole is kept.</param>
    /// <param name="mayBeKept">The memory of the body is nobody's after this: it need not be copied to be kept.</param>
    /// <param name="hold">How long the sender may wait for a disk that takes nothing; null when it is to be told at once, because it comes back by itself.</param>
    public async ValueTask<ExportVerdict> HandleAsync(
        Signal signal,
        OtlpEncoding encoding,
        ReadOnlyMemory<byte> body,
        ExportSource source,
        CancellationToken cancel,
        bool mayBeKept = false,
        ExportHold? hold = null
    )
    {
        CrashPoints.Pass(CrashPoints.ReceiveBody);
        IDisposable? place;
        try
        {
            place = await room.EnterAsync(body.Length, decoder.MemoryFor(signal, encoding, body.Span), _appendTimeout, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new(null, TooLate());
        }

        if (place is null)
        {
            return new(null, TryAgain("Too much is being received at once; send it again later."));
        }

        using (place)
        {
            return await TakeAsync(signal, encoding, body, source, mayBeKept, hold?.And(place.Dispose), cancel);
        }
    }

    public HealthReport Check() =>
        journal.IsWritable
            ? HealthReport.Ok
            : new(HealthState.Degraded, "The journal does not take what arrives; senders are told to try again.");

    private async ValueTask<ExportVerdict> TakeAsync(
        Signal signal,
        OtlpEncoding encoding,
        ReadOnlyMemory<byte> body,
        ExportSource source,
        bool mayBeKept,
        ExportHold? hold,
        CancellationToken cancel
    )
    {
        DecodedExport export;
        try
        {
            if (users.Refuse(source) is { } refusal)
            {
                return new(null, refusal);
            }

            var decoded = _masks || users.Judges(source) ? decoder.Decode(signal, encoding, body) : decoder.Count(signal, encoding, body);
            export = users.Filter(decoded, source, out var unknown);
            if (unknown is not null)
            {
                return new(export, unknown);
            }

            if (!ReferenceEquals(export, decoded))
            {
                (encoding, body) = (OtlpEncoding.Protobuf, export.ToProtobuf());
            }

            if (_masks && export.Accepted > 0)
            {
                // Written anew even when nothing was found: the body can hold fields that nothing here reads, and so nothing can mask.
                export = policy.Apply(export);
                (encoding, body) = (OtlpEncoding.Protobuf, export.ToProtobuf());
            }
        }
        catch (MalformedPayloadException malformed)
        {
            return new(null, new RpcError(RpcCode.InvalidArgument, malformed.Message, malformed.Field));
        }
        catch (OutOfMemoryException)
        {
            return new(null, TryAgain("The bridge has not enough memory for it at the moment; send it again later."));
        }
        catch (Exception unexpected)
        {
            // A body that the reader stumbles over is, whatever else, a body that cannot be read: the sender should not try it again.
            LogUnreadable(unexpected, body.Length, signal, encoding);
            return new(null, new RpcError(RpcCode.InvalidArgument, "The body cannot be read.", "body"));
        }

        return export.Accepted == 0 ? new(export) : await StoreAsync(export, encoding, body, source, mayBeKept, hold, cancel);
    }

    private async ValueTask<ExportVerdict> StoreAsync(
        DecodedExport export,
        OtlpEncoding encoding,
        ReadOnlyMemory<byte> body,
        ExportSource source,
        bool mayBeKept,
        ExportHold? hold,
        CancellationToken cancel
    )
    {
        var entry = new JournalEntry
        {
            Kind = JournalEntryKind.Export,
            Signal = export.Signal,
            Encoding = encoding,
            ReceivedAt = clock.GetUtcNow(),
            Attributes = SenderAttributes.Of(source.Tenant, _masks && source.User is { } user ? policy.Plain(user) : source.User),
            // The journal and whoever reads live from it keep the entry, and the caller's memory may go back to a pool.
            Body = mayBeKept ? body : body.ToArray(),
        };
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        string refusal;
        try
        {
            await journal
                .AppendAsync(entry, export.HasContent ? export : null, giveUp.Token)
                .AsTask()
                .WaitAsync(_appendTimeout, clock, cancel);
            return Stored(export);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new(export, TooLate());
        }
        catch (TimeoutException timeout)
        {
            await giveUp.CancelAsync();
            JournalFailed(timeout);
            refusal = "The bridge takes too long to store it; send it again later.";
        }
        catch (Exception failure)
        {
            JournalFailed(failure);
            refusal = "The bridge cannot store anything at the moment; send it again later.";
        }

        if (hold is null)
        {
            return new(export, TryAgain(refusal));
        }

        // Only the counts are held; who reads the journal reads the body again.
        export = export.WithoutContent();
        return await held.StoreAsync(entry, hold) ? Stored(export) : new(export, TryAgain(refusal));
    }

    private ExportVerdict Stored(DecodedExport export)
    {
        if (_trouble.End())
        {
            LogJournalWorks();
        }

        CrashPoints.Pass(CrashPoints.ReceiveAnswer);
        return new(export);
    }

    private void JournalFailed(Exception cause)
    {
        if (_trouble.Meet(out var count))
        {
            LogJournalFails(cause is JournalUnavailableException ? null : cause, cause.Message, count);
        }
    }

    private static RpcError TooLate() => new(RpcCode.DeadlineExceeded, "The export was not stored before the deadline that came with it.");

    private RpcError TryAgain(string message) => new(RpcCode.Unavailable, message, RetryAfter: retry.Next());

    [LoggerMessage(
        LogLevel.Error,
        "The journal does not take what arrives ({Cause}; exports that met it since this was last said: {Count}). Until it does, senders are told to try again; over gRPC they wait as long as they can."
    )]
    private partial void LogJournalFails(Exception? unexpected, string cause, long count);

    [LoggerMessage(LogLevel.Information, "The journal takes what arrives again.")]
    private partial void LogJournalWorks();

    [LoggerMessage(
        LogLevel.Warning,
        "A {Encoding} body of {Bytes} bytes ({Signal}) made the reader fail in a way that it should not; it is refused like any body that cannot be read."
    )]
    private partial void LogUnreadable(Exception exception, int bytes, Signal signal, OtlpEncoding encoding);
}
