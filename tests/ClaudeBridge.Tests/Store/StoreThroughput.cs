using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Store;

/// <summary>Run by hand: what a record costs on its way from a decoded export into the store.</summary>
public sealed partial class StoreThroughput(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData("2.1.329-parallel-tools-http-json", 400, 1)]
    [InlineData("2.1.329-parallel-tools-http-json", 2000, 20)]
    [InlineData("2.1.329-multi-turn-continue-http-json", 2000, 20)]
    public void Microseconds_a_record(string recording, int copies, int requestsAStep)
    {
        var requests = Recording.Open(recording).Requests.Where(request => request.Signal != Signal.Metrics).ToList();
        var exports = Enumerable.Range(0, copies).SelectMany(copy => requests.Select(request => Copy(request, copy).Decode())).ToList();
        var records = exports.Sum(export => export.Accepted);
        _ = Run(exports, requestsAStep);
        output.WriteLine(
            $"{recording} x{copies}, {requestsAStep} requests a step, {records} records: {Run(exports, requestsAStep).Each(records)}"
        );
    }

    private static Costs Run(IReadOnlyList<DecodedExport> exports, int requestsAStep)
    {
        using var store = new TestStore();
        var assembler = new SessionAssembler();
        var sessions = new SessionCache(store.Writer, store.Options.SessionCacheBytes);
        var costs = new Costs();
        var position = 0L;
        foreach (var step in exports.Chunk(requestsAStep))
        {
            store.Now = store.Now.AddMilliseconds(50);
            var facts = new List<IGrouping<string, KeyValuePair<string, IReadOnlyList<Fact>>>>();
            var changes = new List<SessionChange>();
            costs.Read += Cpu(() =>
                facts.AddRange(step.SelectMany(export => RecordReader.Read(export, store.Now).Sessions).GroupBy(pair => pair.Key))
            );
            costs.Assemble += Cpu(() =>
                changes.AddRange(facts.Select(group => assembler.Apply(sessions.Get(group.Key), [.. group.SelectMany(pair => pair.Value)])))
            );
            costs.Store += Cpu(() => store.Writer.Apply(changes, new JournalPosition(++position), store.Now));
            sessions.EndStep();
            costs.Settle += Cpu(() => store.Settle());
        }

        costs.Settle += Cpu(() => store.Writer.SettleAll(store.Now));
        costs.Feed += Cpu(() =>
        {
            for (var last = 0L; last < store.Feed.LatestRevision; )
            {
                last = store.Feed.Read(last, 500)[^1].Revision;
            }
        });
        costs.Bytes = new FileInfo(store.Database.Path).Length;
        return costs;
    }

    private sealed class Costs
    {
        public TimeSpan Read { get; set; }

        public TimeSpan Assemble { get; set; }

        public TimeSpan Store { get; set; }

        public TimeSpan Settle { get; set; }

        public TimeSpan Feed { get; set; }

        public long Bytes { get; set; }

        /// <summary>Microseconds of processor time, and bytes, a record.</summary>
        public string Each(int records) =>
            $"read {Each(Read, records)}, assemble {Each(Assemble, records)}, store {Each(Store, records)}, "
            + $"settle {Each(Settle, records)}, feed {Each(Feed, records)} us; {Bytes / records} bytes";

        private static string Each(TimeSpan time, int records) => (time.TotalMicroseconds / records).ToString("0.00");
    }

    /// <summary>User and system time of this process: the machine may be busy with other things.</summary>
    private static TimeSpan Cpu(Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        work();
        return Environment.CpuUsage.TotalTime - before;
    }

    /// <summary>The same request by another session: every id is another one, all joins hold.</summary>
    private static RecordedRequest Copy(RecordedRequest request, int copy) =>
        request with
        {
            Body = Encoding.UTF8.GetBytes(
                Ids()
                    .Replace(
                        Encoding.UTF8.GetString(request.Body),
                        match =>
                        {
                            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{copy} {match.Value}")));
                            return match.Value.Contains('-', StringComparison.Ordinal)
                                ? $"{hash[..8]}-{hash[8..12]}-{hash[12..16]}-{hash[16..20]}-{hash[20..32]}"
                                : hash[..match.Length];
                        }
                    )
            ),
        };

    [GeneratedRegex(
        "\\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\\b",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Ids();
}
