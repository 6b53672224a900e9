using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Expect;

/// <summary>What a replay assembled, in a form that stays the same from run to run and from client id to client id: for <c>--expect</c>.</summary>
internal static class ExpectedResult
{
    /// <summary>All sessions of a store, the earliest first; observations in the order of their tree; ids by appearance.</summary>
    public static IReadOnlyList<SessionDetail> Of(IStoreQueries store)
    {
        var normaliser = new IdNormaliser();
        var details = store.Sessions().Select(session => store.Session(session.SessionId)).OfType<SessionDetail>();
        return
        [
            .. details
                .OrderBy(static session => session.StartTime)
                .ThenBy(static session => session.EndTime)
                .ThenBy(static session => session.SessionId, StringComparer.Ordinal)
                .Select(session => Normalise(session, normaliser)),
        ];
    }

    private static SessionDetail Normalise(SessionDetail session, IdNormaliser ids)
    {
        var sessionId = ids.Name("session", session.SessionId);
        var userId = session.UserId is { } user ? ids.Name("user", user) : null;
        var traces = session
            .TraceList.OrderBy(static trace => trace.StartTime)
            .ThenBy(static trace => trace.EndTime)
            .ThenBy(static trace => trace.Name, StringComparer.Ordinal)
            .ThenBy(static trace => trace.TraceId, StringComparer.Ordinal)
            .Select(trace => Normalise(trace, ids))
            .ToList();
        return session with { SessionId = sessionId, UserId = userId, TraceList = traces };
    }

    private static TraceDetail Normalise(TraceDetail trace, IdNormaliser ids)
    {
        var traceId = ids.Name("trace", trace.TraceId);
        var promptId = trace.PromptId is { } prompt ? ids.Name("prompt", prompt) : null;
        var observations = InTreeOrder(trace.Observations);
        // First all names, then the texts: an observation may speak of one that comes after it.
        foreach (var observation in observations)
        {
            ids.Name("observation", observation.Id);
        }

        return trace with
        {
            TraceId = traceId,
            PromptId = promptId,
            Input = ids.Text(trace.Input),
            Output = ids.Text(trace.Output),
            UserId = trace.UserId is { } user ? ids.Name("user", user) : null,
            Tags = [.. trace.Tags.Select(tag => ids.Text(tag)!)],
            Metadata = Normalise(trace.Metadata, ids),
            Observations = [.. observations.Select(observation => Normalise(observation, ids))],
        };
    }

    private static ObservationDetail Normalise(ObservationDetail observation, IdNormaliser ids) =>
        observation with
        {
            Id = ids.Name("observation", observation.Id),
            ParentId = observation.ParentId is { } parent ? ids.Name("observation", parent) : null,
            StatusMessage = ids.Text(observation.StatusMessage),
            Input = ids.Text(observation.Input),
            Output = ids.Text(observation.Output),
            Metadata = Normalise(observation.Metadata, ids),
        };

    private static SortedDictionary<string, string> Normalise(IReadOnlyDictionary<string, string> metadata, IdNormaliser ids) =>
        new(metadata.ToDictionary(static pair => pair.Key, pair => ids.Text(pair.Value)!), StringComparer.Ordinal);

    /// <summary>Depth first; siblings by what they are and when, so that the order does not hang on their ids.</summary>
    private static List<ObservationDetail> InTreeOrder(IReadOnlyList<ObservationDetail> observations)
    {
        var known = observations.Select(static observation => observation.Id).ToHashSet(StringComparer.Ordinal);
        var children = observations.ToLookup(observation => observation.ParentId is { } parent && known.Contains(parent) ? parent : "");
        var ordered = new List<ObservationDetail>(observations.Count);
        var open = new Stack<ObservationDetail>(Siblings("").Reverse());
        while (open.TryPop(out var observation))
        {
            ordered.Add(observation);
            foreach (var child in Siblings(observation.Id).Reverse())
            {
                open.Push(child);
            }
        }

        // What hangs in a ring of parents is reached from no root; it is shown all the same.
        ordered.AddRange(observations.Except(ordered));
        return ordered;

        IEnumerable<ObservationDetail> Siblings(string parent) =>
            children[parent]
                .OrderBy(static child => child.StartTime)
                .ThenBy(static child => child.EndTime)
                .ThenBy(static child => child.Type, StringComparer.Ordinal)
                .ThenBy(static child => child.Name, StringComparer.Ordinal)
                .ThenBy(static child => child.Input, StringComparer.Ordinal)
                .ThenBy(static child => child.Output, StringComparer.Ordinal)
                .ThenBy(static child => child.Id, StringComparer.Ordinal);
    }
}
