using System.Diagnostics;
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
    [InlineData("2.1.329-parallel-tools-http-json", 400, 20)]
    [InlineData("2.1.329-multi-turn-continue-http-json", 200, 20)]
    public void Microseconds_a_record(string recording, int copies, int requestsAStep)
    {
        var requests = Recording.Open(recording).Requests.Where(request => request.Signal != Signal.Metrics).ToList();
        var exports = Enumerable.Range(0, copies).SelectMany(copy => requests.Select(request => Copy(request, copy).Decode())).ToList();
        var records = exports.Sum(export => export.Accepted);
        using var store = new TestStore();
        var applier = new StepApplier(store.Writer, store.Options, (_, failure) => throw failure);
        var (read, applied, settled, fed) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        var position = 0L;
        foreach (var step in exports.Chunk(requestsAStep))
        {
            store.Now = store.Now.AddMilliseconds(50);
            IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> facts = [];
            read += Cpu(() => facts = [.. step.SelectMany(export => RecordReader.Read(export, store.Now).Sessions)]);
            applied += Cpu(() => applier.Apply(facts, new JournalPosition(++position), store.Now));
            settled += Cpu(() => store.Settle());
        }

        settled += Cpu(() => store.Writer.SettleAll(store.Now));
        var items = 0;
        fed += Cpu(() =>
        {
            for (var last = 0L; last < store.Feed.LatestRevision; )
            {
                var batch = store.Feed.Read(last, 500);
                items += batch.Count;
                last = batch[^1].Revision;
            }
        });
        output.WriteLine(
            $"{recording} x{copies}, {requestsAStep} requests a step: {records} records, {store.Feed.LatestRevision} revisions, {items} observations; "
                + $"us of CPU a record: read {Each(read, records)}, assemble and store {Each(applied, records)}, settle {Each(settled, records)}, feed {Each(fed, records)}; "
                + $"{new FileInfo(store.Database.Path).Length / records} bytes a record"
        );

        var assembler = new SessionAssembler();
        var states = new Dictionary<string, SessionState>();
        var pure = Cpu(() =>
        {
            foreach (var step in exports.Chunk(requestsAStep))
            {
                foreach (var group in step.SelectMany(export => RecordReader.Read(export, store.Now).Sessions).GroupBy(pair => pair.Key))
                {
                    if (!states.TryGetValue(group.Key, out var state))
                    {
                        states[group.Key] = state = new SessionState(group.Key, [], store.Writer);
                    }

                    assembler.Apply(state, [.. group.SelectMany(pair => pair.Value)]);
                }
            }
        });
        output.WriteLine($"  read and assemble alone, warm: {Each(pure, records)}");
    }

    private static string Each(TimeSpan time, int count) => (time.TotalMicroseconds / count).ToString("0.00");

    private static TimeSpan Cpu(Action work)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        work();
        process.Refresh();
        return process.TotalProcessorTime - before;
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
