using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Store.Breakdowns;

/// <summary>A filter as SQL over a metric series <c>s</c>.</summary>
internal static class SeriesConditions
{
    /// <summary>False where the filter asks for what metrics know nothing of: then none of them can be counted.</summary>
    public static bool Know(ViewFilter filter) =>
        filter
            is {
                Model: null,
                Tool: null,
                Text: null,
                OnlyFailed: false,
                From: null,
                To: null,
                Service: null or "*" or Dimension.ClaudeCode
            };

    public static Conditions Add(Conditions to, ViewFilter filter)
    {
        if (filter.Tenant is { } tenant)
        {
            to.And($"s.tenant = {to.Value(tenant)}");
        }

        if (filter.SessionId is { } session)
        {
            to.And($"s.session_id = {to.Value(session)}");
        }

        if (filter.User is { } user)
        {
            to.And(Equal(to, "s.user_id", user));
        }

        foreach (var (name, value) in filter.Labels)
        {
            to.And(Equal(to, Dimension.Of(name).OfSeries, value));
        }

        return to;
    }

    private static string Equal(Conditions to, string column, string value) =>
        value == Dimension.None ? $"COALESCE({column}, '') = ''" : $"{column} = {to.Value(value)}";
}
