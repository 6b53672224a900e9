using ClaudeBridge.Sessions;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Finds numbers that are missing in one session in others: a process counts on when it goes from session to session.</summary>
internal sealed class SequencesElsewhere : IDisposable
{
    /// <summary>Gaps that are looked up; a session with more is incomplete anyway.</summary>
    private const int MostGaps = 200;

    private readonly Statements _statements;
    private readonly Statement _neighbours;
    private readonly Statement _thrownAway;
    private readonly Statement _numbers;
    private List<(string Tenant, long Session, long From, long To)>? _knownThrownAway;

    public SequencesElsewhere(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _neighbours = _statements.Prepare(
            """
            SELECT session, MIN(start_nano), MAX(end_nano) FROM traces INDEXED BY traces_of_user
            WHERE start_nano <= ?2 AND end_nano >= ?1 AND session <> ?3 AND user_id IS ?4 AND tenant = ?5 GROUP BY session
            """
        );
        // Start-up events under an id that the process gave up are no turn, and name no user.
        _thrownAway = _statements.Prepare(
            """
            SELECT s.id, MIN(q.time_nano), MAX(q.time_nano), s.key FROM sessions s JOIN sequences q ON q.session = s.id
            WHERE NOT EXISTS(SELECT 1 FROM traces t WHERE t.session = s.id) GROUP BY s.id
            """
        );
        _numbers = _statements.Prepare(
            "SELECT sequence FROM sequences WHERE session = ?1 AND time_nano BETWEEN ?2 AND ?3 AND sequence BETWEEN ?4 AND ?5"
        );
    }

    /// <param name="gaps">Of the session, in order of time.</param>
    /// <param name="session">Its row.</param>
    /// <param name="tenant">Whose it is, as <paramref name="user"/>: other people's processes have nothing to do with it.</param>
    /// <param name="user">Null when no record names one.</param>
    /// <returns>How many of the missing numbers other sessions carry.</returns>
    public long Found(IReadOnlyList<SequenceGap> gaps, long session, string tenant, string? user)
    {
        var (from, to) = ((long)gaps.Min(static gap => gap.FromUnixNano), (long)gaps.Max(static gap => gap.ToUnixNano));
        var neighbours = Read(
            _neighbours.Bind(1, from).Bind(2, to).Bind(3, session).Bind(4, user).Bind(5, tenant),
            static row => (row.Long(0), row.Long(1), row.Long(2))
        );
        _knownThrownAway ??= Read(_thrownAway, static row => (SessionKey.TenantOf(row.Text(3)), row.Long(0), row.Long(1), row.Long(2)));
        neighbours.AddRange(
            _knownThrownAway
                .Where(other => other.Tenant == tenant && other.From <= to && other.To >= from)
                .Select(static other => (other.Session, other.From, other.To))
        );
        return neighbours.Count == 0 ? 0 : gaps.Take(MostGaps).Sum(gap => Found(gap, neighbours));
    }

    /// <summary>Forgets what is remembered of other sessions: before the next questions, when something may have been written meanwhile.</summary>
    public void Forget() => _knownThrownAway = null;

    public void Dispose() => _statements.Dispose();

    private long Found(SequenceGap gap, List<(long Session, long From, long To)> neighbours)
    {
        var found = new HashSet<long>();
        foreach (var (session, _, _) in neighbours.Where(other => other.From <= (long)gap.ToUnixNano && other.To >= (long)gap.FromUnixNano))
        {
            found.UnionWith(NumbersOf(session, gap));
        }

        return found.Count;
    }

    /// <summary>Those that a session wrote meanwhile; and all before, where the last of them came meanwhile: then the process came from there.</summary>
    private List<long> NumbersOf(long session, SequenceGap gap)
    {
        var (from, to) = ((long)gap.FromUnixNano, (long)gap.ToUnixNano);
        var numbers = NumbersOf(session, gap, from, to);
        if (numbers.Contains(gap.Last))
        {
            numbers.AddRange(NumbersOf(session, gap, 0, from - 1));
        }

        return numbers;
    }

    private List<long> NumbersOf(long session, SequenceGap gap, long from, long to)
    {
        var numbers = new List<long>();
        _numbers.Bind(1, session).Bind(2, from).Bind(3, to).Bind(4, gap.First).Bind(5, gap.Last);
        while (_numbers.Step())
        {
            numbers.Add(_numbers.Long(0));
        }

        return numbers;
    }

    private static List<T> Read<T>(Statement statement, Func<Statement, T> row)
    {
        var rows = new List<T>();
        while (statement.Step())
        {
            rows.Add(row(statement));
        }

        return rows;
    }
}
