using System.IO.Compression;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>Measures <see cref="OtlpDecoder"/> alone on one thread, for each form a body can have.</summary>
internal static class DecodeRun
{
    private const int BodiesAtATime = 64;

    public static StageTimes Run(string form, TrafficSettings settings, TimeSpan length, CancellationToken cancel)
    {
        var encoding = form.StartsWith("json", StringComparison.Ordinal) ? OtlpEncoding.Json : OtlpEncoding.Protobuf;
        var isGzip = form.EndsWith("gzip", StringComparison.Ordinal);
        var traffic = new Traffic(encoding, settings);
        var times = new StageTimes();
        var inflate = isGzip ? times.Add("inflate") : null;
        var decode = times.Add("decode " + form);
        Repeat(TimeSpan.FromTicks(length.Ticks / 3));
        times.Restart();
        Repeat(length);
        return times;

        void Repeat(TimeSpan most)
        {
            while (times.Total < most)
            {
                cancel.ThrowIfCancellationRequested();
                var bodies = Enumerable
                    .Range(0, BodiesAtATime)
                    .Select(_ => isGzip ? Traffic.Compress(traffic.Next()) : traffic.Next())
                    .ToArray();
                foreach (var body in bodies)
                {
                    ReadOnlyMemory<byte> plain = inflate is null ? body : inflate.Measure(() => Inflate(body));
                    times.Records += decode.Measure(() => OtlpDecoder.Decode(Signal.Logs, encoding, plain)).Accepted;
                }
            }
        }
    }

    private static byte[] Inflate(byte[] body)
    {
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        using var target = new MemoryStream(body.Length * 8);
        gzip.CopyTo(target);
        return target.ToArray();
    }
}
