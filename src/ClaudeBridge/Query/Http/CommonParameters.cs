namespace ClaudeBridge.Query.Http;

/// <summary>The parameters that several routes take.</summary>
internal static class CommonParameters
{
    public const string FormatName = "format";

    public static readonly Parameter Tenant = Parameter.Text(
        "tenant",
        "Only what belongs to this tenant; empty or '(none)' for what belongs to none. A key of one tenant always sees that one alone."
    ) with
    {
        MayBeEmpty = true,
    };

    public static readonly Parameter Cursor = Parameter.Text(
        "cursor",
        "Where the page before ended: its 'next'. Left out for the first page."
    ) with
    {
        // It holds the beginnings of ids.
        MaxLength = 4096,
    };

    public static readonly Parameter From = new(
        "from",
        ParameterKind.Time,
        "The first moment that counts: a day (UTC), or a time with its zone. Of sessions the end is looked at, of turns and events the start."
    )
    {
        Example = "2026-11-01",
    };

    public static readonly Parameter To = new(
        "to",
        ParameterKind.Time,
        "The end: a day (UTC), which counts as a whole, or a time with its zone, which is the first moment that does not count any more. Of all the start is looked at."
    )
    {
        Example = "2026-11-30",
    };

    public static readonly Parameter FromDay = From with
    {
        Description = "The first day that counts (UTC), by the start of observations and the time of metrics; or a time that begins one.",
    };

    public static readonly Parameter ToDay = To with
    {
        Description = "The last day that counts (UTC); or the time at which the first day begins that does not.",
    };

    public static readonly Parameter ListFormat = Parameter.Choice(FormatName, "JSON, or CSV with a header.", "json", "json", "csv");

    public static readonly Parameter Session = Parameter.Text(
        "session",
        "The session, where several took part in one trace; the first when it is left out."
    );

    public static readonly Parameter SessionId = Parameter.InPath("id", "The whole id of the session; a slash in it is written %2F.");

    public static readonly Parameter TraceId = Parameter.InPath("id", "The whole id of the trace: 32 hexadecimal digits.");

    public static readonly Parameter ObservationId = Parameter.InPath(
        "observationId",
        "The whole id of the observation: 16 hexadecimal digits."
    );

    public static readonly Parameter Service = Parameter.Text(
        "service",
        "The program whose session it is, where another program uses the same id; Claude Code's when it is left out, else the only one."
    );

    public static readonly Parameter Order = Parameter.Choice(
        "order",
        "What stands first: the latest, or the largest.",
        "latest",
        "latest",
        "cost",
        "tokens",
        "errors",
        "duration"
    );

    public static Parameter Limit(QueryOptions options, string description = "Entries of a page at most.") =>
        Parameter.Number("limit", description, 1, options.MaxLimit, Math.Min(options.DefaultLimit, options.MaxLimit));

    public static Parameter MaxContent(QueryOptions options) =>
        Parameter.Number("maxContent", "Characters of each input and output at most.", 0, int.MaxValue, options.DefaultContent);
}

/// <summary>How what has no value is named.</summary>
internal static class Labels
{
    public const string None = Store.Dimension.None;
}
