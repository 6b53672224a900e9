using ClaudeBridge.Diagnostics;
using Microsoft.Extensions.Configuration.Memory;

namespace ClaudeBridge.Hosting;

/// <summary>What is wrong with what was set, one plain sentence each.</summary>
internal sealed record SettingsProblems(IReadOnlyList<string> Sentences);

/// <summary>
/// Reads what was set, key by key, before options are bound: unknown keys, values that cannot be read or are out of range, two spellings that disagree, unknown log levels.
/// What options must be to each other is judged after binding, by their validators.
/// </summary>
internal static class SettingsJudge
{
    private const string Logging = "Logging";
    private const string LogLevels = "LogLevel";
    private const int MostSlips = 2;
    private const string HarmlessLevel = nameof(LogLevel.Warning);

    /// <summary>
    /// Judges the settings, and lays over them what binding needs: durations in the form it reads, and defaults for what was wrong, so that the rest can be judged as well.
    /// </summary>
    public static SettingsProblems Judge(ConfigurationManager configuration)
    {
        List<string> problems = [];
        Dictionary<string, string?> instead = [];
        problems.AddRange(EnvironmentAliases.Disagreements(configuration));
        foreach (var leaf in configuration.GetSection(KnownSettings.Root).GetChildren().SelectMany(Leaves))
        {
            if (KnownSettings.Find(leaf.Path) is { } known)
            {
                Read(configuration, known, leaf, problems, instead);
            }
            else if (!KnownSettings.IsSection(leaf.Path) || !string.IsNullOrEmpty(leaf.Value))
            {
                problems.Add(Unknown(configuration, leaf.Path));
            }
        }

        if (SettingOrigin.FileOf(configuration, KnownSettings.Root) is { } file && !string.IsNullOrEmpty(configuration[KnownSettings.Root]))
        {
            problems.Add($"{KnownSettings.Root} (in {file}) is a value: it must be a section, {{ \"{KnownSettings.Root}\": {{ ... }} }}.");
        }

        problems.AddRange(NearMisses(configuration));
        ReadLogLevels(configuration, problems, instead);
        ((IConfigurationBuilder)configuration).Add(new MemoryConfigurationSource { InitialData = instead });
        return new(problems);
    }

    private static void Read(
        ConfigurationManager configuration,
        KnownSetting known,
        IConfigurationSection leaf,
        List<string> problems,
        Dictionary<string, string?> instead
    )
    {
        if (string.IsNullOrEmpty(leaf.Value))
        {
            if (known.CanBeUnset || known.IsList)
            {
                return;
            }

            if (Below(configuration, leaf.Path) is { } below)
            {
                instead[leaf.Path] = known.TryRead(below, out var read) ? read : known.Default;
            }
            else if (leaf.Value is null)
            {
                instead[leaf.Path] = known.Default;
            }

            return;
        }

        if (known.IsList)
        {
            if (leaf.Path.Equals(known.Key, StringComparison.OrdinalIgnoreCase))
            {
                problems.Add(
                    $"{SettingOrigin.Describe(configuration, leaf.Path)} is a list: set {SettingOrigin.Variable(known.Key)}__0 and so on in the environment, or [\"...\"] in a file."
                );
            }

            return;
        }

        if (known.TryRead(leaf.Value, out var plain))
        {
            if (plain != leaf.Value)
            {
                instead[leaf.Path] = plain;
            }

            return;
        }

        problems.Add(
            $"{SettingOrigin.Describe(configuration, leaf.Path)} is {SettingOrigin.Quote(leaf.Value)}: it must be {known.Allowed}."
        );
        instead[leaf.Path] = known.Default;
    }

    private static string Unknown(ConfigurationManager configuration, string key)
    {
        var nearest = KnownSettings.Nearest(key).Key;
        var origin = SettingOrigin.Describe(configuration, key);
        var name = origin.Contains("environment:", StringComparison.Ordinal) ? SettingOrigin.Variable(nearest) : nearest;
        return $"{origin} is not a setting; the nearest one is {name}. All of them stand in appsettings.json beside the program.";
    }

    /// <summary>Sections beside ours that were meant to be ours: nobody would read them.</summary>
    private static IEnumerable<string> NearMisses(ConfigurationManager configuration)
    {
        foreach (var section in configuration.GetChildren().Where(static section => section.GetChildren().Any()))
        {
            if (IsNear(section.Key, KnownSettings.Root))
            {
                yield return Misspelt(section.GetChildren().First(), $"begin with {KnownSettings.Root}");
            }
            else if (IsNear(section.Key, Logging) && section.GetSection(LogLevels).GetChildren().Any())
            {
                yield return Misspelt(section.GetSection(LogLevels), $"begin with {Logging}");
            }
        }

        foreach (var section in configuration.GetSection(Logging).GetChildren().Where(static section => IsNear(section.Key, LogLevels)))
        {
            yield return Misspelt(section, $"begin with {Logging}:{LogLevels}");
        }

        string Misspelt(IConfigurationSection section, string must) =>
            $"{SettingOrigin.Describe(configuration, FirstLeaf(section))} is not a setting: it must {must}.";
    }

    private static string FirstLeaf(IConfigurationSection section) =>
        section.GetChildren().FirstOrDefault() is { } below ? FirstLeaf(below) : section.Path;

    private static bool IsNear(string name, string meant) =>
        !name.Equals(meant, StringComparison.OrdinalIgnoreCase)
        && Math.Abs(name.Length - meant.Length) <= MostSlips
        && NearestName.Distance(meant, name) <= MostSlips;

    private static void ReadLogLevels(ConfigurationManager configuration, List<string> problems, Dictionary<string, string?> instead)
    {
        var logging = configuration.GetSection(Logging);
        var levels = logging.GetChildren().Select(static provider => provider.GetSection(LogLevels)).Append(logging.GetSection(LogLevels));
        foreach (var level in levels.SelectMany(static section => section.GetChildren()))
        {
            if (
                !string.IsNullOrEmpty(level.Value)
                && !(Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out var known) && Enum.IsDefined(known))
            )
            {
                problems.Add(
                    $"{SettingOrigin.Describe(configuration, level.Path)} is {SettingOrigin.Quote(level.Value)}: it must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}."
                );
                instead[level.Path] = HarmlessLevel;
            }
        }
    }

    /// <summary>What is set below an empty value: an empty variable is no variable.</summary>
    private static string? Below(IConfigurationRoot configuration, string key) =>
        configuration
            .Providers.Reverse()
            .Select(provider => provider.TryGet(key, out var value) ? value : null)
            .FirstOrDefault(static value => !string.IsNullOrEmpty(value));

    private static IEnumerable<IConfigurationSection> Leaves(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        var below = children.SelectMany(Leaves);
        return children.Count == 0 || !string.IsNullOrEmpty(section.Value) ? below.Prepend(section) : below;
    }
}
