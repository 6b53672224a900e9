using System.IO.Compression;
using ClaudeBridge.Benchmarks.Workload;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>Request bodies for runs inside this process, from several users in turn. Made outside of what is measured.</summary>
internal sealed class Traffic
{
    private readonly Lane[] _lanes;
    private readonly RequestBuffer _buffer = new();
    private readonly int _records;
    private int _next;

    public Traffic(OtlpEncoding encoding, TrafficSettings settings)
    {
        var templates = Templates.Of(encoding);
        var ids = new RunIds(settings.Seed);
        _records = settings.RecordsPerRequest;
        _lanes = [.. Enumerable.Range(0, settings.Sessions).Select(i => new Lane(templates, ids, i, settings.TurnsPerSession))];
    }

    public byte[] Next()
    {
        _lanes[_next++ % _lanes.Length].Write(_buffer, _records, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        return _buffer.Body.ToArray();
    }

    public static byte[] Compress(byte[] body)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return target.ToArray();
    }
}

/// <param name="Sessions">Users at work at one time.</param>
internal sealed record TrafficSettings(int RecordsPerRequest, int Sessions, int TurnsPerSession, ulong Seed);
