using ClaudeBridge.Sessions;
using ClaudeBridge.Store.Lists;

namespace ClaudeBridge.Store.Pages;

/// <summary>A filter as SQL over a trace <c>t</c>.</summary>
internal static class TurnConditions
{
    /// <summary>Everything but the times: those of an overview are its observations'.</summary>
    /// <exception cref="ArgumentException">A label's name is no name of a dimension.</exception>
    public static Conditions Add(Conditions to, ViewFilter filter)
    {
        AddScope(to, filter, "t");
        if (filter.SessionId is { } session)
        {
            to.And($"t.session_id = {to.Value(session)}");
        }

        if (filter.User is { } user)
        {
            to.And(Equal(to, "t.user_id", user));
        }

        foreach (var (name, value) in filter.Labels)
        {
            to.And(Equal(to, ColumnOf(name), value));
        }

        AddNames(to, filter);
        return filter.Text is { } text ? TextConditions.Add(to, text) : to;
    }

    /// <summary>By the start of the turn.</summary>
    public static Conditions AddTimes(Conditions to, ViewFilter filter)
    {
        if (filter.From is { } from)
        {
            to.And($"t.started >= {to.Value(RecordTime.Of(from))}");
        }

        return filter.To is { } end ? to.And($"t.started < {to.Value(RecordTime.Of(end))}") : to;
    }

    /// <summary>Tenant and program, which traces, sessions and series have alike.</summary>
    /// <param name="table">Sessions have no program as an empty one.</param>
    public static void AddScope(Conditions to, ViewFilter filter, string table)
    {
        if (filter.Tenant is { } tenant)
        {
            to.And($"{table}.tenant = {to.Value(tenant)}");
        }

        if (filter.Service != ViewFilter.AnyService)
        {
            to.And(filter.Service is { } service ? $"{table}.service = {to.Value(service)}" : NoService(table));
        }
    }

    /// <summary>Whether the filter looks into turns beyond what a session's row says.</summary>
    public static bool LooksIntoTurns(ViewFilter filter) =>
        filter is not { User: null, Model: null, Tool: null, Labels: [], OnlyFailed: false, Text: null };

    /// <summary>The plus keeps SQLite from taking this for a condition that few meet: it would sort all sessions to show the first page.</summary>
    private static string NoService(string table) => table == "t" ? "t.service IS NULL" : $"+{table}.service = ''";

    private static void AddNames(Conditions to, ViewFilter filter)
    {
        if (filter.Model is { } model)
        {
            to.And(Named(to, NameKind.Model, model, ""));
        }

        if (filter.Tool is { } tool)
        {
            to.And(Named(to, NameKind.Tool, tool, filter.OnlyFailed ? " AND n.failed > 0" : ""));
        }

        if (filter is { OnlyFailed: true, Tool: null or Dimension.None })
        {
            to.And($"t.level = {(int)ObservationLevel.Error}");
        }
    }

    private static string Named(Conditions to, NameKind kind, string name, string more) =>
        name == Dimension.None
            ? $"NOT EXISTS(SELECT 1 FROM trace_names n WHERE n.trace = t.id AND n.kind = {(int)kind})"
            : $"t.id IN (SELECT n.trace FROM trace_names n WHERE n.kind = {(int)kind} AND n.name = {to.Value(name)}{more})";

    private static string ColumnOf(string label) =>
        Dimension.Of(label).OfTrace ?? throw new ArgumentException($"Turns cannot be narrowed by '{label}'.", nameof(label));

    private static string Equal(Conditions to, string column, string value) =>
        value == Dimension.None ? $"COALESCE({column}, '') = ''" : $"{column} = {to.Value(value)}";
}
