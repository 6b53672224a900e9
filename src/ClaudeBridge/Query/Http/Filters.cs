using ClaudeBridge.Store;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Query.Http;

/// <summary>The parameters that narrow what is looked at, and the filter that they make.</summary>
internal static class Filters
{
    private static readonly Parameter Words = Parameter.Text(
        "q",
        "Words that all stand in a prompt or an answer, or the beginning of an id of a session, trace, prompt or request; letter case does not matter."
    );

    private static readonly Parameter Session = Parameter.Text("session", "The whole id of a session.");

    private static readonly Parameter User = Parameter.Text("user", "Whose it is.");

    private static readonly Parameter Model = Parameter.Text("model", "A turn that asked this model.", "claude-opus-5-5");

    private static readonly Parameter Tool = Parameter.Text("tool", "A turn that called this tool.", "Bash");

    private static readonly Parameter Failed = new(
        "failed",
        ParameterKind.Flag,
        "Only what has an error; together with 'tool', a failure of that tool."
    )
    {
        Default = "false",
    };

    private static readonly Parameter Completeness = Parameter.Choice(
        "completeness",
        "How far the figures of a session can be trusted.",
        null,
        "complete",
        "partial",
        "conflict"
    );

    private static readonly Parameter Service = Parameter.Text(
        "service",
        "The program: the 'service.name' of another one than Claude Code, or '*' for all. Claude Code alone when it is left out."
    );

    private static readonly Parameter[] Named =
    [
        .. new[] { "team", "department", "cost_center", "repository", "environment", "version" }.Select(static name =>
            Parameter.Text(name, $"The label '{name}'; '(none)' finds what has none.")
        ),
    ];

    /// <summary>Any other key of a trace's metadata or tags.</summary>
    private static readonly Parameter Any = Parameter.Text(
        "label.",
        "'label.KEY=VALUE': any other key of metadata or tags; '(none)' finds what has none.",
        "label.ticket=PAY-12"
    ) with
    {
        IsPrefix = true,
    };

    /// <summary>What has a filter of its own, so that it would be looked for in vain among the labels.</summary>
    private static readonly string[] NoLabels =
    [
        "session",
        "day",
        "user",
        "model",
        "tool",
        "skill",
        "mcp_server",
        "language",
        "agent",
        "tenant",
        "service",
    ];

    public static IReadOnlyList<Parameter> OfTurns { get; } =
    [
        Words,
        CommonParameters.From,
        CommonParameters.To,
        User,
        Model,
        Tool,
        Failed,
        Session,
        .. Named,
        Any,
        Service,
        CommonParameters.Tenant,
    ];

    public static IReadOnlyList<Parameter> OfSessions { get; } = [.. OfTurns, Completeness];

    /// <summary>For questions whose times are not a filter.</summary>
    public static IReadOnlyList<Parameter> WithoutTimes { get; } =
    [.. OfTurns.Where(static parameter => parameter != CommonParameters.From && parameter != CommonParameters.To)];

    /// <exception cref="ApiProblemException">A value cannot be used.</exception>
    public static ViewFilter Read(ApiCall call)
    {
        var arguments = call.Arguments;
        var (from, to) = Times(call);
        return new ViewFilter
        {
            Tenant = call.Tenant,
            Text = arguments.Text(Words),
            SessionId = arguments.Text(Session),
            User = arguments.Text(User),
            Model = arguments.Text(Model),
            Tool = arguments.Text(Tool),
            OnlyFailed = arguments.Flag(Failed),
            Completeness = arguments.Text(Completeness),
            Service = arguments.Text(Service),
            Labels = LabelsOf(call),
            From = from,
            To = to,
        };
    }

    /// <summary>The bounds of time; null where there is none.</summary>
    /// <exception cref="ApiProblemException">They lie the wrong way round, or too far apart.</exception>
    public static (DateTimeOffset? From, DateTimeOffset? To) Times(ApiCall call)
    {
        var from = call.Arguments.Time(CommonParameters.From)?.First;
        var to = call.Arguments.Time(CommonParameters.To)?.End;
        if (from >= to)
        {
            throw ApiProblemException.Wrong(CommonParameters.From.Name, "'from' must be earlier than 'to'.");
        }

        return to - from > call.Parts.Options.MaxRange
            ? throw ApiProblemException.Wrong(
                CommonParameters.From.Name,
                $"From 'from' to 'to' are more than {call.Parts.Options.MaxRange.TotalDays:0} days."
            )
            : (from, to);
    }

    public static PageOrder Order(ApiCall call) => Enum.Parse<PageOrder>(call.Arguments.Required(CommonParameters.Order), ignoreCase: true);

    private static List<KeyValuePair<string, string>> LabelsOf(ApiCall call)
    {
        List<KeyValuePair<string, string>> labels =
        [
            .. Named.Where(call.Arguments.Has).Select(parameter => KeyValuePair.Create(parameter.Name, call.Arguments.Text(parameter)!)),
        ];
        foreach (var label in call.Arguments.Prefixed)
        {
            if (!Dimension.IsName(label.Key) || NoLabels.Contains(label.Key))
            {
                throw ApiProblemException.Wrong(
                    Any.Name + label.Key,
                    NoLabels.Contains(label.Key)
                        ? $"'{label.Key}' is no label but a parameter of its own, or nothing to narrow by."
                        : "The key of a label has up to 100 letters, digits, '_', '.', '-', '/' or ':'."
                );
            }

            labels.Add(label);
        }

        return labels.Count <= call.Parts.Options.MaxLabels
            ? labels
            : throw ApiProblemException.Wrong(Any.Name, $"At most {call.Parts.Options.MaxLabels} labels may be named.");
    }
}
