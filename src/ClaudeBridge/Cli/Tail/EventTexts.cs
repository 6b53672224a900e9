using System.Globalization;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Sessions.Assembly;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Cli.Tail;

/// <summary>What matters of an event, in words. All of it was chosen by the sender; nothing in it can move a cursor or begin a line.</summary>
internal static class EventTexts
{
    private const int LongestName = 60;

    private const int LongestText = 160;

    /// <summary>The parts of its line after the event's name, in the order in which they are read.</summary>
    public static IEnumerable<EventPart> Of(EventRow row)
    {
        EventPart?[] parts =
        [
            Name(Tool(row) ?? Text(row, Names.AgentType) ?? Text(row, Names.HookName), PartKind.Name),
            Name(Text(row, Names.Model), PartKind.Name),
            Name(Text(row, Names.McpServerName) is { } server && Tool(row) is null ? $"server {server}" : null),
            Name(Text(row, Names.SkillName) is { } skill ? $"skill {skill}" : null),
            Name(Text(row, Names.PluginName)),
            Name(Text(row, Names.CommandName) is { } command ? $"/{command.TrimStart('/')}" : null),
            Name(Text(row, Names.ConnectionStatus)),
            Decision(row),
            Outcome(row),
            Plain(Tokens(row)),
            Plain(Cost(row) is { } cost ? Texts.Cost(cost) : null),
            Plain(Milliseconds(row)),
            Plain(Whole(row, Names.Attempt) is > 1 and var attempt ? $"attempt {attempt}" : null),
            Plain(Text(row, Names.AgentName) is { } agent ? $"in {Texts.OneLine(agent, LongestName)}" : null),
            Error(row),
            Contents(row),
        ];
        return parts.OfType<EventPart>();
    }

    /// <summary>The event's name without the client's prefix.</summary>
    public static string NameOf(EventRow row) => WithoutPrefix(row.Name);

    public static string WithoutPrefix(string name) =>
        name.StartsWith("claude_code.", StringComparison.Ordinal) ? name["claude_code.".Length..] : name;

    /// <summary>Whether it is about something that failed or was refused.</summary>
    public static bool IsFailure(EventRow row) =>
        NameOf(row) is "api_error" or "api_refusal" or "api_retries_exhausted" or "internal_error"
        || Text(row, Names.Success) is "false"
        || Text(row, Names.ConnectionStatus) is "failed";

    public static string? Text(EventRow row, AttributeName name)
    {
        foreach (var alias in name.Names)
        {
            if (row.Attributes.GetValueOrDefault(alias) is { Length: > 0 } text)
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>The client names an MCP server's tool by what it is and puts server and tool into the parameters.</summary>
    private static string? Tool(EventRow row)
    {
        if (Text(row, Names.ToolName) is not { } name)
        {
            return null;
        }

        var parameters = Text(row, Names.ToolParameters);
        return
            name == "mcp_tool"
            && ToolView.Property(parameters, "mcp_server_name") is { } server
            && ToolView.Property(parameters, "mcp_tool_name") is { } tool
            ? $"mcp__{server}__{tool}"
            : name;
    }

    private static EventPart? Decision(EventRow row) =>
        Text(row, Names.Decision) is not { } decision
            ? null
            : new EventPart(
                Texts.OneLine(Text(row, Names.DecisionSource) is { } source ? $"{decision} ({source})" : decision, LongestName),
                decision == "accept" ? PartKind.Plain : PartKind.Warning
            );

    private static EventPart? Outcome(EventRow row) =>
        Text(row, Names.Success) switch
        {
            "true" => new EventPart("ok", PartKind.Good),
            "false" => new EventPart("failed", PartKind.Bad),
            _ when NameOf(row) == "api_refusal" => new EventPart("refused", PartKind.Warning),
            _ => null,
        };

    private static string? Tokens(EventRow row)
    {
        if (Whole(row, Names.PreTokens) is { } before && Whole(row, Names.PostTokens) is { } after)
        {
            return $"{Texts.Count(before)} → {Texts.Count(after)} tok";
        }

        if (Whole(row, Names.TotalTokens) is { } total)
        {
            return $"{Texts.Count(total)} tok";
        }

        var input = Whole(row, Names.InputTokens);
        var output = Whole(row, Names.OutputTokens);
        var cached = (Whole(row, Names.CacheReadTokens) ?? 0) + (Whole(row, Names.CacheCreationTokens) ?? 0);
        return input is null && output is null ? null : $"{Texts.Count((input ?? 0) + cached)} → {Texts.Count(output ?? 0)} tok";
    }

    /// <summary>US dollars, exact.</summary>
    private static string? Cost(EventRow row) =>
        Whole(row, Names.CostMicros) is { } micros ? (micros / 1_000_000m).ToString(CultureInfo.InvariantCulture) : Text(row, Names.Cost);

    private static string? Milliseconds(EventRow row) =>
        (Number(row, Names.DurationMs) ?? Number(row, Names.HookDurationMs)) is >= 0 and <= int.MaxValue and var milliseconds
            ? Texts.Duration(TimeSpan.FromMilliseconds((double)milliseconds))
            : null;

    private static EventPart? Error(EventRow row)
    {
        string?[] words =
        [
            Text(row, Names.StatusCode) is { } status && status != "undefined" ? status : null,
            Text(row, Names.Error) ?? Text(row, Names.ErrorName) ?? Text(row, Names.ErrorType),
        ];
        var text = string.Join(' ', words.Where(static word => word is not null));
        return text.Length == 0 ? null : new EventPart(Texts.OneLine(text, LongestText), PartKind.Bad);
    }

    private static EventPart? Contents(EventRow row)
    {
        var isPrompt = NameOf(row) == "user_prompt";
        var (what, text, length) = isPrompt
            ? ("prompt", Text(row, Names.Prompt), Whole(row, Names.PromptLength))
            : ("response", Text(row, Names.Response), Whole(row, Names.ResponseLength));
        return Redaction.Show(text, what, length) is not { } shown ? null
            : Redaction.IsRedacted(text) ? new EventPart(shown, PartKind.Dim)
            : new EventPart($"\"{Texts.OneLine(shown, LongestText)}\"", PartKind.Dim);
    }

    private static long? Whole(EventRow row, AttributeName name) =>
        long.TryParse(Text(row, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static decimal? Number(EventRow row, AttributeName name) =>
        decimal.TryParse(Text(row, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static EventPart? Name(string? text, PartKind kind = PartKind.Plain) =>
        text is null ? null : new EventPart(Texts.OneLine(text, LongestName), kind);

    private static EventPart? Plain(string? text) => text is null ? null : new EventPart(text, PartKind.Plain);
}

/// <summary>A part of a line, ready to be printed.</summary>
internal sealed record EventPart(string Text, PartKind Kind);

/// <summary>What a part says, which decides its colour.</summary>
internal enum PartKind
{
    Plain,
    Name,
    Good,
    Warning,
    Bad,
    Dim,
}
