using System.Reflection;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>Judges the whole configuration before anything is opened, and says all that is wrong with it at once.</summary>
internal static class StartupChecks
{
    /// <summary>Runs the validators of all options that were registered with <c>ValidateOnStart</c>.</summary>
    /// <exception cref="StartupException">With <see cref="StartupException.WrongConfiguration"/>: one line for each problem, with the key to change.</exception>
    public static void Validate(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
        }
        catch (OptionsValidationException one)
        {
            throw Explain([one]);
        }
        catch (AggregateException several) when (several.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            throw Explain(several.InnerExceptions.Cast<OptionsValidationException>());
        }
        catch (InvalidOperationException unreadable)
            when (unreadable.InnerException is FormatException or ArgumentException or OverflowException)
        {
            // The binder's message names the key; the value itself is left out, as it may be a misplaced secret.
            throw new StartupException(
                $"The configuration is wrong: {WithoutValue(unreadable.Message)}",
                StartupException.WrongConfiguration,
                unreadable
            );
        }
    }

    private static StartupException Explain(IEnumerable<OptionsValidationException> failed)
    {
        var problems = failed.SelectMany(failure => failure.Failures.Select(problem => WithSection(problem, failure.OptionsType))).ToList();
        return new(
            problems.Count == 1
                ? $"The configuration is wrong: {problems[0]}"
                : $"The configuration is wrong in {problems.Count} places:\n{string.Join('\n', problems.Select(problem => "  " + problem))}",
            StartupException.WrongConfiguration
        );
    }

    /// <summary>What attributes find is told by property; the key that a user sets begins with the section of the options class.</summary>
    private static string WithSection(string problem, Type options)
    {
        var section = options.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string;
        return section is null || problem.Contains(section, StringComparison.Ordinal) ? problem : $"{section}: {problem}";
    }

    private static string WithoutValue(string message)
    {
        // "Failed to convert configuration value 'x' at 'Section:Key' to type 'System.Int32'."
        var start = message.IndexOf("value '", StringComparison.Ordinal);
        var end = message.IndexOf("' at '", StringComparison.Ordinal);
        return start >= 0 && end > start ? message[..(start + "value".Length)] + message[(end + 1)..] : message;
    }
}
