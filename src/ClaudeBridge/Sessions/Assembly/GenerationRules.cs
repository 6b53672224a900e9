using ClaudeBridge.ClaudeCode;

namespace ClaudeBridge.Sessions.Assembly;

/// <summary>Gathers what belongs to one model request.</summary>
internal static class GenerationRules
{
    /// <summary>How far apart the same moment may stand in an event and in a span.</summary>
    internal const ulong SameMoment = 50_000_000;

    public static void Gather(TraceDraft draft)
    {
        var byKey = new Dictionary<string, GenerationDraft>(StringComparer.Ordinal);
        var spansWithoutRequest = new List<Fact>();
        var bodiesById = ResponseBodies(draft);
        foreach (var fact in draft.Facts)
        {
            switch (fact.Kind)
            {
                case RecordKind.ApiRequest:
                    Get(fact).Request ??= fact;
                    break;
                case RecordKind.ApiError:
                    Get(fact).Error ??= fact;
                    break;
                case RecordKind.ApiRefusal:
                    Get(fact).Refusal ??= fact;
                    break;
                case RecordKind.AssistantResponse when fact.Reading.RequestId is not null:
                    // The last text wins: an answer may be written in several pieces.
                    Get(fact).Response = fact;
                    break;
                case RecordKind.ApiResponseBody:
                    GetByKey(bodiesById[BodyIdOf(fact)]).ResponseBody ??= fact;
                    break;
                case RecordKind.ApiRequestBody when bodiesById.TryGetValue(BodyIdOf(fact), out var request):
                    GetByKey(request).RequestBody ??= fact;
                    break;
                case RecordKind.LlmRequestSpan when fact.Reading.RequestId is not null:
                    Get(fact).Span ??= fact;
                    break;
                case RecordKind.LlmRequestSpan:
                    spansWithoutRequest.Add(fact);
                    break;
            }
        }

        JoinSpans(draft, spansWithoutRequest);
        JoinExhausted(draft, GetByKey);
        JoinRequestBodies(draft, bodiesById);
        foreach (var generation in draft.Generations)
        {
            Time(draft, generation);
        }

        JoinResponses(draft);

        GenerationDraft Get(Fact fact) => GetByKey(fact.Reading.RequestId ?? fact.Id.ToString());

        GenerationDraft GetByKey(string key)
        {
            if (!byKey.TryGetValue(key, out var generation))
            {
                byKey[key] = generation = new GenerationDraft { Key = key };
                draft.Generations.Add(generation);
            }

            return generation;
        }
    }

    private static Dictionary<string, string> ResponseBodies(TraceDraft draft)
    {
        var bodies = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var body in draft.ByKind[RecordKind.ApiResponseBody])
        {
            bodies.TryAdd(BodyIdOf(body), body.Reading.RequestId ?? "body:" + BodyIdOf(body));
        }

        return bodies;
    }

    private static string BodyIdOf(Fact fact) => fact.Attributes.Text(Names.RequestBodyId) ?? fact.Id.ToString();

    /// <summary>Spans of old clients name no request: same model and an end within a moment of the event; ties in order.</summary>
    private static void JoinSpans(TraceDraft draft, List<Fact> spans)
    {
        foreach (var span in spans)
        {
            var model = span.Attributes.Text(Names.Model);
            var generation = draft.Generations.Find(candidate =>
                candidate is { Span: null }
                && (candidate.Request ?? candidate.Error) is { } happened
                && happened.Attributes.Text(Names.Model) == model
                && Distance(happened.Time, span.Reading.End) <= SameMoment
            );
            if (generation is null)
            {
                generation = new GenerationDraft { Key = "span:" + span.Id };
                draft.Generations.Add(generation);
            }
            else
            {
                generation.IsInferred = true;
            }

            generation.Span = span;
        }
    }

    /// <summary>The end of retrying names no request: it belongs to the error of the same prompt, agent and model just before it.</summary>
    private static void JoinExhausted(TraceDraft draft, Func<string, GenerationDraft> byKey)
    {
        foreach (var fact in draft.ByKind[RecordKind.ApiRetriesExhausted])
        {
            var generation = draft.Generations.FindLast(candidate =>
                candidate is { Exhausted: null, Error: { } error }
                && error <= fact
                && error.Reading.PromptId == fact.Reading.PromptId
                && error.Reading.AgentId == fact.Reading.AgentId
                && error.Attributes.Text(Names.Model) == fact.Attributes.Text(Names.Model)
            );
            generation ??= byKey(fact.Reading.RequestId ?? fact.Id.ToString());
            generation.Exhausted ??= fact;
        }
    }

    /// <summary>A request body whose answer never came back belongs to the first request of its agent and model that ended after it.</summary>
    private static void JoinRequestBodies(TraceDraft draft, Dictionary<string, string> joined)
    {
        foreach (var body in draft.ByKind[RecordKind.ApiRequestBody].Where(body => !joined.ContainsKey(BodyIdOf(body))))
        {
            var generation = draft
                .Generations.Where(candidate =>
                    candidate.RequestBody is null
                    && candidate.Main.Reading.End >= body.Time
                    && candidate.Main.Reading.AgentId == body.Reading.AgentId
                    && candidate.Main.Attributes.Text(Names.Model) == body.Attributes.Text(Names.Model)
                )
                .MinBy(static candidate => candidate.Main.Reading.End);
            if (generation is null)
            {
                generation = new GenerationDraft { Key = body.Id.ToString() };
                draft.Generations.Add(generation);
            }

            generation.RequestBody = body;
        }
    }

    /// <summary>A text that names no request belongs to the latest request of its agent that had ended; the last of several wins.</summary>
    private static void JoinResponses(TraceDraft draft)
    {
        foreach (var response in draft.ByKind[RecordKind.AssistantResponse].Where(static fact => fact.Reading.RequestId is null))
        {
            var generation = draft
                .Generations.Where(candidate =>
                    candidate.Response?.Reading.RequestId is null
                    && candidate.AgentId == draft.AgentOf(response)
                    && candidate.End <= response.Time + SameMoment
                )
                .MaxBy(static candidate => (candidate.End, candidate.Key));
            if (generation is null)
            {
                generation = new GenerationDraft { Key = response.Id.ToString(), Response = response };
                draft.Generations.Add(generation);
                Time(draft, generation);
            }

            generation.Response = response;
        }
    }

    private static void Time(TraceDraft draft, GenerationDraft generation)
    {
        var happened = generation.Request ?? generation.Error;
        var other = generation.Span ?? generation.Main;
        generation.End = happened?.Time ?? other.Reading.End;
        generation.Start = happened is null ? other.Time : Clock.Before(happened.Time, happened.Attributes.Number(Names.DurationMs) ?? 0);
        generation.AgentId = generation.Parts.Select(draft.AgentOf).FirstOrDefault(static agent => agent is not null);
        generation.Id = draft.IdOf("generation", generation.Key);
    }

    internal static ulong Distance(ulong one, ulong other) => one > other ? one - other : other - one;
}
