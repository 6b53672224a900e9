using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Computes the root AGENT of a prompt from everything below it.</summary>
internal static class RootView
{
    public const string Name = "claude-code";
    private const string Notification = "<task-notification>";

    /// <param name="below">All other observations of the trace that belong to this root.</param>
    public static Observation Build(TraceDraft draft, Nesting nesting, RootDraft root, IReadOnlyList<Observation> below)
    {
        var facts = draft.FactsOf(root).ToList();
        var (start, end) = TimesOf(root, below, facts);
        var mainLoop = nesting.MainLoopOf(root);
        var failure = LastFailure(mainLoop);
        var input = InputOf(root);
        return new Observation
        {
            Id = root.Id,
            Type = ObservationType.Agent,
            Name = Name,
            StartUnixNano = start,
            EndUnixNano = end,
            Level = failure is null ? ObservationLevel.Default : ObservationLevel.Error,
            StatusMessage = failure,
            Input = input,
            Output = OutputOf(mainLoop, below),
            Metadata = MetadataOf(draft, root, below, facts, IsNotification(root)),
            Readiness = Readiness.Root,
        };
    }

    /// <summary>The low-cardinality name of a trace: the command that a person typed, or that a background task reported back.</summary>
    public static string TraceNameOf(TraceDraft draft)
    {
        var root = draft.Roots[0];
        var command = root.Prompt?.Attributes.Text(Names.CommandName);
        return IsNotification(root) ? $"{Name} /task-notification"
            : command is not null ? $"{Name} /{command.TrimStart('/')}"
            : Name;
    }

    private static bool IsNotification(RootDraft root) =>
        PromptText(root)?.TrimStart().StartsWith(Notification, StringComparison.Ordinal) == true;

    private static string? PromptText(RootDraft root) =>
        root.Prompt?.Attributes.Text(Names.Prompt) ?? root.Interaction?.Attributes.Text(Names.Prompt);

    private static (ulong Start, ulong End) TimesOf(RootDraft root, IReadOnlyList<Observation> below, List<Fact> facts)
    {
        var earliest = below
            .Select(static observation => observation.StartUnixNano)
            .Concat(facts.Where(static fact => fact.Kind.OpensTurn()).Select(static fact => fact.Time))
            .DefaultIfEmpty(root.Start)
            .Min();
        var start = root.Prompt?.Time ?? root.Interaction?.Time ?? earliest;
        var end = below
            .Select(static observation => observation.EndUnixNano)
            .Append(root.Interaction?.Reading.End ?? 0)
            .Append(start)
            .Max();
        return (start, end);
    }

    private static string InputOf(RootDraft root)
    {
        var text = PromptText(root);
        var length = root.Prompt?.Attributes.Integer(Names.PromptLength) ?? root.Interaction?.Attributes.Integer(Names.PromptLength);
        return IsNotification(root)
            ? Element(text!, "result") ?? Element(text!, "summary") ?? text!
            : Redaction.Show(text, "prompt", length) ?? (length is null ? "[prompt not seen]" : $"[prompt not recorded, {length} chars]");
    }

    /// <summary>The last answer of the main loop; where it was withheld, what the turn did.</summary>
    private static string OutputOf(IReadOnlyList<GenerationDraft> answers, IReadOnlyList<Observation> below)
    {
        var response = answers.Select(static generation => generation.Response).OfType<Fact>().Max();
        response ??= answers
            .Select(static generation => generation.Span)
            .OfType<Fact>()
            .Where(static span => span.Attributes.Has(Names.Response))
            .Max();
        var text = response?.Attributes.Text(Names.Response);
        if (text is not null && !Redaction.IsRedacted(text))
        {
            return text;
        }

        var did = Summarise(below);
        return text is null
            ? $"[no response recorded] {did}"
            : $"{Redaction.Show(text, "response", response!.Attributes.Integer(Names.ResponseLength))} {did}";
    }

    private static string Summarise(IReadOnlyList<Observation> below)
    {
        var (requests, tools, errors) = Counts(below);
        return $"{Plural(requests, "request")}, {Plural(tools, "tool")}, {Plural(errors, "error")}";

        static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
    }

    private static (int Requests, int Tools, int Errors) Counts(IReadOnlyList<Observation> below) =>
        (
            below.Count(static observation => observation is { Type: ObservationType.Generation, Usage: not null }),
            below.Count(static observation => observation is { Type: ObservationType.Tool, Readiness: not Readiness.AwaitsEnd }),
            below.Count(static observation => observation.Level == ObservationLevel.Error)
        );

    /// <summary>The message of the main loop's last request when the turn ended in it.</summary>
    private static string? LastFailure(IReadOnlyList<GenerationDraft> mainLoop)
    {
        var last = mainLoop.Count > 0 ? mainLoop[^1] : null;
        return last is { Request: null } && (last.Error ?? last.Exhausted) is { } failure
                ? failure.Attributes.Text(Names.Error) ?? "The request failed."
            : last is { Refusal: not null } ? "The model refused to answer."
            : last is { Request: null, Error: null, Span: { } span } && span.Attributes.Flag(Names.Success) == false
                ? span.Attributes.Text(Names.Error) ?? "The request failed."
            : null;
    }

    private static IReadOnlyDictionary<string, string> MetadataOf(
        TraceDraft draft,
        RootDraft root,
        IReadOnlyList<Observation> below,
        List<Fact> facts,
        bool isNotification
    )
    {
        var (requests, tools, errors) = Counts(below);
        var waited = Metadata.Sum(
            facts.Where(static fact =>
                fact.Kind == RecordKind.BlockedOnUserSpan
                && fact.Attributes.Text(Names.DecisionSource)?.StartsWith("user", StringComparison.Ordinal) == true
            ),
            Names.DurationMs
        );
        var prompt = new[] { root.Prompt, root.Interaction }.OfType<Fact>().ToList();
        var metadata = new Metadata()
            .Add("prompt_id", root.PromptId)
            .Add("prompt_length", Metadata.FirstInteger(prompt, Names.PromptLength))
            .Add("command_name", prompt, Names.CommandName)
            .Add("command_source", prompt, Names.CommandSource)
            .Add("requests", requests)
            .Add("tools", tools)
            .Add("errors", errors)
            .AddCount("waited_for_user_ms", waited)
            .AddCount("permission_mode_changes", facts.Count(static fact => fact.Kind == RecordKind.PermissionModeChanged))
            .AddCount("at_mentions", facts.Count(static fact => fact.Kind == RecordKind.AtMention))
            .Add("skills", NamesIn(facts, Names.SkillName, RecordKind.SkillActivated))
            .Add("plugins", NamesIn(facts, Names.PluginName, RecordKind.PluginLoaded, RecordKind.PluginInstalled))
            .Add("mcp_servers", NamesIn(facts, Names.McpServerName, RecordKind.McpServerConnection))
            .Add("native_span_id", root.Interaction?.Reading.SpanId is { } span ? new ObservationId(span).ToString() : null)
            .AddTime("native_start", root.Interaction?.Time)
            .AddTime("native_end", root.Interaction?.Reading.End)
            .Add("outer_parent_span_id", root.Interaction?.Reading.ParentSpanId is { } outer ? new ObservationId(outer).ToString() : null);
        metadata.AddOriginalLengths(prompt);
        AddWhatIsMissing(metadata, root, facts);
        EventRules.AddHooks(metadata, facts);
        if (isNotification)
        {
            var text = PromptText(root)!;
            metadata
                .Add("task_id", Element(text, "task-id"))
                .Add("tool_use_id", Element(text, "tool-use-id"))
                .Add("task_status", Element(text, "status"));
        }

        return metadata.Values;
    }

    /// <summary>What this turn itself shows to be missing. Gaps between its records are seen over the whole session only: <see cref="CompletenessRules"/>.</summary>
    private static void AddWhatIsMissing(Metadata metadata, RootDraft root, List<Fact> facts)
    {
        var reasons = new List<string>();
        if (root.Prompt is null && root.Interaction is null)
        {
            reasons.Add("the user_prompt never came");
        }

        if (root.Interaction is null && facts.Exists(static fact => fact.Span is not null && fact.Kind != RecordKind.HookSpan))
        {
            reasons.Add("the interaction span never came");
        }

        if (reasons.Count > 0)
        {
            metadata.Add("completeness", "partial").Add("completeness_reasons", string.Join("; ", reasons));
        }
    }

    private static string? NamesIn(List<Fact> facts, AttributeName name, params RecordKind[] kinds) =>
        string.Join(
            ", ",
            facts
                .Where(fact => kinds.Contains(fact.Kind))
                .Select(fact => fact.Attributes.Text(name))
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );

    /// <summary>The text of an element in the notification that a background task writes.</summary>
    private static string? Element(string text, string name)
    {
        var open = text.IndexOf($"<{name}>", StringComparison.Ordinal);
        var start = open + name.Length + 2;
        var close = open < 0 ? -1 : text.IndexOf($"</{name}>", start, StringComparison.Ordinal);
        return close < 0 ? null : text[start..close].Trim();
    }
}
