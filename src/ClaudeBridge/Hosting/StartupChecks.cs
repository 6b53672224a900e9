using System.Reflection;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>Judges the whole configuration before anything is opened, and says all that is wrong with it at once.</summary>
internal static class StartupChecks
{
    /// <summary>What was found when the settings were read, and what the validators of all options find that were registered with <c>ValidateOnStart</c>.</summary>
    /// <exception cref="StartupException">With <see cref="StartupException.WrongConfiguration"/>: one line for each problem, with the key to change.</exception>
    public static void Validate(IServiceProvider services)
    {
        var read = services.GetService<SettingsProblems>()?.Sentences ?? [];
        var validated = Failures(services)
            .SelectMany(static failure => failure.Failures.Select(problem => WithSection(problem, failure.OptionsType)));
        string[] problems = [.. read.Concat(validated).Distinct(StringComparer.Ordinal)];
        if (problems.Length > 0)
        {
            throw new StartupException(
                problems.Length == 1
                    ? $"The configuration is wrong: {problems[0]}"
                    : $"The configuration is wrong in {problems.Length} places:\n{string.Join('\n', problems.Select(static problem => "  " + problem))}",
                StartupException.WrongConfiguration
            );
        }
    }

    private static IEnumerable<OptionsValidationException> Failures(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException one)
        {
            return [one];
        }
        catch (AggregateException several) when (several.InnerExceptions.All(static inner => inner is OptionsValidationException))
        {
            return several.InnerExceptions.Cast<OptionsValidationException>();
        }
    }

    /// <summary>What attributes find is told by property; the key that a user sets begins with the section of the options class.</summary>
    private static string WithSection(string problem, Type options)
    {
        var section = options.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string;
        return section is null || problem.Contains(section, StringComparison.Ordinal) ? problem : $"{section}: {problem}";
    }
}
