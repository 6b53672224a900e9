using System.Buffers.Text;
using System.Text;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Store.Breakdowns;
using SQLitePCL;

namespace ClaudeBridge.Store;

/// <summary>Reads the sums of metric series.</summary>
internal sealed class SeriesSums : IDisposable
{
    /// <summary>As many as any decimal holds exactly.</summary>
    private const int MostDecimalDigits = 28;

    private readonly Statements _statements;
    private readonly Statement _ofSession;

    public SeriesSums(sqlite3 connection)
    {
        _statements = new Statements(connection);
        _ofSession = _statements.Prepare(
            """
            SELECT s.id, s.metric, s.unit, s.shape, s.point_use, x.attributes, d.sum, d.count
            FROM series s JOIN series_texts x ON x.series = s.id LEFT JOIN series_days d ON d.series = s.id WHERE s.session = ?1 ORDER BY s.id, d.day
            """
        );
    }

    /// <summary>The oldest series first.</summary>
    public IReadOnlyList<SeriesTotal> Of(long session)
    {
        var totals = new List<SeriesTotal>();
        var (current, sum) = (0L, default(PointShare));
        _ofSession.Bind(1, session);
        while (_ofSession.Step())
        {
            var share = _ofSession.IsNull(6) ? default : new PointShare(Read(_ofSession.Text(6)), _ofSession.Long(7));
            var use = (PointUse)_ofSession.Int(4);
            if (_ofSession.Long(0) == current)
            {
                sum = use == PointUse.Latest ? share : sum + share;
                totals[^1] = totals[^1] with { Sum = sum.Sum.ToDecimal(), Count = sum.Count };
                continue;
            }

            (current, sum) = (_ofSession.Long(0), share);
            totals.Add(
                new SeriesTotal
                {
                    Metric = _ofSession.Text(1),
                    Unit = _ofSession.Text(2),
                    Shape = (MetricShape)_ofSession.Int(3),
                    Use = use,
                    Attributes = new ByteReader(_ofSession.Blob(5)).Pairs(),
                    Sum = sum.Sum.ToDecimal(),
                    Count = sum.Count,
                }
            );
        }

        return totals;
    }

    public void Dispose() => _statements.Dispose();

    /// <summary>The same from its UTF-8, where many are added up.</summary>
    /// <exception cref="StoreDamagedException">It is no number.</exception>
    public static CostSum Read(ReadOnlySpan<byte> text)
    {
        var sum = default(CostSum);
        if (text.Length <= MostDecimalDigits && Utf8Parser.TryParse(text, out decimal number, out var read) && read == text.Length)
        {
            sum.Add(number);
        }
        else
        {
            sum.Add(Read(Encoding.UTF8.GetString(text)));
        }

        return sum;
    }

    /// <exception cref="StoreDamagedException">It is no number.</exception>
    public static ExactSum Read(string text) => ExactSum.Read(text) ?? throw new StoreDamagedException("A sum in the store is no number.");
}
