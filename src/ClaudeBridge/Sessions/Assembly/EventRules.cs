using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>What is neither request, tool nor subagent: folded into the root's metadata, or an observation of its own where a person should see it.</summary>
internal static class EventRules
{
    public static void Build(TraceDraft draft, Nesting nesting)
    {
        var hasHookEvents = draft.ByKind[RecordKind.HookExecutionComplete].Any();
        foreach (var fact in draft.Facts)
        {
            var observation = fact.Kind switch
            {
                RecordKind.UserPrompt when !draft.Roots.Exists(root => root.Prompt == fact) => Prompt(draft, nesting, fact),
                RecordKind.Compaction => Compaction(draft, nesting, fact),
                RecordKind.HookExecutionComplete => Hook(draft, nesting, fact),
                RecordKind.HookSpan when !hasHookEvents => Hook(draft, nesting, fact),
                RecordKind.McpServerConnection => Connection(draft, nesting, fact),
                RecordKind.InternalError => Event(
                    draft,
                    nesting,
                    fact,
                    "internal_error",
                    ObservationLevel.Error,
                    fact.Attributes.Text(Names.ErrorName) ?? fact.Attributes.Text(Names.Error) ?? "The client reported an internal error."
                ),
                RecordKind.Auth when fact.Attributes.Flag(Names.Success) == false => Event(
                    draft,
                    nesting,
                    fact,
                    "auth",
                    ObservationLevel.Warning,
                    $"{fact.Attributes.Text(Names.Action) ?? "sign-in"} failed"
                ),
                RecordKind.UnknownEvent when fact.Reading is { PromptId: not null } or { TraceId: not null } => Event(
                    draft,
                    nesting,
                    fact,
                    NameOf(fact),
                    ObservationLevel.Default,
                    null
                ),
                RecordKind.UnknownSpan => Span(draft, nesting, fact),
                _ => null,
            };
            if (observation is not null)
            {
                draft.Others.Add(observation);
            }
        }
    }

    /// <summary>Hooks are counted, from the events where there are any, else from the spans: both tell of the same runs.</summary>
    public static void AddHooks(Metadata metadata, List<Fact> facts)
    {
        var runs = facts.FindAll(static fact => fact.Kind == RecordKind.HookExecutionComplete);
        if (runs.Count == 0)
        {
            runs = facts.FindAll(static fact => fact.Kind == RecordKind.HookSpan);
        }

        metadata
            .AddCount("hooks", Metadata.Sum(runs, Names.HookCount))
            .AddCount("hooks_duration_ms", Metadata.Sum(runs, Names.HookDurationMs))
            .AddCount("hooks_blocking", Metadata.Sum(runs, Names.HookBlocking))
            .AddCount("hooks_failed", Metadata.Sum(runs, Names.HookErrors));
    }

    /// <summary>What a person added while the turn was under way; only one prompt can be the root's.</summary>
    private static Observation Prompt(TraceDraft draft, Nesting nesting, Fact fact)
    {
        var observation = Base(draft, nesting, fact, "user_prompt");
        return observation with
        {
            Input = Redaction.Show(fact.Attributes.Text(Names.Prompt), "prompt", fact.Attributes.Integer(Names.PromptLength)),
            Metadata = new Metadata().AddAll(observation.Metadata.Where(static pair => !Names.Prompt.Names.Contains(pair.Key))).Values,
        };
    }

    private static Observation Compaction(TraceDraft draft, Nesting nesting, Fact fact)
    {
        var attributes = fact.Attributes;
        var isFailed = attributes.Flag(Names.Success) == false;
        return Base(draft, nesting, fact, "compaction") with
        {
            Type = ObservationType.Span,
            StartUnixNano = Clock.Before(fact.Time, attributes.Number(Names.DurationMs) ?? 0),
            Level = isFailed ? ObservationLevel.Error : ObservationLevel.Default,
            StatusMessage = isFailed ? attributes.Text(Names.Error) ?? "The compaction failed." : null,
            Input = attributes.Integer(Names.PreTokens) is { } before ? $"{before} tokens before" : null,
            Output = attributes.Integer(Names.PostTokens) is { } after ? $"{after} tokens after" : null,
        };
    }

    private static Observation? Hook(TraceDraft draft, Nesting nesting, Fact fact)
    {
        var blocking = fact.Attributes.Integer(Names.HookBlocking) ?? 0;
        var failed = fact.Attributes.Integer(Names.HookErrors) ?? 0;
        if (blocking == 0 && failed == 0)
        {
            return null;
        }

        var name = fact.Attributes.Text(Names.HookName) ?? "hook";
        var message = blocking > 0 ? $"{blocking} of the hooks blocked" : $"{failed} of the hooks failed";
        return Event(draft, nesting, fact, $"hook {name}", ObservationLevel.Warning, message);
    }

    private static Observation? Connection(TraceDraft draft, Nesting nesting, Fact fact)
    {
        var status = fact.Attributes.Text(Names.ConnectionStatus);
        return status is null or "connected" or "disconnected"
            ? null
            : Event(
                draft,
                nesting,
                fact,
                "mcp_server_connection",
                ObservationLevel.Warning,
                $"{fact.Attributes.Text(Names.McpServerName) ?? "MCP server"}: {fact.Attributes.Text(Names.Error) ?? status}"
            );
    }

    private static Observation Event(TraceDraft draft, Nesting nesting, Fact fact, string name, ObservationLevel level, string? message) =>
        Base(draft, nesting, fact, name) with
        {
            Level = level,
            StatusMessage = message,
        };

    /// <summary>A native span of a kind that nobody knows yet keeps its own id, parent and attributes.</summary>
    private static Observation Span(TraceDraft draft, Nesting nesting, Fact fact)
    {
        var status = fact.Span!.Status;
        var isError = status?.Code == OpenTelemetry.Proto.Trace.V1.Status.Types.StatusCode.Error;
        return Base(draft, nesting, fact, NameOf(fact)) with
        {
            Type = ObservationType.Span,
            ParentId = nesting.OfNativeParent(fact) ?? nesting.Of(fact),
            EndUnixNano = fact.Reading.End,
            Level = isError ? ObservationLevel.Error : ObservationLevel.Default,
            StatusMessage = isError ? status!.Message : null,
        };
    }

    private static Observation Base(TraceDraft draft, Nesting nesting, Fact fact, string name)
    {
        var metadata = new Metadata();
        foreach (
            var pair in (fact.Log is { } log ? LogShapes.AttributesOf(log) : fact.Span!.Attributes).Where(static pair =>
                !IsCommon(pair.Key) && !pair.Key.StartsWith(Names.OriginalLengthPrefix, StringComparison.Ordinal) && pair.Value is not null
            )
        )
        {
            metadata.Add(pair.Key, Values.Text(pair.Value));
        }

        metadata.AddOriginalLengths([fact]);
        return new Observation
        {
            Id = draft.IdOf(fact),
            ParentId = nesting.Of(fact),
            Type = ObservationType.Event,
            Name = name,
            StartUnixNano = fact.Time,
            EndUnixNano = fact.Time,
            Metadata = metadata.Values,
            Readiness = Readiness.Complete,
        };
    }

    private static string NameOf(Fact fact) => fact.Reading.Name is { Length: > 0 } name ? name : "event";

    /// <summary>Attributes of every record, which the trace carries already.</summary>
    private static bool IsCommon(string name) =>
        name
            is "session.id"
                or "user.id"
                or "event.name"
                or "event.timestamp"
                or "event.sequence"
                or "prompt.id"
                or "terminal.type"
                or "span.type"
                or "anthropic.provider"
                or "anthropic.custom_base_url"
                or "organization.id"
                or "user.email"
                or "user.account_uuid"
                or "user.account_id"
                or "gen_ai.conversation.id";
}
