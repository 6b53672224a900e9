using System.IO.Compression;
using ClaudeBridge.Benchmarks.Workload;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>The bodies of one connection: its users take turns. For one thread at a time.</summary>
/// <remarks>Compressing costs more than anything a target does, so compressed bodies are made before the clock runs, as far as memory allows.</remarks>
internal sealed class BodySource
{
    private readonly Lane[] _lanes;
    private readonly LoadSettings _settings;
    private readonly RequestBuffer _plain = new();
    private readonly RequestBuffer _compressed = new();
    private readonly Queue<byte[]> _prepared = [];
    private int _next;

    public BodySource(LoadSettings settings, Templates templates, RunIds ids, int connection)
    {
        _settings = settings;
        var count = Math.Max(1, (settings.Sessions + settings.Connections - 1 - connection) / settings.Connections);
        _lanes =
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new Lane(templates, ids, connection + (i * settings.Connections), settings.TurnsPerSession)),
        ];
    }

    /// <summary>Bodies that had to be compressed while the clock ran.</summary>
    public int CompressedLate { get; private set; }

    /// <summary>Compresses bodies until there are enough of them or they take too much memory.</summary>
    public void Prepare(int count, long maxBytes)
    {
        for (long bytes = 0; _prepared.Count < count && bytes < maxBytes; )
        {
            var body = Compress();
            bytes += body.Length;
            _prepared.Enqueue(body);
        }
    }

    /// <summary>The next request body; good until the next call.</summary>
    public RequestBuffer Next()
    {
        if (!_settings.Protocol.IsGzip)
        {
            return WriteNext();
        }

        if (!_prepared.TryDequeue(out var body))
        {
            body = Compress();
            CompressedLate++;
        }

        _compressed.Clear();
        _ = _compressed.Append(body);
        return _compressed;
    }

    private RequestBuffer WriteNext()
    {
        var lane = _lanes[_next++ % _lanes.Length];
        lane.Write(_plain, _settings.RecordsPerRequest, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        return _plain;
    }

    private byte[] Compress()
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(WriteNext().Body.Span);
        }

        return target.ToArray();
    }
}
