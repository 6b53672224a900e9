using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClaudeBridge.Benchmarks.InProcess;

namespace ClaudeBridge.Benchmarks.Verbs;

/// <summary>Options that several verbs share, and their checks.</summary>
internal static class CommonOptions
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static Option<int> Number(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
            {
                result.AddError($"{name} must be between {least} and {most}.");
            }
        });
        return option;
    }

    public static Option<double> Seconds(string name, string description, double usual, double most = 3600)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is var value && !(value >= 0 && value <= most))
            {
                result.AddError($"{name} must be between 0 and {most} seconds.");
            }
        });
        return option;
    }

    public static Option<bool> Json() => new("--json") { Description = "Print JSON for machines instead of lines for people." };

    public static Option<int> RecordsPerRequest(int usual = 100) =>
        Number("--records-per-request", "Log records in one request.", usual, 1, 100_000);

    public static Option<int> Sessions() =>
        Number("--sessions", "Users at work at one time, each in a session of its own.", 200, 1, 50_000);

    public static Option<int> TurnsPerSession() =>
        Number("--turns-per-session", "Turns (of about 35 records) after which a user begins a new session.", 20, 1, 100_000);

    public static Option<ulong?> Seed() =>
        new("--seed")
        {
            Description = "Makes the ids of a run the same again. Default: a random one, so that nothing is ever a duplicate.",
        };

    /// <summary>The seed that was given, or one of this moment.</summary>
    public static ulong SeedOf(ulong? given) => given ?? (ulong)Random.Shared.NextInt64();

    public static void WriteJson(object result) => Console.Out.WriteLine(JsonSerializer.Serialize(result, Indented));

    public static void Write(StageTimes times, bool json)
    {
        if (json)
        {
            WriteJson(times.Figures());
        }
        else
        {
            times.Print(Console.Out);
        }
    }
}
