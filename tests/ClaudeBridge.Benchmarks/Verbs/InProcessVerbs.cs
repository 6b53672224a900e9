using System.CommandLine;
using ClaudeBridge.Benchmarks.InProcess;
using ClaudeBridge.Store;

namespace ClaudeBridge.Benchmarks.Verbs;

/// <summary><c>decode</c>, <c>assemble</c>, <c>store</c>: parts of the bridge in this process, on one thread.</summary>
internal static class InProcessVerbs
{
    private static readonly string[] Forms = ["protobuf", "json", "protobuf-gzip", "json-gzip"];

    public static Command Decode()
    {
        var common = new Shared(5);
        var form = new Option<string[]>("--form")
        {
            Description = "Which bodies.",
            DefaultValueFactory = _ => Forms,
            AllowMultipleArgumentsPerToken = true,
        };
        form.AcceptOnlyFromAmong(Forms);
        var command = common.AddTo(new Command("decode", "Measure the OTLP decoder alone: records per CPU-second of one thread.") { form });
        command.SetAction(parsed =>
        {
            foreach (var one in parsed.GetValue(form)!)
            {
                CommonOptions.Write(
                    DecodeRun.Run(one, common.Traffic(parsed), common.Length(parsed), default),
                    parsed.GetValue(common.Json)
                );
            }

            return 0;
        });
        return command;
    }

    public static Command Assemble()
    {
        var common = new Shared(10);
        var cache = CommonOptions.Number("--cache-mib", "Facts kept in memory over all sessions, in MiB.", 32, 1, 16_384);
        var command = common.AddTo(
            new Command("assemble", "Measure decoding, reading and assembling in memory: records per CPU-second of one thread.") { cache }
        );
        command.SetAction(parsed =>
        {
            var times = AssembleRun.Run(common.Traffic(parsed), parsed.GetValue(cache) * 1024L * 1024, common.Length(parsed), default);
            CommonOptions.Write(times, parsed.GetValue(common.Json));
        });
        return command;
    }

    public static Command Store()
    {
        var common = new Shared(15);
        var cache = CommonOptions.Number("--cache-mib", "Facts kept in memory over all sessions, in MiB.", 32, 1, 16_384);
        var step = CommonOptions.Number("--step-records", "Records that are written in one transaction.", 2_000, 1, 1_000_000);
        var command = common.AddTo(
            new Command("store", "Measure the same with the store behind it, in a folder that is deleted at the end.") { cache, step }
        );
        command.SetAction(parsed =>
        {
            var folder = Directory.CreateTempSubdirectory("claudebridge-bench-");
            try
            {
                var options = new StoreOptions { SessionCacheBytes = parsed.GetValue(cache) * 1024L * 1024 };
                var times = StoreRun.Run(
                    folder.FullName,
                    common.Traffic(parsed),
                    options,
                    parsed.GetValue(step),
                    common.Length(parsed),
                    default
                );
                CommonOptions.Write(times, parsed.GetValue(common.Json));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        });
        return command;
    }

    private sealed class Shared(double usualSeconds)
    {
        private readonly Option<int> _records = CommonOptions.RecordsPerRequest();
        private readonly Option<int> _sessions = CommonOptions.Sessions();
        private readonly Option<int> _turns = CommonOptions.TurnsPerSession();
        private readonly Option<ulong?> _seed = CommonOptions.Seed();
        private readonly Option<double> _seconds = CommonOptions.Seconds(
            "--seconds",
            "CPU seconds to measure, after a third of it to warm up.",
            usualSeconds,
            600
        );

        public Option<bool> Json { get; } = CommonOptions.Json();

        public Command AddTo(Command command)
        {
            foreach (var option in new Option[] { _records, _sessions, _turns, _seed, _seconds, Json })
            {
                command.Add(option);
            }

            return command;
        }

        public TimeSpan Length(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_seconds));

        public TrafficSettings Traffic(ParseResult parsed) =>
            new(
                parsed.GetValue(_records),
                parsed.GetValue(_sessions),
                parsed.GetValue(_turns),
                CommonOptions.SeedOf(parsed.GetValue(_seed))
            );
    }
}
