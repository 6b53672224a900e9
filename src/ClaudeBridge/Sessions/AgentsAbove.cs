namespace ClaudeBridge.Sessions;

/// <summary>Knows whose work each observation of a trace is: that of the nearest agent above it, or of its turn.</summary>
internal sealed class AgentsAbove
{
    /// <summary>Deeper than any tree; ends rings.</summary>
    private const int MostSteps = 1000;

    private readonly IReadOnlyList<Observation> _observations;
    private readonly Dictionary<ObservationId, int>? _places;
    private readonly Observation? _only;

    public AgentsAbove(IReadOnlyList<Observation> observations)
    {
        _observations = observations;
        foreach (var observation in observations)
        {
            if (observation.IsRoot || observation.Type == ObservationType.Agent)
            {
                if (_only is not null)
                {
                    _places = new Dictionary<ObservationId, int>(observations.Count);
                    break;
                }

                _only = observation;
            }
        }

        for (var i = 0; _places is not null && i < observations.Count; i++)
        {
            _places[observations[i].Id] = i;
        }
    }

    /// <summary>The observation itself where it is an agent or a root, else the nearest such above it, else the topmost that is known.</summary>
    public Observation Of(Observation observation)
    {
        if (_places is null)
        {
            // One turn without subagents, as most are.
            return _only ?? observation;
        }

        for (var i = 0; i < MostSteps && observation is { IsRoot: false, Type: not ObservationType.Agent }; i++)
        {
            if (observation.ParentId is not { } parent || !_places.TryGetValue(parent, out var place))
            {
                break;
            }

            observation = _observations[place];
        }

        return observation;
    }

    /// <summary>The subagent that an observation is or stands under; null in the main conversation.</summary>
    public string? NameOf(Observation observation) =>
        Of(observation) is { IsRoot: false, Type: ObservationType.Agent } agent ? agent.Name : null;
}
