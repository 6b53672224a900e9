using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>A filter as conditions on traces, on metric series, and on breakdowns.</summary>
internal sealed class TraceConditions
{
    private readonly ViewFilter _filter;
    private readonly List<string> _values = [];

    /// <exception cref="ArgumentException">A label has a name that is none.</exception>
    public TraceConditions(ViewFilter filter)
    {
        _filter = filter;
        var traces = new List<string>();
        var series = new List<string>();
        if (filter.Tenant is { } tenant)
        {
            Both("{0}.tenant", "{0}.tenant", tenant);
        }

        if (filter.SessionId is { } session)
        {
            Both("{0}.session_id", "{0}.session_id", session);
        }

        if (filter.User is { } user)
        {
            Both("{0}.user_id", "{0}.user_id", user);
        }

        foreach (var (name, value) in filter.Labels)
        {
            var dimension = Dimension.Of(name);
            Both(dimension.OfTrace ?? throw new ArgumentException($"'{name}' is no label of a turn.", nameof(filter)), dimension.OfSeries, value);
        }

        if (filter.Service is null)
        {
            traces.Add("t.service IS NULL");
        }
        else if (filter.Service != "*")
        {
            traces.Add($"t.service = {Parameter(filter.Service)}");
        }

        if (filter.From is { } from)
        {
            traces.Add($"t.start_nano >= {Clock.ToUnixNano(from)}");
        }

        if (filter.To is { } to)
        {
            traces.Add($"t.start_nano < {Clock.ToUnixNano(to)}");
        }

        OfTraces = string.Concat(traces.Select(static condition => " AND " + condition));
        OfSeries = string.Concat(series.Select(static condition => " AND " + condition));

        void Both(string ofTrace, string ofSeries, string value)
        {
            var isNone = value == Dimension.None;
            var parameter = isNone ? "" : Parameter(value);
            traces.Add(Condition(ofTrace.Replace("{0}", "t", StringComparison.Ordinal), parameter));
            series.Add(Condition(ofSeries.Replace("{0}", "s", StringComparison.Ordinal), parameter));
        }
    }

    /// <summary>SQL over a trace <c>t</c>, to go on a WHERE with.</summary>
    public string OfTraces { get; }

    /// <summary>SQL over a series <c>s</c>.</summary>
    public string OfSeries { get; }

    /// <summary>False where the filter asks for what metrics know nothing of.</summary>
    public bool SpeakOfMetrics =>
        _filter is { Model: null, Tool: null, Text: null, OnlyFailed: false, Service: null or "*" or "claude-code", From: null, To: null };

    public void Bind(Statement statement)
    {
        for (var i = 0; i < _values.Count; i++)
        {
            _ = statement.Bind(i + 1, _values[i]);
        }
    }

    /// <summary>Whether a turn did what the filter asks for.</summary>
    /// <param name="entry">To read into.</param>
    public bool IsMet(ReadOnlySpan<byte> breakdown, BreakdownEntry entry)
    {
        if (_filter is { Model: null, Tool: null, OnlyFailed: false })
        {
            return true;
        }

        var (model, tool, failure) = (_filter.Model is null, _filter.Tool is null, !_filter.OnlyFailed);
        var reader = new BreakdownReader(breakdown);
        while (reader.Read(entry))
        {
            var key = entry.Key;
            model |= key.Kind == BreakdownKind.Generation && (key.Model ?? Dimension.None) == _filter.Model;
            var isTool = key.Kind == BreakdownKind.Tool && key.Tool == _filter.Tool;
            tool |= isTool;
            failure |= _filter.Tool is null ? entry.Errors > 0 : isTool && entry.Failed + entry.Refused > 0;
        }

        return model && tool && failure;
    }

    private string Parameter(string value)
    {
        _values.Add(value);
        return "?" + _values.Count;
    }

    private static string Condition(string column, string parameter) =>
        parameter.Length == 0 ? $"COALESCE({column}, '') = ''" : $"{column} = {parameter}";
}
