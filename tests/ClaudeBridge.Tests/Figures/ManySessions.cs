using System.Globalization;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.Store;
using Some = ClaudeBridge.Tests.Store.Some;

namespace ClaudeBridge.Tests.Figures;

/// <summary>A store with many sessions: by default 10 000 of them with 30 000 turns and 300 000 observations over 60 days.</summary>
internal static class ManySessions
{
    public static void Add(TestStore store, int sessions = 10_000, int seed = 1)
    {
        var random = new Random(seed);
        for (var first = 0; first < sessions; first += 500)
        {
            store.Apply([.. Enumerable.Range(first, Math.Min(500, sessions - first)).Select(number => Session(number, random))]);
        }
    }

    private static SessionChange Session(int number, Random random)
    {
        var begin = Some.Time.AddMinutes(-random.Next(60 * 24 * 60));
        var context = Some.Context($"session-{number}") with
        {
            UserId = $"user-{random.Next(40)}",
            Tags = [$"repository:repo-{random.Next(12)}", $"team:team-{random.Next(6)}"],
            Metadata = Observation.EmptyText,
        };
        return Some.Change([
            .. Enumerable
                .Range(0, 3)
                .Select(turn =>
                    Turn(new TraceId(new UInt128((ulong)number + 1, (ulong)turn + 1)), context, begin.AddMinutes(5 * turn), random)
                ),
        ]);
    }

    private static TraceView Turn(TraceId id, TraceContext context, DateTimeOffset begin, Random random)
    {
        var model = random.Next(3) switch
        {
            0 => "claude-opus-5-5",
            1 => "claude-sonnet-4-5",
            _ => "claude-haiku-4-5",
        };
        var observations = new List<Observation>
        {
            At(ulong.MaxValue, ObservationType.Agent, "claude-code", 0, 30) with
            {
                ParentId = null,
                Readiness = Readiness.Root,
            },
        };
        for (var i = 0; i < 4; i++)
        {
            var request = At((ulong)(2 * i) + 1, ObservationType.Generation, model, 6 * i, 2 + random.NextDouble()) with
            {
                Model = model,
                Usage = new Usage(random.Next(3000), random.Next(800), random.Next(60_000), random.Next(4000)),
                Cost = random.Next(200_000) / 1_000_000m,
                Level = random.Next(50) == 0 ? ObservationLevel.Error : ObservationLevel.Default,
            };
            observations.Add(request);
            observations.Add(
                At(
                    (ulong)(2 * i) + 2,
                    ObservationType.Tool,
                    random.Next(5) switch
                    {
                        0 => "Bash",
                        1 => "Read",
                        2 => "Edit",
                        3 => "mcp__files__list",
                        _ => "Grep",
                    },
                    (6 * i) + 3.5,
                    random.NextDouble()
                ) with
                {
                    ParentId = request.Id,
                    Metadata = new SortedDictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["output_bytes"] = random.Next(5000).ToString(CultureInfo.InvariantCulture),
                    },
                    Level = random.Next(20) == 0 ? ObservationLevel.Error : ObservationLevel.Default,
                }
            );
        }

        observations.Add(At(100, ObservationType.Tool, "Read", 25, 1));
        return Some.Trace(observations, id, context);

        Observation At(ulong number, ObservationType type, string name, double after, double seconds) =>
            Some.Observation(number, type, name: name) with
            {
                StartUnixNano = Some.Nano(begin.AddSeconds(after)),
                EndUnixNano = Some.Nano(begin.AddSeconds(after + seconds)),
                Metadata = Observation.EmptyText,
            };
    }
}
