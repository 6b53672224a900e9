using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Computes the GENERATION of a model request.</summary>
internal static class GenerationView
{
    public static Observation Build(TraceDraft draft, Nesting nesting, GenerationDraft generation)
    {
        var parts = generation.Parts.ToList();
        var (model, suffix) = SplitModel(Metadata.First(parts, Names.Model));
        var error = ErrorOf(generation);
        var ttft = Metadata.FirstInteger(parts, Names.TtftMs);
        return new Observation
        {
            Id = generation.Id,
            ParentId = nesting.Of(generation),
            Type = ObservationType.Generation,
            Name = model ?? "model request",
            StartUnixNano = generation.Start,
            EndUnixNano = generation.End,
            Level = error is null ? ObservationLevel.Default : ObservationLevel.Error,
            StatusMessage = error,
            Model = model,
            ModelParameters = new Metadata().Add("effort", parts, Names.Effort).Add("speed", parts, Names.Speed).Values,
            Usage = UsageOf(generation),
            Cost = CostOf(generation),
            CompletionStartUnixNano = ttft is > 0 ? Math.Min(Clock.After(generation.Start, ttft.Value), generation.End) : null,
            Input = InputOf(generation, parts),
            Output =
                Readable(generation.ResponseBody?.Attributes.Text(Names.Body)) ?? TextOf(generation) ?? BodyOf(generation.ResponseBody),
            Metadata = MetadataOf(draft, nesting, generation, parts, suffix),
            Readiness = ReadinessOf(draft, generation),
        };
    }

    /// <summary>Exact: the micros where the client gives them, else the decimal. What no request can cost reads as unknown.</summary>
    public static decimal? CostOf(GenerationDraft generation)
    {
        const decimal Highest = 1_000_000_000_000m;
        var cost =
            generation.Request is not { } request ? null
            : request.Attributes.Integer(Names.CostMicros) is { } micros ? micros / 1_000_000m
            : request.Attributes.Number(Names.Cost);
        return cost is >= 0 and <= Highest ? cost : null;
    }

    /// <summary>From the event alone, or from the span where no event has come; nothing is invented for a request that failed.</summary>
    private static Usage? UsageOf(GenerationDraft generation)
    {
        var source = generation.Request ?? (generation.Error is null ? generation.Span : null);
        if (source is null || !(source.Attributes.Has(Names.InputTokens) || source.Attributes.Has(Names.OutputTokens)))
        {
            return null;
        }

        var attributes = source.Attributes;
        return new Usage(
            Count(Names.InputTokens) ?? 0,
            Count(Names.OutputTokens) ?? 0,
            Count(Names.CacheReadTokens) ?? 0,
            Count(Names.CacheCreationTokens) ?? 0,
            Count(Names.CacheCreation5mTokens),
            Count(Names.CacheCreation1hTokens)
        );

        long? Count(AttributeName name) => Usage.CountOf(attributes.Integer(name));
    }

    private static string? ErrorOf(GenerationDraft generation)
    {
        if (generation.Error is { } error)
        {
            return error.Attributes.Text(Names.Error) ?? "The request failed.";
        }

        if (generation.Refusal is not null)
        {
            return "The model refused to answer.";
        }

        if (generation.Exhausted is { } exhausted && generation.Request is null)
        {
            return exhausted.Attributes.Text(Names.Error) ?? "All attempts failed.";
        }

        return generation.Span is { } span && generation.Request is null && span.Attributes.Flag(Names.Success) == false
            ? span.Attributes.Text(Names.Error) ?? "The request failed."
            : null;
    }

    /// <summary>Null when it is withheld: then another source may still have the text.</summary>
    private static string? Readable(string? text) => Redaction.IsRedacted(text) ? null : text;

    private static string? InputOf(GenerationDraft generation, List<Fact> parts)
    {
        var context = Metadata.First(parts, Names.NewContext);
        return Readable(generation.RequestBody?.Attributes.Text(Names.Body))
            ?? Readable(context)
            ?? BodyOf(generation.RequestBody)
            ?? Redaction.Show(context, "context", parts, "new_context");
    }

    private static string? BodyOf(Fact? body) =>
        body is null
            ? null
            : Redaction.Show(body.Attributes.Text(Names.Body), "body", body.Attributes.Integer(Names.BodyLength))
                ?? (body.Attributes.Text(Names.BodyRef) is { } file ? $"[in file {file}]" : null);

    private static string? TextOf(GenerationDraft generation)
    {
        var source = generation.Response ?? generation.Span;
        return source is null
            ? null
            : Redaction.Show(source.Attributes.Text(Names.Response), "response", source.Attributes.Integer(Names.ResponseLength));
    }

    private static IReadOnlyDictionary<string, string> MetadataOf(
        TraceDraft draft,
        Nesting nesting,
        GenerationDraft generation,
        List<Fact> parts,
        string? suffix
    )
    {
        var failures = new[] { generation.Error, generation.Exhausted, generation.Span }.OfType<Fact>().ToList();
        var isFailed = generation.Error is not null || generation.Exhausted is not null;
        return new Metadata()
            .Add("request_id", parts, Names.RequestId)
            .Add("client_request_id", parts, Names.ClientRequestId)
            .Add("query_source", parts, Names.QuerySource)
            .Add("model_suffix", suffix)
            .Add("agent_id", generation.AgentId)
            .Add("stop_reason", parts, Names.StopReason)
            .Add(
                "attempts",
                Metadata.FirstInteger(new[] { generation.Exhausted }.OfType<Fact>(), Names.TotalAttempts)
                    ?? Metadata.FirstInteger(new[] { generation.Span, generation.Error }.OfType<Fact>(), Names.Attempt)
            )
            .Add("retry_duration_ms", Metadata.FirstInteger(parts, Names.TotalRetryDurationMs))
            .Add("ttft_ms", Metadata.FirstInteger(parts, Names.TtftMs))
            .Add("first_content_ms", Metadata.FirstInteger(parts, Names.FirstContentMs))
            .Add("status_code", isFailed ? Metadata.First(failures, Names.StatusCode) : null)
            .Add("error_class", isFailed ? Metadata.First(failures, Names.ErrorClass) : null)
            .AddFlag("refused", generation.Refusal is not null)
            .AddFlag("helper_call", nesting.IsHelper(generation))
            .Add("skill", parts, Names.SkillName)
            .Add("plugin", parts, Names.PluginName)
            .Add("mcp_server", parts, Names.McpServerName)
            .Add("mcp_tool", parts, Names.McpToolName)
            .AddFlag("request_body_truncated", generation.RequestBody?.Attributes.Flag(Names.BodyTruncated) == true)
            .AddFlag("response_body_truncated", generation.ResponseBody?.Attributes.Flag(Names.BodyTruncated) == true)
            .Add("request_body_ref", generation.RequestBody?.Attributes.Text(Names.BodyRef))
            .Add("response_body_ref", generation.ResponseBody?.Attributes.Text(Names.BodyRef))
            .Add("request_body_length", generation.RequestBody?.Attributes.Integer(Names.BodyLength))
            .Add("response_body_length", generation.ResponseBody?.Attributes.Integer(Names.BodyLength))
            .Add("nesting", generation.IsInferred ? "inferred" : null)
            .Add("native_span_id", generation.Span?.Reading.SpanId is { } span ? new ObservationId(span).ToString() : null)
            .AddTime("native_start", generation.Span?.Time)
            .AddTime("native_end", generation.Span?.Reading.End)
            .AddOriginalLengths(parts)
            .Values;
    }

    private static Readiness ReadinessOf(TraceDraft draft, GenerationDraft generation)
    {
        var hasEvent = generation.Request is not null || generation.Error is not null;
        var hasSpan = generation.Span is not null;
        return (hasEvent, hasSpan) switch
        {
            (true, true) => Readiness.Complete,
            (true, false) => draft.ExpectsSpans ? Readiness.AwaitsCounterpart : Readiness.Complete,
            (false, true) => Readiness.AwaitsCounterpart,
            _ when generation.Refusal is not null || generation.Exhausted is not null => Readiness.AwaitsCounterpart,
            _ => Readiness.AwaitsEnd,
        };
    }

    /// <summary>A suffix in brackets, such as <c>[1m]</c>, is a setting and not part of the model's name.</summary>
    public static (string? Model, string? Suffix) SplitModel(string? model)
    {
        var bracket = model?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        return bracket > 0 ? (model![..bracket], model[bracket..]) : (model, null);
    }
}
