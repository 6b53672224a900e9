namespace ClaudeBridge.Diagnostics;

/// <summary>One sender: a user, or the service where no user is named, with one version of the client.</summary>
/// <param name="Tenant">Whose key it came with; empty for none.</param>
internal readonly record struct ArrivalSource(string Tenant, string Sender, string Version);

/// <summary>What came of one name since the start.</summary>
/// <param name="Signal"><c>logs</c>, <c>metrics</c> or <c>traces</c>.</param>
/// <param name="Name">The event, metric or span; <see cref="Arrivals.Other"/> for all beyond the limit.</param>
internal sealed record ArrivedName(string Signal, string Name, long Count, DateTimeOffset Last);

/// <summary>What came of one signal since the start.</summary>
internal sealed record ArrivedSignal(string Signal, long Count, DateTimeOffset Last);

/// <summary>What came from one sender since the start.</summary>
/// <param name="Marks">What the reader of the records marked; its flags are <c>SetupSigns</c>.</param>
/// <param name="Signals">By name.</param>
/// <param name="Names">By signal, then name.</param>
internal sealed record ArrivedSender(
    ArrivalSource Source,
    DateTimeOffset First,
    DateTimeOffset Last,
    int Marks,
    IReadOnlyList<ArrivedSignal> Signals,
    IReadOnlyList<ArrivedName> Names
);

/// <summary>Who sent what since the start, for the person who asks why nothing arrives. In memory, bounded, safe for any number of threads.</summary>
internal sealed class Arrivals
{
    /// <summary>Stands for senders and names beyond the limits.</summary>
    public const string Other = "(other)";

    /// <summary>Of one tenant.</summary>
    public const int MaxSenders = 1_000;
    public const int MaxNames = 64;
    public const int MaxTextLength = 128;

    private readonly Lock _lock = new();
    private readonly Dictionary<ArrivalSource, Account> _accounts = [];
    private readonly Dictionary<string, int> _sendersOf = new(StringComparer.Ordinal);

    /// <param name="at">When the request came.</param>
    /// <param name="signal"><c>logs</c>, <c>metrics</c> or <c>traces</c>.</param>
    /// <param name="names">Events, metrics or spans with how often each came.</param>
    /// <param name="marks">Added to those of the sender.</param>
    public void Note(ArrivalSource source, DateTimeOffset at, string signal, IEnumerable<KeyValuePair<string, int>> names, int marks)
    {
        lock (_lock)
        {
            var account = AccountOf(new(source.Tenant, Short(source.Sender), Short(source.Version)));
            account.Marks |= marks;
            foreach (var (name, count) in names)
            {
                account.Note(signal, Short(name), count, at);
            }
        }
    }

    /// <summary>The latest first.</summary>
    /// <param name="tenant">Whose senders: null for everyone's, empty for those of no tenant.</param>
    public IReadOnlyList<ArrivedSender> Of(string? tenant)
    {
        lock (_lock)
        {
            return
            [
                .. _accounts
                    .Where(pair => tenant is null || pair.Key.Tenant == tenant)
                    .Select(static pair => pair.Value.Read(pair.Key))
                    .OrderByDescending(static sender => sender.Last)
                    .ThenBy(static sender => sender.Source.Sender, StringComparer.Ordinal),
            ];
        }
    }

    private Account AccountOf(ArrivalSource source)
    {
        if (_accounts.TryGetValue(source, out var known))
        {
            return known;
        }

        // Counted by tenant, so that the crowd of one hides nobody of another. Tenants are configured, so they are bounded.
        var senders = _sendersOf.GetValueOrDefault(source.Tenant);
        var key = senders < MaxSenders ? source : new ArrivalSource(source.Tenant, Other, "");
        if (_accounts.TryGetValue(key, out var crowd))
        {
            return crowd;
        }

        _sendersOf[source.Tenant] = senders + 1;
        return _accounts[key] = new Account();
    }

    private static string Short(string text) => text.Length > MaxTextLength ? text[..MaxTextLength] : text;

    private sealed class Account
    {
        private readonly SortedDictionary<(string Signal, string Name), (long Count, DateTimeOffset Last)> _names = [];
        private DateTimeOffset _first = DateTimeOffset.MaxValue;
        private DateTimeOffset _last;

        public int Marks { get; set; }

        public void Note(string signal, string name, int count, DateTimeOffset at)
        {
            var key = _names.Count < MaxNames || _names.ContainsKey((signal, name)) ? (signal, name) : (signal, Other);
            var known = _names.GetValueOrDefault(key);
            _names[key] = (known.Count + count, Later(known.Last, at));
            _first = at < _first ? at : _first;
            _last = Later(_last, at);
        }

        public ArrivedSender Read(ArrivalSource source) =>
            new(
                source,
                _first,
                _last,
                Marks,
                [
                    .. _names
                        .GroupBy(static pair => pair.Key.Signal, StringComparer.Ordinal)
                        .Select(static group => new ArrivedSignal(
                            group.Key,
                            group.Sum(static pair => pair.Value.Count),
                            group.Max(static pair => pair.Value.Last)
                        )),
                ],
                [.. _names.Select(static pair => new ArrivedName(pair.Key.Signal, pair.Key.Name, pair.Value.Count, pair.Value.Last))]
            );

        private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
    }
}
