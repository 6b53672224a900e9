using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Benchmarks.InProcess;

/// <summary>Measures decoding, reading and assembling with everything in memory: what loop 2 costs before any disk.</summary>
internal static class AssembleRun
{
    public static StageTimes Run(TrafficSettings settings, long cacheBytes, TimeSpan length, CancellationToken cancel)
    {
        var traffic = new Traffic(OtlpEncoding.Protobuf, settings);
        var times = new StageTimes();
        var decode = times.Add("decode");
        var read = times.Add("read (identity, routing)");
        var assemble = times.Add("assemble");
        var cache = new MemorySessions(cacheBytes, static key => new SessionState(key, [], new NoFacts()));
        var assembler = new SessionAssembler();
        Repeat(TimeSpan.FromTicks(length.Ticks / 3));
        times.Restart();
        Repeat(length);
        return times;

        void Repeat(TimeSpan most)
        {
            while (times.Total < most)
            {
                cancel.ThrowIfCancellationRequested();
                var body = traffic.Next();
                var export = decode.Measure(() => OtlpDecoder.Decode(Signal.Logs, OtlpEncoding.Protobuf, body));
                var sessions = read.Measure(() => RecordReader.Read(export, DateTimeOffset.UnixEpoch)).Sessions;
                foreach (var (key, facts) in sessions)
                {
                    var state = cache.Get(key);
                    var before = state.CachedBytes;
                    _ = assemble.Measure(() => assembler.Apply(state, facts));
                    cache.Account(state, before);
                }

                times.Records += export.Accepted;
            }
        }
    }

    /// <summary>Sessions that fall out of the cache begin anew: the traffic does not come back to most of them.</summary>
    private sealed class NoFacts : IFactSource
    {
        public IReadOnlyList<Fact> LoadFacts(string sessionKey, string bucketKey) => [];
    }
}
