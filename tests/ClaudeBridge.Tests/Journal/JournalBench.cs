using System.Text;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Tests.Journal;

/// <summary>A folder of its own for one test, and what the tests ask of a journal in it.</summary>
internal sealed class JournalBench : IDisposable
{
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "claudebridge-journal-" + Guid.NewGuid().ToString("N"));

    public JournalOptions Options { get; } =
        new()
        {
            SegmentBytes = 4096,
            MaxEntryBytes = 64 * 1024,
            CloseWithin = TimeSpan.FromSeconds(20),
        };

    public ManualTime Time { get; } = new();

    public IJournalFiles Files { get; set; } = DiskFiles.Instance;

    public ILogger Logger { get; set; } = NullLogger.Instance;

    public Task<ClaudeBridge.Journal.Journal> OpenAsync(JournalPosition above = default) =>
        ClaudeBridge.Journal.Journal.OpenAsync(Folder, Options, Time, Logger, TestContext.Current.CancellationToken, above, Files);

    /// <summary>Opens, appends, closes.</summary>
    public async Task<List<JournalPosition>> WriteAsync(params string[] bodies)
    {
        await using var journal = await OpenAsync();
        return await journal.AppendAllAsync(bodies);
    }

    public string[] SegmentPaths() => [.. Files.List(Folder).Where(path => path.EndsWith(".journal", StringComparison.Ordinal)).Order()];

    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

internal static class JournalTestExtensions
{
    public static JournalEntry Entry(string body) =>
        new()
        {
            Kind = JournalEntryKind.Export,
            Signal = Signal.Logs,
            Encoding = OtlpEncoding.Json,
            ReceivedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Body = Encoding.UTF8.GetBytes(body),
        };

    public static string Text(this JournalItem item) => Encoding.UTF8.GetString(item.Entry.Body.Span);

    public static async Task<List<JournalPosition>> AppendAllAsync(this IJournalWriter journal, params string[] bodies)
    {
        var positions = new List<JournalPosition>();
        foreach (var body in bodies)
        {
            positions.Add(await journal.AppendAsync(Entry(body), null, TestContext.Current.CancellationToken));
        }

        return positions;
    }

    public static void ShouldAscend(this IEnumerable<JournalItem> items)
    {
        var last = JournalPosition.Start;
        foreach (var item in items)
        {
            item.Position.ShouldBeGreaterThanOrEqualTo(last);
            item.Next.ShouldBeGreaterThan(item.Position);
            last = item.Next;
        }
    }

    public static string[] Bodies(this IJournalReader journal, JournalPosition from = default) =>
        [.. journal.ReadFrom(from).Select(item => item.Text())];
}

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks = TimeSpan.FromDays(1).Ticks;
    private DateTimeOffset _wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => _wall;

    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _ticks, by.Ticks);
        _wall += by;
    }

    /// <summary>Somebody sets the clock; no time passes.</summary>
    public void Jump(TimeSpan by) => _wall += by;
}
