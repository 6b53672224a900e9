using System.Text.Json;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Otlp.Json;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Computes the TOOL of a tool call.</summary>
internal static class ToolView
{
    public static Observation Build(TraceDraft draft, Nesting nesting, ToolDraft tool)
    {
        var parts = tool.Parts.ToList();
        var (parent, isInferred) = nesting.Of(tool);
        var (level, message) = OutcomeOf(tool);
        return new Observation
        {
            Id = tool.Id,
            ParentId = parent,
            Type = ObservationType.Tool,
            Name = NameOf(tool),
            StartUnixNano = tool.Start,
            EndUnixNano = tool.End,
            Level = level,
            StatusMessage = message,
            Input = InputOf(tool, parts),
            Output = OutputOf(tool, level, message),
            Metadata = MetadataOf(tool, parts, isInferred || tool.IsInferred),
            Readiness = ReadinessOf(draft, tool),
        };
    }

    /// <summary>The full name of an MCP tool where it is known: from the span, or from the parameters.</summary>
    public static string NameOf(ToolDraft tool)
    {
        var full = tool.ToolSpan?.Attributes.Text(Names.ToolName);
        if (full?.StartsWith("mcp__", StringComparison.Ordinal) == true)
        {
            return full;
        }

        var name = Metadata.First(tool.Parts, Names.ToolName);
        return name == "mcp_tool" && Parameter(tool, "mcp_server_name") is { } server && Parameter(tool, "mcp_tool_name") is { } mcpTool
            ? $"mcp__{server}__{mcpTool}"
            : name ?? "tool";
    }

    /// <summary>A value of the call's parameters; null when the client did not send them.</summary>
    public static string? Parameter(ToolDraft tool, string name) => Property(Metadata.First(tool.Parts, Names.ToolParameters), name);

    /// <summary>A string property of a JSON object in text; null when it is anything else.</summary>
    public static string? Property(string? json, string name)
    {
        if (json is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or ArgumentException)
        {
            // Long texts are cut by the client: then they are no JSON any more, or end in half a character.
            return null;
        }
    }

    private static (ObservationLevel Level, string? Message) OutcomeOf(ToolDraft tool)
    {
        var outcome = tool.Result ?? tool.Execution;
        if (outcome is not null)
        {
            return outcome.Attributes.Flag(Names.Success) == false
                ? (
                    ObservationLevel.Error,
                    Metadata.First([outcome, .. tool.Parts], Names.Error) is { } error
                        ? Redaction.Show(error, "error", [outcome, .. tool.Parts], "error")
                        : "The tool failed."
                )
                : (ObservationLevel.Default, null);
        }

        return tool.IsRefused
            ? (ObservationLevel.Warning, $"refused ({DecisionSourceOf(tool) ?? "unknown source"})")
            : (ObservationLevel.Warning, "no result seen");
    }

    private static string? InputOf(ToolDraft tool, List<Fact> parts)
    {
        var input = Metadata.First(parts, Names.ToolInput);
        if (input is not null)
        {
            return WithoutHeading(Redaction.Show(input, "input", parts, "tool_input")!, "[TOOL INPUT: ");
        }

        var parameters =
            Metadata.First(parts, Names.ToolParameters)
            ?? Metadata.First(parts, Names.FullCommand)
            ?? Metadata.First(parts, Names.FilePath)
            ?? RanOf(tool);
        return Redaction.Show(parameters, "input", parts, "tool_parameters", "full_command", "file_path")
            ?? (Metadata.FirstInteger(parts, Names.ToolInputSize) is { } size ? $"[input not recorded, {size} bytes]" : null);
    }

    /// <summary>What was run, as the output says it.</summary>
    private static string? RanOf(ToolDraft tool)
    {
        var output = new Attributes(EventOf(tool)?.Attributes ?? []);
        return output.Text(Names.BashCommand) ?? output.Text(Names.FilePath);
    }

    private static string? OutputOf(ToolDraft tool, ObservationLevel level, string? message)
    {
        if (ContentOf(tool) is { } content)
        {
            return Redaction.Show(content, "output", tool.Parts.ToList(), "output", "content");
        }

        if (tool.ToolSpan?.Attributes.Text(Names.NewContext) is { } context)
        {
            return WithoutHeading(Redaction.Show(context, "output", tool.Parts.ToList(), "new_context")!, "[TOOL RESULT: ");
        }

        return level != ObservationLevel.Default ? message
            : tool.Result?.Attributes.Integer(Names.ToolResultSize) is { } size ? $"[output not recorded, {size} bytes]"
            : null;
    }

    /// <summary>The <c>tool.output</c> event of the span; its attributes depend on the tool.</summary>
    private static string? ContentOf(ToolDraft tool)
    {
        if (EventOf(tool) is not { } output)
        {
            return null;
        }

        var attributes = new Attributes(output.Attributes);
        if (attributes.Find(Names.Output) is { } only)
        {
            return Values.Text(only);
        }

        var rest = new KeyValueList { Values = { output.Attributes.Where(static pair => !IsAboutOutput(pair.Key)) } };
        return rest.Values.Count > 0 ? PlainJson.Write(new AnyValue { KvlistValue = rest }) : null;
    }

    private static Span.Types.Event? EventOf(ToolDraft tool) =>
        tool
            .Parts.Select(static part => part.Span)
            .OfType<Span>()
            .SelectMany(static span => span.Events)
            .FirstOrDefault(static item => item.Name == "tool.output");

    /// <summary>Says what was run, or how much of the output is there; is no output itself.</summary>
    private static bool IsAboutOutput(string name) =>
        Names.BashCommand.Names.Contains(name)
        || Names.FilePath.Names.Contains(name)
        || Names.OutputTruncated.Names.Contains(name)
        || Names.OutputLength.Names.Contains(name);

    private static string WithoutHeading(string text, string heading) =>
        text.StartsWith(heading, StringComparison.Ordinal) && text.IndexOf('\n', StringComparison.Ordinal) is var end and > 0
            ? text[(end + 1)..]
            : text;

    private static string? DecisionSourceOf(ToolDraft tool) =>
        new[] { tool.Decision, tool.Blocked }
            .OfType<Fact>()
            .Select(static fact => fact.Attributes.Text(Names.DecisionSource))
            .FirstOrDefault(static text => text is not null)
        ?? tool.Result?.Attributes.Text(Names.DecisionSource);

    private static IReadOnlyDictionary<string, string> MetadataOf(ToolDraft tool, List<Fact> parts, bool isInferred)
    {
        var output = new Attributes(EventOf(tool)?.Attributes ?? []);
        return new Metadata()
            .AddFlag("output_truncated", output.Flag(Names.OutputTruncated) == true)
            .Add("output_original_length", output.Integer(Names.OutputLength))
            .Add("tool_use_id", tool.ToolUseId)
            .Add("request_id", parts.Select(static part => part.Reading.RequestId).FirstOrDefault(static id => id is not null))
            .Add("agent_id", tool.AgentId)
            .Add("decision", new[] { tool.Decision, tool.Blocked, tool.Result }.OfType<Fact>(), Names.Decision)
            .Add("decision_source", DecisionSourceOf(tool))
            .Add("permission_mode", parts, Names.PermissionMode)
            .Add("waited_ms", tool.Blocked?.Attributes.Integer(Names.DurationMs))
            .Add("tool_parameters", parts, Names.ToolParameters)
            .Add("input_bytes", Metadata.FirstInteger(parts, Names.ToolInputSize))
            .Add("output_bytes", Metadata.FirstInteger(parts, Names.ToolResultSize))
            .Add("error_type", parts, Names.ErrorType)
            .Add("error_class", parts, Names.ErrorClass)
            .Add("skill", parts, Names.SkillName)
            .Add("mcp_server", Metadata.First(parts, Names.McpServerName) ?? Parameter(tool, "mcp_server_name"))
            .Add("subagent_type", Metadata.First(parts, Names.SubagentType) ?? Parameter(tool, "subagent_type"))
            .Add("git_revision", parts, Names.GitRevision)
            .Add("git_branch", parts, Names.GitBranch)
            .Add("nesting", isInferred ? "inferred" : null)
            .Add("native_span_id", tool.ToolSpan?.Reading.SpanId is { } span ? new ObservationId(span).ToString() : null)
            .AddTime("native_start", (tool.Execution ?? tool.ToolSpan)?.Time)
            .AddTime("native_end", (tool.Execution ?? tool.ToolSpan)?.Reading.End)
            .AddOriginalLengths(parts)
            .Values;
    }

    private static Readiness ReadinessOf(TraceDraft draft, ToolDraft tool)
    {
        var hasSpan = tool.ToolSpan is not null;
        if (tool.Result is not null || (tool.IsRefused && tool.Decision is not null))
        {
            return hasSpan || !draft.ExpectsSpans ? Readiness.Complete : Readiness.AwaitsCounterpart;
        }

        return tool.Execution is not null && hasSpan ? Readiness.AwaitsCounterpart
            : tool.IsRefused ? Readiness.AwaitsCounterpart
            : Readiness.AwaitsEnd;
    }
}
