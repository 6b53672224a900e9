using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>What is known of the Langfuse server, and the way that traces go to it therefore. Safe for many threads.</summary>
/// <remarks>
/// <code>
///   health tells a version ── 3.22 or later ──▶ OTLP         told "no such route" ──▶ the other way, where that is there
///                          └─ older ──────────▶ ingestion    told "type not accepted" ──▶ OTLP, where that is there
///   health tells none ───────▶ as the last time, else OTLP
/// </code>
/// Health is asked at the start and after every trouble, so that a server that was upgraded meanwhile is known. That is waited for, a few
/// seconds at most; while it gives no answer it is asked now and then, and nothing waits.
/// </remarks>
public sealed partial class LangfuseServer(
    LangfuseClient client,
    IOptions<LangfuseOptions> options,
    TimeProvider clock,
    ILogger<LangfuseServer> logger
)
{
    private const int AsksBeforeTrial = 10;

    private readonly Lock _gate = new();
    private readonly LangfuseOptions _options = options.Value;
    private Task? _asked;
    private long? _unanswered;
    private bool _isChosen;
    private bool _isIngestionRefused;
    private long? _refused;
    private bool _isOtlpMissing;
    private LangfuseTransport _current = options.Value.Transport;
    private (LangfuseTransport, LangfuseVersion?)? _said;

    /// <summary>Null while the server has not told.</summary>
    internal LangfuseVersion? Version { get; private set; }

    /// <summary>Whether traces go through the ingestion API.</summary>
    internal bool IsLegacy => Current == LangfuseTransport.Legacy;

    /// <summary>Whether scores may belong to sessions. Where no version was told, a server that takes the old way is taken for an old one.</summary>
    internal bool TakesSessionScores => Version?.TakesSessionScores ?? !IsLegacy;

    private bool IsFree => _options.Transport == LangfuseTransport.Auto;

    /// <summary>The way in a word; null while nothing was decided.</summary>
    internal string? Route
    {
        get
        {
            lock (_gate)
            {
                return _isChosen || !IsFree ? NameOf(Current) : null;
            }
        }
    }

    private LangfuseTransport Current => _current == LangfuseTransport.Legacy ? LangfuseTransport.Legacy : LangfuseTransport.Otlp;

    /// <summary>The way that traces went when the program last ran.</summary>
    internal void Resume(string route)
    {
        lock (_gate)
        {
            if (IsFree && !_isChosen)
            {
                _current = route == NameOf(LangfuseTransport.Legacy) ? LangfuseTransport.Legacy : LangfuseTransport.Otlp;
            }
        }
    }

    /// <summary>The way to go now; asks the server first when that is due.</summary>
    internal async Task<LangfuseTransport> TransportAsync(CancellationToken cancel)
    {
        Task asked;
        lock (_gate)
        {
            asked = _asked ??= AskAsync();
            if (asked.IsCompleted && _unanswered is { } last && clock.GetElapsedTime(last) >= _options.ProbeInterval)
            {
                _unanswered = clock.GetTimestamp();
                _ = AskAsync();
            }
        }

        await asked.WaitAsync(cancel);
        lock (_gate)
        {
            return Current;
        }
    }

    /// <summary>The server gave trouble: it may be another one when it comes back.</summary>
    internal void Doubt()
    {
        lock (_gate)
        {
            _asked = _asked is { IsCompleted: true } ? null : _asked;
        }
    }

    /// <summary>There is no OTLP path.</summary>
    /// <returns>Whether traces go through the ingestion API from now on.</returns>
    internal async Task<bool> LacksOtlpAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!IsFree || _isIngestionRefused)
            {
                return false;
            }
        }

        if (!await client.HasIngestionAsync(cancel))
        {
            return false;
        }

        // It may be an older one now, with fewer words.
        await AskAsync().WaitAsync(cancel);
        lock (_gate)
        {
            _isOtlpMissing = true;
        }

        Choose(LangfuseTransport.Legacy);
        return true;
    }

    /// <summary>There is no ingestion API.</summary>
    /// <returns>Whether traces go over OTLP from now on.</returns>
    internal async Task<bool> LacksIngestionAsync(CancellationToken cancel)
    {
        if (!IsFree || (await client.ExportAsync([], cancel)).Outcome != DeliveryOutcome.Delivered)
        {
            return false;
        }

        lock (_gate)
        {
            _isOtlpMissing = false;
        }

        Choose(LangfuseTransport.Otlp);
        return true;
    }

    /// <summary>The forced way was refused a while ago at most: an empty batch would be taken, so that asking again tells nothing.</summary>
    internal bool IsRefused
    {
        get
        {
            lock (_gate)
            {
                return _refused is { } last && clock.GetElapsedTime(last) < _options.ProbeInterval * AsksBeforeTrial;
            }
        }
    }

    /// <summary>The ingestion API says that it takes no traces.</summary>
    /// <returns>The way that they go from now on; null where the setting leaves no other.</returns>
    internal async Task<LangfuseTransport?> RefusesIngestionAsync(CancellationToken cancel)
    {
        if (IsFree && Version is { Major: < 4 })
        {
            await AskAsync().WaitAsync(cancel);
        }

        lock (_gate)
        {
            if (!IsFree)
            {
                _refused = clock.GetTimestamp();
                return null;
            }

            if (Version is { Major: < 4 } && _unanswered is null)
            {
                // Langfuse does so from 4 on: here it was no more than words in an error.
                return Current;
            }

            (_isIngestionRefused, _isOtlpMissing) = (true, false);
        }

        Choose(LangfuseTransport.Otlp);
        return LangfuseTransport.Otlp;
    }

    private static string NameOf(LangfuseTransport transport) => transport == LangfuseTransport.Legacy ? "the ingestion API" : "OTLP";

    private async Task AskAsync()
    {
        // A part of what a request has, as one may wait for this.
        using var limit = new CancellationTokenSource(_options.AttemptTimeout / 6, clock);
        var health = await client.HealthAsync(limit.Token);
        lock (_gate)
        {
            _unanswered = health.IsAnswered ? null : clock.GetTimestamp();
            if (health.Version is { } told && told != Version)
            {
                // What another version took or refused says nothing of this one.
                (Version, _isIngestionRefused, _isOtlpMissing, _refused) = (told, false, false, null);
            }
        }

        if (health.Version is { } version)
        {
            Choose(version.TakesOtlp && !_isOtlpMissing ? LangfuseTransport.Otlp : LangfuseTransport.Legacy);
        }
        else if (health.IsAnswered)
        {
            Choose(Current);
        }
    }

    private void Choose(LangfuseTransport transport)
    {
        lock (_gate)
        {
            if (IsFree)
            {
                (_current, _isChosen) = (transport, true);
            }

            var saying = (Current, Version);
            if (_said == saying)
            {
                return;
            }

            _said = saying;
        }

        Say(logger, client.Address, Version is { } version ? $"version {version}" : "of unknown version", NameOf(Current));
    }

    [LoggerMessage(LogLevel.Information, "Langfuse at {Address} is {Version}: traces go by {Way}.")]
    private static partial void Say(ILogger logger, Uri address, string version, string way);
}
