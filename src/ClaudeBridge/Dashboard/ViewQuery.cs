using System.Globalization;
using System.Text;
using ClaudeBridge.Access;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Dashboard;

/// <summary>The address asks for something that there is not; the message says what may stand there.</summary>
internal sealed class BadQueryException(string message) : Exception(message);

/// <summary>What the address of a page says should be looked at. Every link is made from it, so that filters stay while one walks around.</summary>
internal sealed class ViewQuery
{
    public const int MaxLength = 512;

    /// <summary>A cursor holds the beginnings of ids.</summary>
    private const int MaxCursorLength = 4096;

    /// <summary>The span of time that an overview shows when nothing is said.</summary>
    public const string DefaultRange = "7d";

    /// <summary>Ranges by the names that stand in addresses.</summary>
    public static readonly IReadOnlyList<(string Name, string Label, TimeSpan Length)> Ranges =
    [
        ("24h", "24 hours", TimeSpan.FromHours(24)),
        ("7d", "7 days", TimeSpan.FromDays(7)),
        ("30d", "30 days", TimeSpan.FromDays(30)),
        ("90d", "90 days", TimeSpan.FromDays(90)),
    ];

    /// <summary>Filters that are texts, with the words a person reads.</summary>
    public static readonly IReadOnlyList<(string Name, string Label)> Filters =
    [
        ("user", "User"),
        ("model", "Model"),
        ("tool", "Tool"),
        ("team", "Team"),
        ("repository", "Repository"),
        ("session", "Session"),
        ("service", "Program"),
        ("tenant", "Tenant"),
    ];

    /// <summary>Spans up to this are shown by the hour.</summary>
    private static readonly TimeSpan ByHour = TimeSpan.FromDays(3);

    private static readonly string[] Others = ["range", "from", "to", "q", "failed", "completeness", "order"];

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    private ViewQuery() { }

    /// <summary>A view of everything.</summary>
    public static ViewQuery None { get; } = new();

    /// <exception cref="BadQueryException">A value is longer than any that could be meant, or a key of one tenant asks for another's, whether that exists or not.</exception>
    public static ViewQuery Of(IQueryCollection query, Caller caller)
    {
        var view = new ViewQuery();
        foreach (var name in Filters.Select(static filter => filter.Name).Concat(Others).Append("cursor").Append("limit"))
        {
            if (query.TryGetValue(name, out var values) && values.ToString().Trim() is { Length: > 0 } typed)
            {
                // Names of programs come from links alone, and begin and end as they do.
                var value = name == "service" ? values.ToString() : typed;
                view._values[name] =
                    value.Length <= MaxLength || name == "cursor" && value.Length <= MaxCursorLength
                        ? value
                        : throw new BadQueryException($"{name} is longer than {MaxLength} characters.");
            }
        }

        return caller.Tenant is null || view["tenant"] is not { } tenant || tenant == caller.Tenant
            ? view
            : throw new BadQueryException("This key sees its own tenant alone.");
    }

    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Something narrows the view beyond its time.</summary>
    public bool IsFiltered => _values.Keys.Any(static name => name is not ("range" or "from" or "to" or "order" or "cursor" or "limit"));

    public bool OnlyFailed => this["failed"] is "1" or "true";

    public bool HasTime => this["range"] is not null || this["from"] is not null || this["to"] is not null;

    public PageOrder Order =>
        this["order"] switch
        {
            null or "latest" => PageOrder.Latest,
            "cost" => PageOrder.Cost,
            "tokens" => PageOrder.Tokens,
            "errors" => PageOrder.Errors,
            "duration" => PageOrder.Duration,
            _ => throw new BadQueryException("order must be latest, cost, tokens, errors or duration."),
        };

    /// <summary>An address with this view, changed in some parts; a part that is null is left out. A cursor belongs to one list only and is dropped unless it is named.</summary>
    public string Link(string path, params ReadOnlySpan<(string Name, string? Value)> changes)
    {
        var values = new SortedDictionary<string, string>(_values, StringComparer.Ordinal);
        values.Remove("cursor");
        values.Remove("limit");
        foreach (var (name, value) in changes)
        {
            if (name is "range")
            {
                values.Remove("from");
                values.Remove("to");
            }
            else if (name is "from" or "to")
            {
                values.Remove("range");
            }

            if (string.IsNullOrEmpty(value))
            {
                values.Remove(name);
            }
            else
            {
                values[name] = value;
            }
        }

        return Address(path, values);
    }

    /// <summary>An address that keeps of this view only the time and the tenant.</summary>
    public string LinkAfresh(string path, params ReadOnlySpan<(string Name, string? Value)> changes)
    {
        var plain = new ViewQuery();
        foreach (var name in new[] { "range", "from", "to", "tenant" })
        {
            if (this[name] is { } value)
            {
                plain._values[name] = value;
            }
        }

        return plain.Link(path, changes);
    }

    /// <summary>The width of one point in time where a span this long is drawn.</summary>
    public static TimeSpan StepOf(TimeSpan length) => length <= ByHour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);

    /// <summary>The parts that a form must carry along because none of its fields names them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Except(params IEnumerable<string> fields) =>
        _values.Where(value => value.Key is not ("cursor" or "limit") && !fields.Contains(value.Key));

    /// <exception cref="BadQueryException">A time or a word is none that there is.</exception>
    public ViewFilter Filter(Caller caller, DateTimeOffset now)
    {
        var (from, to) = Span(now, HasTime ? DefaultRange : null);
        return new ViewFilter
        {
            Tenant = caller.Tenant ?? this["tenant"],
            Text = this["q"],
            SessionId = this["session"],
            User = this["user"],
            Model = this["model"],
            Tool = this["tool"],
            Labels = [.. Labels()],
            OnlyFailed = OnlyFailed,
            Completeness = this["completeness"] is null or "complete" or "partial" or "conflict"
                ? this["completeness"]
                : throw new BadQueryException("completeness must be complete, partial or conflict."),
            From = from,
            To = to,
            Service = this["service"],
        };
    }

    /// <summary>The first moment that counts and the first that does not any more; null where there is no bound.</summary>
    /// <param name="range">The name of the range that counts when nothing is said; null for all time.</param>
    /// <exception cref="BadQueryException">It is no time, or the end is before the beginning.</exception>
    public (DateTimeOffset? From, DateTimeOffset? To) Span(DateTimeOffset now, string? range)
    {
        if (this["from"] is null && this["to"] is null)
        {
            var name = this["range"] ?? range;
            return name switch
            {
                null or "all" => (null, null),
                _ => Ranges.FirstOrDefault(known => known.Name == name) is { Name: not null } found
                    ? (Begin(now - found.Length, found.Length), null)
                    : throw new BadQueryException($"range must be {string.Join(", ", Ranges.Select(static known => known.Name))} or all."),
            };
        }

        var from = Time("from", isEnd: false);
        var to = Time("to", isEnd: true);
        return from < to || from is null || to is null ? (from, to) : throw new BadQueryException("from must be before to.");
    }

    /// <summary>A range begins with a whole step of the overview, an hour or a day (UTC), so that its figures are those of the lists that it leads to.</summary>
    private static DateTimeOffset Begin(DateTimeOffset time, TimeSpan length)
    {
        var step = StepOf(length);
        return new(time.UtcTicks - time.UtcTicks % step.Ticks, TimeSpan.Zero);
    }

    private IEnumerable<KeyValuePair<string, string>> Labels()
    {
        foreach (var name in new[] { "team", "repository" })
        {
            if (this[name] is { } value)
            {
                yield return new(name, value);
            }
        }
    }

    /// <summary>A day (UTC), of which an end means the whole, or a moment.</summary>
    private DateTimeOffset? Time(string name, bool isEnd)
    {
        if (this[name] is not { } text)
        {
            return null;
        }

        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, utc, out var day))
        {
            return isEnd && day < DateTimeOffset.MaxValue.AddDays(-1) ? day.AddDays(1) : day;
        }

        return DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            utc,
            out var moment
        )
            ? moment
            : throw new BadQueryException($"{name} must be a day such as 2026-11-01, or a time such as 2026-11-01T12:00:00Z.");
    }

    private static string Address(string path, SortedDictionary<string, string> values)
    {
        var address = new StringBuilder(path);
        var mark = '?';
        foreach (var (name, value) in values)
        {
            address.Append(mark).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            mark = '&';
        }

        return address.ToString();
    }
}
