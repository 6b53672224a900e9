using ClaudeBridge.Sessions;

namespace ClaudeBridge.Store.Pages;

/// <summary>Reads records in the order in which they were taken in, on one snapshot.</summary>
/// <remarks>Records lie together in parts: a record's cursor is the number of its part, then its place in it.</remarks>
internal sealed class EventReader(QueryReader reader) : IDisposable
{
    /// <summary>Parts that one question looks through.</summary>
    private const int MostParts = 5000;

    /// <summary>Characters of one attribute.</summary>
    private const int LongestValue = 16_384;

    /// <summary>Characters of all attributes of a page, after which it ends early.</summary>
    private const int LargestPage = 4_000_000;

    private const int PlaceBits = 20;
    private const long LastPlace = (1L << PlaceBits) - 1;

    private readonly Statements _statements = reader.NewStatements();
    private readonly Dictionary<long, Origin> _origins = [];
    private Statement? _origin;

    /// <exception cref="BadCursorException">The cursor is none of this list.</exception>
    public Page<EventRow> Page(ViewFilter filter, PageRequest page)
    {
        var before = PageCursor.Read(page.Cursor, PageList.Events, PageOrder.Latest, keys: 0, filter.Scope)?.Value ?? long.MaxValue;
        var found = new Found(Keyset.Limit(page.Limit));
        var last = Read(
            filter,
            "p.id <= ",
            before >> PlaceBits,
            "DESC",
            found,
            (part, facts) =>
            {
                for (var place = facts.Count - 1; place >= 0; place--)
                {
                    if (CursorOf(part.Id, place) is var cursor && cursor < before && !Take(filter, part, facts[place], cursor, found))
                    {
                        return;
                    }
                }
            }
        );
        var end = found.IsFull ? found.Rows[^1].Cursor : last;
        return new Page<EventRow>(
            found.Rows,
            end is { } next ? new PageCursor(PageList.Events, PageOrder.Latest, next, []).ToString(filter.Scope) : null
        );
    }

    /// <returns>The rows, and from where to go on.</returns>
    public (IReadOnlyList<EventRow> Items, long Next) After(ViewFilter filter, long? after, int limit)
    {
        var end = ((_statements.Prepare("SELECT MAX(id) FROM parts").ReadLong() ?? 0) << PlaceBits) | LastPlace;
        // A store that was built anew counts from the beginning: what comes from now on is what the caller waits for.
        if (after is not { } begin || begin < 0 || begin > end)
        {
            return ([], end);
        }

        var found = new Found(Keyset.Limit(limit));
        var last = Read(
            filter,
            "p.id >= ",
            begin >> PlaceBits,
            "ASC",
            found,
            (part, facts) =>
            {
                for (var place = 0; place < facts.Count; place++)
                {
                    if (CursorOf(part.Id, place) is var cursor && cursor > begin && !Take(filter, part, facts[place], cursor, found))
                    {
                        return;
                    }
                }
            }
        );
        return (
            found.Rows,
            found.IsFull ? found.Rows[^1].Cursor
            : last is { } part ? part | LastPlace
            : end
        );
    }

    public void Dispose() => _statements.Dispose();

    private static long CursorOf(long part, int place) => (part << PlaceBits) | Math.Min(place, LastPlace);

    /// <returns>The cursor of the last part that was looked at when there may be more; null at the end.</returns>
    private long? Read(ViewFilter filter, string from, long part, string order, Found found, Action<Part, List<Fact>> take)
    {
        var where = new Conditions();
        where.And($"{from}{where.Value(part)}");
        if (filter.SessionId is { } session)
        {
            where.And($"b.session IN (SELECT s.id FROM sessions s WHERE {KeysOf(where, filter.Tenant, session)})");
        }

        var read = where.BindTo(
            _statements.Prepare(
                $"""
                SELECT p.id, s.key, p.data FROM parts p JOIN buckets b ON b.id = p.bucket JOIN sessions s ON s.id = b.session
                WHERE {where.Sql} ORDER BY p.id {order} LIMIT {MostParts}
                """
            )
        );
        var count = 0;
        var last = 0L;
        var facts = new List<Fact>();
        while (!found.IsFull && read.Step())
        {
            (last, count) = (read.Long(0), count + 1);
            var key = read.Text(1);
            if (Fits(filter, key))
            {
                facts.Clear();
                FactCodec.Read(read.Blob(2), OriginOf, facts);
                take(new Part(last, SessionKey.SessionIdOf(key), SessionKey.TenantOf(key)), facts);
            }
        }

        read.Reset();
        return count == MostParts ? last << PlaceBits : null;
    }

    private static string KeysOf(Conditions where, string? tenant, string session) =>
        tenant is not null
            ? $"s.key = {where.Value(SessionKey.Within(tenant, SessionKey.OfSession(session)))}"
            : $"substr(s.key, {-SessionKey.OfSession(session).EnumerateRunes().Count()}) = {where.Value(SessionKey.OfSession(session))}";

    private static bool Fits(ViewFilter filter, string key) =>
        (filter.Tenant is null || filter.Tenant == SessionKey.TenantOf(key))
        && (filter.SessionId is null || filter.SessionId == SessionKey.SessionIdOf(key))
        && (filter.Service is not null || !SessionKey.IsForeign(key));

    /// <summary>False when no more are wanted.</summary>
    private static bool Take(ViewFilter filter, Part part, Fact fact, long cursor, Found found)
    {
        if (fact.Context is not null || !Fits(filter, fact))
        {
            return true;
        }

        found.Add(
            new EventRow(
                cursor,
                fact.Log is null ? "span" : "event",
                Clock.ToTime(fact.Time),
                fact.Reading.Name,
                part.SessionId,
                part.Tenant,
                fact.Reading.PromptId,
                RecordText.AttributesOf(fact, LongestValue)
            )
        );
        return !found.IsFull;
    }

    private static bool Fits(ViewFilter filter, Fact fact) =>
        (filter.Text is null || filter.Text == fact.Reading.Name)
        && (filter.Service is null or ViewFilter.AnyService || filter.Service == fact.Origin.Service)
        && (filter.From is not { } from || Clock.ToTime(fact.Time) >= from)
        && (filter.To is not { } to || Clock.ToTime(fact.Time) < to);

    private Origin OriginOf(long id)
    {
        if (!_origins.TryGetValue(id, out var origin))
        {
            _origin ??= _statements.Prepare("SELECT data FROM origins WHERE id = ?1");
            if (!_origin.Bind(1, id).Step())
            {
                // What callers say has an origin that says nothing.
                throw new StoreDamagedException("A record in the store names an origin that is not there.");
            }

            _origins[id] = origin = FactCodec.ReadOrigin(_origin.Blob(0));
            _origin.Reset();
        }

        return origin;
    }

    private readonly record struct Part(long Id, string? SessionId, string Tenant);

    private sealed class Found(int limit)
    {
        private long _size;

        public List<EventRow> Rows { get; } = [];

        public bool IsFull => Rows.Count >= limit || _size > LargestPage;

        public void Add(EventRow row)
        {
            Rows.Add(row);
            _size += row.Attributes.Sum(static pair => pair.Key.Length + pair.Value.Length);
        }
    }
}
