using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions;

/// <summary>An environment variable that a client seems to lack.</summary>
/// <param name="Variable">As in <c>OTEL_LOGS_EXPORTER</c>.</param>
/// <param name="Value">What it should be.</param>
/// <param name="Sentence">What one would see with it.</param>
/// <param name="IsContent">It makes the client send contents: a choice, and nothing that is wrong without it.</param>
public sealed record SetupAdvice(string Variable, string Value, string Sentence, bool IsContent = false)
{
    /// <summary>What a client lacks, by what was seen of it. Nothing seen at all lacks everything.</summary>
    public static IReadOnlyList<SetupAdvice> For(SetupSigns seen)
    {
        List<SetupAdvice> advice = [];
        var isOther =
            seen.HasFlag(SetupSigns.OtherProgram) && (seen & (SetupSigns.Logs | SetupSigns.Metrics | SetupSigns.Spans)) == SetupSigns.None;
        if (isOther)
        {
            return advice;
        }

        if ((seen & (SetupSigns.Logs | SetupSigns.Metrics | SetupSigns.Spans)) == SetupSigns.None)
        {
            advice.Add(new(ClientSettings.Telemetry, "1", "Nothing has come: without it Claude Code sends no telemetry at all."));
        }

        if (!seen.HasFlag(SetupSigns.Logs))
        {
            advice.Add(new(ClientSettings.Logs, "otlp", "No events have come: cost, tokens and the trees of turns are built from them."));
        }

        if (!seen.HasFlag(SetupSigns.Metrics))
        {
            advice.Add(
                new(ClientSettings.Metrics, "otlp", "No metrics have come: lines of code, commits and active time are told by them alone.")
            );
        }

        // What a version does not know is not lacking.
        var isOld = seen.HasFlag(SetupSigns.OldClient);
        if (!seen.HasFlag(SetupSigns.Spans) && !isOld)
        {
            advice.Add(new(ClientSettings.Traces, "otlp", "No spans have come: they add waiting times and what was called by what."));
            advice.Add(new(ClientSettings.Beta, "1", "Spans are a beta of Claude Code and are sent with this switch only."));
        }

        if (seen.HasFlag(SetupSigns.TextLeftOut) && !seen.HasFlag(SetupSigns.Text))
        {
            advice.Add(new(ClientSettings.Prompts, "1", "Prompts and answers come without their text.", IsContent: true));
        }

        if (seen.HasFlag(SetupSigns.ToolWithoutDetails) && !isOld && !seen.HasFlag(SetupSigns.ToolDetails))
        {
            advice.Add(
                new(ClientSettings.ToolDetails, "1", "Tools come without their inputs, commands, paths and error texts.", IsContent: true)
            );
        }

        return advice;
    }

    /// <summary>The block of environment variables that makes Claude Code send to a bridge.</summary>
    /// <param name="endpoint">The bridge's address, with a prefix where there is one.</param>
    /// <param name="needsKey">Say where the key goes; the block never holds it.</param>
    /// <param name="namesUser">Say where a user's id goes.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Settings(string endpoint, bool needsKey, bool namesUser = false) =>
        ClientSettings.For(endpoint, needsKey, namesUser);
}
