using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>Measures decoding, reading, assembling, writing the store, settling and reading the feed, on a folder of its own.</summary>
internal sealed class StoreRun : IDisposable
{
    private readonly Traffic _traffic;
    private readonly StoreDatabase _database;
    private readonly StoreFeed _feed;
    private readonly StoreWriter _writer;
    private readonly StoreOptions _options;
    private readonly SessionCache _cache;
    private readonly SessionAssembler _assembler = new();
    private readonly StageTimes _times = new();
    private readonly StageTimes.Stage _decode;
    private readonly StageTimes.Stage _read;
    private readonly StageTimes.Stage _load;
    private readonly StageTimes.Stage _assemble;
    private readonly StageTimes.Stage _write;
    private readonly StageTimes.Stage _settle;
    private readonly StageTimes.Stage _takeFeed;
    private readonly int _stepRecords;
    private long _cursor;

    private StoreRun(string folder, TrafficSettings settings, StoreOptions options, int stepRecords)
    {
        (_options, _stepRecords) = (options, stepRecords);
        _traffic = new Traffic(OtlpEncoding.Protobuf, settings);
        _decode = _times.Add("decode");
        _read = _times.Add("read (identity, routing)");
        _load = _times.Add("load session");
        _assemble = _times.Add("assemble");
        _write = _times.Add("store: write");
        _settle = _times.Add("store: settle");
        _takeFeed = _times.Add("store: read the feed");
        _database = StoreDatabase.Open(folder, options, NullLogger.Instance);
        _feed = new StoreFeed(_database);
        _writer = new StoreWriter(_database, _feed, options, new SettlingOptions());
        _cache = new SessionCache(_writer, options.SessionCacheBytes);
    }

    public static StageTimes Run(
        string folder,
        TrafficSettings settings,
        StoreOptions options,
        int stepRecords,
        TimeSpan length,
        CancellationToken cancel
    )
    {
        using var run = new StoreRun(folder, settings, options, stepRecords);
        run.Repeat(TimeSpan.FromTicks(length.Ticks / 3), cancel);
        run._times.Restart();
        run.Repeat(length, cancel);
        return run._times;
    }

    public void Dispose()
    {
        _feed.Dispose();
        _writer.Dispose();
        _database.Dispose();
    }

    private void Repeat(TimeSpan most, CancellationToken cancel)
    {
        while (_times.Total < most)
        {
            cancel.ThrowIfCancellationRequested();
            Step();
        }
    }

    /// <summary>What arrived in a while, assembled and written in one transaction; then what is due.</summary>
    private void Step()
    {
        var changes = new List<SessionChange>();
        long bytes = 0;
        for (var records = 0; records < _stepRecords; )
        {
            var body = _traffic.Next();
            bytes += body.Length;
            var export = _decode.Measure(() => OtlpDecoder.Decode(Signal.Logs, OtlpEncoding.Protobuf, body));
            var sessions = _read.Measure(() => RecordReader.Read(export, DateTimeOffset.UnixEpoch)).Sessions;
            foreach (var (key, facts) in sessions)
            {
                var state = _load.Measure(() => _cache.Get(key));
                changes.Add(_assemble.Measure(() => _assembler.Apply(state, facts)));
            }

            records += export.Accepted;
            _times.Records += export.Accepted;
        }

        var position = new JournalPosition(_writer.Position.Value + bytes);
        var now = TimeProvider.System.GetUtcNow();
        _ = _write.Measure(() =>
        {
            _writer.Apply(changes, position, now);
            _cache.EndStep();
            return 0;
        });
        while (_settle.Measure(() => _writer.Settle(TimeProvider.System.GetUtcNow(), _options.SettleCount)) == _options.SettleCount)
        {
            // More may be due.
        }

        while (_takeFeed.Measure(() => _feed.Read(_cursor, 500)) is { Count: > 0 } items)
        {
            _cursor = items[^1].Revision;
        }
    }
}
