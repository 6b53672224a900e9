using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions;

/// <summary>What records show of how their client is set up.</summary>
[Flags]
public enum SetupSigns
{
    None = 0,
    Logs = 1,
    Metrics = 2,

    /// <summary>Spans of Claude Code.</summary>
    Spans = 4,

    /// <summary>A prompt or answer whose text was left out by the client.</summary>
    TextLeftOut = 8,

    /// <summary>The text of a prompt or answer.</summary>
    Text = 16,

    /// <summary>A tool's result without its input.</summary>
    ToolWithoutDetails = 32,

    /// <summary>A tool's input.</summary>
    ToolDetails = 64,

    /// <summary>Records of another program: what Claude Code's settings say does not matter for it.</summary>
    OtherProgram = 128,

    /// <summary>A version that knows fewer of the settings.</summary>
    OldClient = 256,
}

/// <summary>Reads <see cref="SetupSigns"/> off records.</summary>
internal static class SetupSignsReader
{
    /// <summary>What the client puts in the place of texts that it leaves out.</summary>
    private const string LeftOut = "<REDACTED>";

    public static SetupSigns Of(Fact fact)
    {
        if (fact.Context is not null)
        {
            return SetupSigns.None;
        }

        if (fact.Kind is RecordKind.ForeignSpan or RecordKind.ForeignLink)
        {
            return SetupSigns.OtherProgram;
        }

        var signs =
            (fact.Span is null ? SetupSigns.Logs : SetupSigns.Spans)
            | (fact.Reading.IsOfOldClient ? SetupSigns.OldClient : SetupSigns.None);
        return signs
            | fact.Kind switch
            {
                RecordKind.UserPrompt or RecordKind.InteractionSpan => OfText(fact.Attributes.Text(Names.Prompt)),
                RecordKind.AssistantResponse => OfText(fact.Attributes.Text(Names.Response)),
                RecordKind.ToolResult => OfTool(fact),
                _ => SetupSigns.None,
            };
    }

    private static SetupSigns OfText(string? text) =>
        text is null ? SetupSigns.None
        : text == LeftOut ? SetupSigns.TextLeftOut
        : SetupSigns.Text;

    /// <summary>An input that the bridge itself dropped has left its length.</summary>
    private static SetupSigns OfTool(Fact fact) =>
        fact.Attributes.Has(Names.ToolInput)
        || fact.Attributes.Has(Names.ToolParameters)
        || fact.Log?.Attributes.Any(static pair => pair.Key.StartsWith(Names.OriginalLengthPrefix, StringComparison.Ordinal)) == true
            ? SetupSigns.ToolDetails
            : SetupSigns.ToolWithoutDetails;
}
