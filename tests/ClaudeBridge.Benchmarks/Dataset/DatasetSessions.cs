using ClaudeBridge.Cli.Replay;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>The export requests of many people's months with Claude Code: several teams, models and tools, with failures, refusals, subagents and lost events.</summary>
internal sealed class DatasetSessions
{
    private const string LargestPrompt = "Go through every file of the monorepo and bring it to the new logging API.";

    /// <summary>Places from the end.</summary>
    private const int HostilePlace = 1,
        LongPlace = 2,
        LargestPlace = 3,
        DearestPlace = 5;

    /// <summary>More than one takes.</summary>
    private const int SecondsAnObservation = 4;

    private readonly DatasetSettings _settings;
    private readonly IReadOnlyList<Person> _people;
    private readonly long[] _begins;
    private int _turns;
    private long _records;
    private long _cost;
    private TurnFacts? _dearest;
    private TurnFacts? _largest;
    private string _hostile = "";
    private string _long = "";

    public DatasetSessions(DatasetSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Sessions, DatasetSettings.LeastSessions);
        (_settings, _people) = (settings, Cast.People(settings.Seed));
        _begins = Begins(settings);
    }

    /// <summary>Whole once all requests were taken.</summary>
    public DatasetFacts Facts =>
        new()
        {
            Sessions = _settings.Sessions,
            Turns = _turns,
            Records = _records,
            CostMicros = _cost,
            Dearest = _dearest!,
            Largest = _largest!,
            HostileSession = _hostile,
            LongSession = _long,
            WorstTool = $"mcp__{Cast.WorstTool.Server}__{Cast.WorstTool.Name}",
        };

    /// <summary>To be taken once, in this order, which is that of time.</summary>
    public IEnumerable<RecordedRequest> Requests() => Enumerable.Range(0, _settings.Sessions).SelectMany(SessionAt);

    private IEnumerable<RecordedRequest> SessionAt(int index)
    {
        var dice = Dice.Of(_settings.Seed, index);
        var place = _settings.Sessions - index;
        var person = place switch
        {
            HostilePlace => SpecialSessions.Hostile,
            LongPlace => SpecialSessions.Long,
            _ => dice.PickFirst(_people),
        };
        var identity = new SessionIdentity(
            person,
            dice.Uuid(),
            person.Team is { } team && dice.Chance(0.95) ? dice.PickFirst(team.Repositories) : null
        );
        if (place == HostilePlace)
        {
            _hostile = identity.SessionId;
        }
        else if (place == LongPlace)
        {
            _long = identity.SessionId;
        }

        var begin = DateTimeOffset.FromUnixTimeMilliseconds(_begins[index]);
        // What is looked for by its words has words, whoever's it is.
        var state = new SessionState(begin, person.SendsContents || place <= DearestPlace);
        var log = new SessionLog(identity);
        var metrics = new SessionMetrics(identity);
        metrics.Started();
        var turns = place <= DearestPlace ? 2 : Math.Min(20, (int)dice.Skewed(2.6, 0.75));
        var loses = place > DearestPlace && dice.Chance(0.02);
        for (var turn = 0; turn < turns; turn++)
        {
            var script = new TurnScript(log, metrics, dice, state);
            var plan = PlanOf(place, turn, dice);
            script.Play(plan);
            Count(identity.SessionId, script, plan);
            foreach (var body in log.TakeRequests(loses && turn == turns - 1))
            {
                yield return new(Signal.Logs, OtlpEncoding.Protobuf, body, "data set");
            }

            state.Pass(dice.Skewed(45_000));
        }

        _records += log.Records;
        _cost += log.CostMicros;
        metrics.Worked(user: (state.Now - begin) / 3, cli: (state.Now - begin) / 2);
        yield return new(Signal.Metrics, OtlpEncoding.Protobuf, metrics.TakeRequest(begin, state.Now), "data set");
    }

    private TurnPlan PlanOf(int place, int turn, Dice dice) =>
        (place, turn) switch
        {
            (HostilePlace, _) => new(SpecialSessions.HostilePrompt, Cast.Models[0], 4),
            (LongPlace, _) => new(SpecialSessions.LongPrompt, Cast.Models[1], 3),
            (LargestPlace, 0) => new(LargestPrompt, Cast.Models[2], 0, _settings.LargestTrace),
            (DearestPlace, 1) => new("Rewrite the whole ledger in one go.", Cast.Models[0] with { Output = 6_000m }, 12),
            _ => new(Phrases.Prompt(dice), dice.PickFirst(Cast.Models), Math.Min(30, (int)dice.Skewed(2.9, 0.7))),
        };

    private void Count(string sessionId, TurnScript script, TurnPlan plan)
    {
        _turns++;
        var facts = new TurnFacts(sessionId, script.PromptId, plan.Prompt, script.CostMicros);
        if (_dearest is null || facts.CostMicros > _dearest.CostMicros)
        {
            _dearest = facts;
        }

        if (plan.Observations is not null)
        {
            _largest = facts;
        }
    }

    /// <summary>Beginnings in milliseconds, ascending: more on working days, and in working hours of several parts of the world.</summary>
    private static long[] Begins(DatasetSettings settings)
    {
        var dice = new Dice(settings.Seed);
        var last = settings.Until.AddHours(-1);
        var firstDay = last.UtcDateTime.Date.AddDays(1 - settings.Days);
        var begins = new List<long>(settings.Sessions);
        while (begins.Count < settings.Sessions)
        {
            var day = firstDay.AddDays(dice.Between(0, settings.Days - 1));
            if (day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday && dice.Chance(0.8))
            {
                continue;
            }

            var hour = 6 + (12 * (dice.Share() + dice.Share()) / 2) + (dice.Chance(0.2) ? 7 : 0);
            var begin = new DateTimeOffset(day.AddHours(hour % 24), TimeSpan.Zero);
            if (begin <= last)
            {
                begins.Add(begin.ToUnixTimeMilliseconds());
            }
        }

        begins.Sort();
        // The special ones are the latest whatever the hour is; the largest trace needs its time.
        for (var place = 1; place <= DearestPlace; place++)
        {
            begins[^place] = Math.Max(begins[^place], last.AddMinutes(-place).ToUnixTimeMilliseconds());
        }

        begins[^LargestPlace] = last.AddSeconds(-SecondsAnObservation * settings.LargestTrace).ToUnixTimeMilliseconds();

        return [.. begins];
    }
}
