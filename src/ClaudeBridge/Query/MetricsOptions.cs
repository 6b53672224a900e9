using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Query;

/// <summary>What <c>/metrics</c> tells. Read from the section <c>ClaudeBridge:Metrics</c>.</summary>
public sealed class MetricsOptions
{
    public const string Section = "ClaudeBridge:Metrics";

    /// <summary>The labels that names can choose from.</summary>
    internal static readonly string[] Known = ["user", "team", "model", "tool"];

    /// <summary>
    /// Which labels the figures of Claude Code have, where they know them: any of <c>user, team, model, tool</c>, separated by commas; <c>none</c> for none.
    /// A tenant is always told where there are tenants. Default: model, tool, user.
    /// </summary>
    public string Labels { get; set; } = "model, tool, user";

    /// <summary>How many sets of labels a metric may have; what comes later is told under the value <c>other</c>. Default: 2000.</summary>
    [Range(1, 100_000)]
    public int MaxSeries { get; set; } = 2000;

    internal IReadOnlyList<string> LabelList =>
        Labels.Trim() == "none" ? [] : Labels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal sealed class MetricsOptionsValidator : IValidateOptions<MetricsOptions>
{
    public ValidateOptionsResult Validate(string? name, MetricsOptions options)
    {
        var wrong = options.LabelList.FirstOrDefault(static label => !MetricsOptions.Known.Contains(label, StringComparer.Ordinal));
        return wrong is null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{MetricsOptions.Section}:{nameof(MetricsOptions.Labels)}: '{wrong}' is none of {string.Join(", ", MetricsOptions.Known)}; or write none."
            );
    }
}
