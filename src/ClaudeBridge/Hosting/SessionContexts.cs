using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Privacy;
using ClaudeBridge.Receivers;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;
using ClaudeBridge.Store;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>Writes what callers say of a session into the journal, with the time from which it holds; the assembly loop takes it from there.</summary>
internal sealed class SessionContexts(
    IJournalWriter journal,
    IJournalReader reader,
    AssemblyLoop loop,
    ContextQueries store,
    IOptions<ContextOptions> options,
    IOptions<ReceiverOptions> receivers,
    ContentPolicy policy,
    TimeProvider clock
) : IDisposable
{
    /// <summary>How long an answer waits for the store to have what the journal has.</summary>
    private static readonly TimeSpan CatchUpWithin = TimeSpan.FromSeconds(1);

    private readonly ContextOptions _options = options.Value;
    private readonly SemaphoreSlim[] _turnstiles = [.. Enumerable.Range(0, 64).Select(static _ => new SemaphoreSlim(1, 1))];
    private long _lastTaken;

    public void Dispose()
    {
        foreach (var turnstile in _turnstiles)
        {
            turnstile.Dispose();
        }
    }

    /// <summary>Returns once it is on disk.</summary>
    /// <param name="tenant">Whose session is meant; empty for one of none.</param>
    /// <exception cref="ContextRefusedException">It cannot be taken, in words for the caller.</exception>
    public async Task SayAsync(string tenant, string sessionId, ContextRequest request, CancellationToken cancel)
    {
        // One after another within a session, so that each is judged by what was said before it.
        var turnstile = _turnstiles[(uint)sessionId.GetHashCode(StringComparison.Ordinal) % _turnstiles.Length];
        await turnstile.WaitAsync(cancel);
        try
        {
            await SayNextAsync(tenant, sessionId, request, cancel);
        }
        finally
        {
            turnstile.Release();
        }
    }

    private async Task SayNextAsync(string tenant, string sessionId, ContextRequest request, CancellationToken cancel)
    {
        sessionId = policy.Plain(sessionId);
        var known = await KnownAsync(tenant, sessionId, cancel);
        var taken = NextTaken(known);
        var now = Clock.ToUnixNano(clock.GetUtcNow());
        var (effective, grace) =
            request.IsFromStart ? (0UL, 0UL)
            : request.At is { } at ? (at, 0UL)
            : ContextTime.FromNow(now, known, _options);
        // Masked before it is kept anywhere: what a person or a script says here is no telemetry that could be wanted as it came.
        var keys = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (key, value) in request.Keys)
        {
            keys[policy.Plain(key)] = value is null ? null : policy.Plain(value);
        }

        var entry = ContextEntry.Create(sessionId, request.IsFromStart, taken, effective, grace, keys, tenant);
        var inForce = ContextRules.InForce([.. known.Entries, entry]).Count;
        if (inForce > _options.MaxKeys)
        {
            throw new ContextRefusedException(
                $"The session would have {inForce} keys; at most {_options.MaxKeys} are allowed. Take some back by giving them as null."
            );
        }

        await AppendAsync(entry, cancel);
    }

    /// <summary>What is known of a session; when the store cannot say, that is refused.</summary>
    /// <exception cref="ContextRefusedException">The store cannot be read.</exception>
    public async Task<KnownSession> FindAsync(string tenant, string sessionId, CancellationToken cancel)
    {
        var known = await KnownAsync(tenant, policy.Plain(sessionId), cancel);
        return known.IsCertain ? known : throw Unavailable("The store cannot be read at the moment; ask again later.");
    }

    private async Task<KnownSession> KnownAsync(string tenant, string sessionId, CancellationToken cancel)
    {
        try
        {
            await loop.CatchUpAsync(reader.End, cancel).WaitAsync(CatchUpWithin, clock, cancel);
            return store.Of(tenant, sessionId);
        }
        catch (Exception failure) when (failure is TimeoutException or StoreUnavailableException)
        {
            return KnownSession.Uncertain;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Unavailable("The bridge is ending; try again later.");
        }
    }

    /// <summary>Later than all that was taken before, so that entries have one order whatever the clock does.</summary>
    private ulong NextTaken(KnownSession known)
    {
        var now = (long)(Clock.ToUnixNano(clock.GetUtcNow()) / 100);
        var least = known.Entries.Count == 0 ? 0 : (long)(known.Entries.Max(static entry => entry.TakenUnixNano) / 100) + 1;
        while (true)
        {
            var last = Interlocked.Read(ref _lastTaken);
            var taken = Math.Max(Math.Max(now, least), last + 1);
            if (Interlocked.CompareExchange(ref _lastTaken, taken, last) == last)
            {
                return (ulong)taken * 100;
            }
        }
    }

    private async Task AppendAsync(ContextEntry entry, CancellationToken cancel)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            await journal
                .AppendAsync(
                    new JournalEntry
                    {
                        Kind = JournalEntryKind.Control,
                        Signal = Signal.Logs,
                        Encoding = OtlpEncoding.Json,
                        ReceivedAt = clock.GetUtcNow(),
                        Body = entry.Body,
                    },
                    decoded: null,
                    giveUp.Token
                )
                .AsTask()
                .WaitAsync(receivers.Value.AppendTimeout, clock, cancel);
        }
        catch (JournalUnavailableException)
        {
            throw Unavailable("The bridge cannot store anything at the moment; send it again later.");
        }
        catch (TimeoutException)
        {
            await giveUp.CancelAsync();
            throw Unavailable("The bridge takes too long to store it; send it again later.");
        }
    }

    private static ContextRefusedException Unavailable(string message) => new(message, status: StatusCodes.Status503ServiceUnavailable);
}
