using System.Globalization;
using ClaudeBridge.Journal;
using ClaudeBridge.Sessions;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.Store;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>
/// Many users at once over the real store: what each of them sees is what he would see alone, and no token and no cent more or less than a plain
/// count over what was sent. The long form: CLAUDEBRIDGE_SOAK_USERS (default: 200) and CLAUDEBRIDGE_SOAK_ROUNDS (default: 1).
/// </summary>
public sealed class ManyUsersTests
{
    private static readonly int Users = Setting("CLAUDEBRIDGE_SOAK_USERS", 200);

    public static TheoryData<int, bool> Rounds =>
        [
            .. Enumerable
                .Range(1, Setting("CLAUDEBRIDGE_SOAK_ROUNDS", 1))
                .SelectMany(static seed => new TheoryDataRow<int, bool>[] { new(seed, false), new(seed, true) }),
        ];

    [Theory]
    [MemberData(nameof(Rounds))]
    public void Each_user_among_many_has_the_trees_and_sums_that_he_has_alone(int seed, bool withLosses)
    {
        var random = new Random(seed);
        var users = Enumerable
            .Range(0, Users)
            .Select(number => SoakUser.Play(Recording.Names[number % Recording.Names.Count], number))
            .Select(user => withLosses ? user.WithLosses(random) : user)
            .ToList();
        using var store = new TestStore();
        PlayTogether(store, users, random);

        var shown = store
            .Queries.Sessions()
            .Select(session => store.Queries.Session(session.SessionId)!)
            .SelectMany(static session => session.TraceList.Select(trace => (session.SessionId, Trace: trace)))
            .ToDictionary(static pair => pair.Trace.TraceId);
        var counted = users.ConvertAll(static user => user.Count());
        var count = 0;
        foreach (var (user, total) in users.Zip(counted))
        {
            var alone = Assembled.From(user.Lines.Select(SoakUser.Decode)).All.ToList();
            foreach (var trace in alone)
            {
                var (session, together) = shown[trace.Id.ToString()];
                session.ShouldBe(trace.Context.SessionId, user.Recording);
                Draw(together).ShouldBe(Draw(trace), user.Recording);
            }

            var observations = alone.SelectMany(trace => shown[trace.Id.ToString()].Trace.Observations).ToList();
            Sum(observations).ShouldBe(total, user.Recording);
            count += alone.Count;
        }

        shown.Count.ShouldBe(count);
        var totals = store.Queries.Sessions();
        totals
            .Sum(static session => decimal.Parse(session.Cost, CultureInfo.InvariantCulture))
            .ShouldBe(counted.Sum(static total => total.Cost));
        totals.Sum(static session => session.Usage.Input).ShouldBe(counted.Sum(static total => total.Input));
        totals.Sum(static session => session.Generations).ShouldBe(counted.Sum(static total => total.Requests));
    }

    /// <summary>All requests of all users in any order, some of them twice, some steps large and some small, with restarts in between.</summary>
    private static void PlayTogether(TestStore store, List<SoakUser> users, Random random)
    {
        var sent = users.SelectMany(static user => user.Lines).ToList();
        var arriving = sent.Concat(sent.Where(_ => random.Next(6) == 0)).ToArray();
        random.Shuffle(arriving);
        var applier = Applier(store);
        for (var at = 0; at < arriving.Length; )
        {
            var step = random.Next(1, 80);
            var facts = arriving
                .Skip(at)
                .Take(step)
                .SelectMany(static line => RecordReader.Read(SoakUser.Decode(line), default).Sessions)
                .ToList();
            at += step;
            applier.Apply(facts, new JournalPosition(at), store.Now);
            if (random.Next(20) == 0)
            {
                applier = Applier(store);
            }
        }
    }

    private static StepApplier Applier(TestStore store) => new(store.Writer, store.Options, static (_, failure) => throw failure);

    private static PlainTotals Sum(List<ObservationDetail> observations) =>
        observations
            .Where(static o => o is { Type: "GENERATION", Usage: not null })
            .Aggregate(
                default(PlainTotals),
                static (sum, o) =>
                    new PlainTotals(
                        sum.Requests + 1,
                        sum.Input + o.Usage!.Input,
                        sum.Output + o.Usage.Output,
                        sum.CacheRead + o.Usage.CacheRead,
                        sum.CacheCreation + o.Usage.CacheCreation,
                        sum.Cost + decimal.Parse(o.Cost ?? "0", CultureInfo.InvariantCulture)
                    )
            );

    private static string Draw(TraceDetail trace) =>
        string.Join(
            '\n',
            trace
                .Observations.Select(static o =>
                    Line(
                        o.Id,
                        o.ParentId,
                        o.Type,
                        o.Name,
                        o.StartTime,
                        o.EndTime,
                        o.Level,
                        o.StatusMessage,
                        o.Model,
                        o.Usage is { } u ? $"{u.Input} {u.Output} {u.CacheRead} {u.CacheCreation}" : "",
                        o.Cost,
                        o.Input,
                        o.Output,
                        o.Metadata
                    )
                )
                .Order(StringComparer.Ordinal)
                .Prepend($"{trace.Name} {trace.PromptId} {trace.StartTime:O} {trace.EndTime:O} {trace.Input} {trace.Output} {trace.Level}")
        );

    private static string Draw(TraceView trace) =>
        string.Join(
            '\n',
            trace
                .Observations.Select(static o =>
                    Line(
                        o.Id.ToString(),
                        o.ParentId?.ToString(),
                        o.Type.ToString().ToUpperInvariant(),
                        o.Name,
                        Clock.ToTime(o.StartUnixNano),
                        Clock.ToTime(o.EndUnixNano),
                        o.Level.ToString().ToUpperInvariant(),
                        o.StatusMessage,
                        o.Model,
                        o.Usage is { } u ? $"{u.Input} {u.Output} {u.CacheRead} {u.CacheCreation}" : "",
                        o.Cost is { } cost ? ExactCost.Text(cost) : null,
                        o.Input,
                        o.Output,
                        o.Metadata
                    )
                )
                .Order(StringComparer.Ordinal)
                .Prepend(
                    $"{trace.Context.Name} {trace.PromptId} {Clock.ToTime(trace.StartUnixNano):O} {Clock.ToTime(trace.EndUnixNano):O} {trace.Input} {trace.Output} {trace.Level.ToString().ToUpperInvariant()}"
                )
        );

    private static string Line(
        string id,
        string? parent,
        string type,
        string name,
        DateTimeOffset start,
        DateTimeOffset end,
        string level,
        string? message,
        string? model,
        string usage,
        string? cost,
        string? input,
        string? output,
        IReadOnlyDictionary<string, string> metadata
    ) =>
        $"{id} under {parent}: {type} {name} {start:O} {end:O} {level} {message} {model} {usage} {cost} < {input} > {output} "
        + string.Join(' ', metadata.Select(static pair => $"{pair.Key}={pair.Value}"));

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
