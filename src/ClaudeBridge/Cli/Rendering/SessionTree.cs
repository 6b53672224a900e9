using System.Text;
using ClaudeBridge.Store;
using Spectre.Console;

namespace ClaudeBridge.Cli.Rendering;

/// <summary>A session's traces as trees: type, name, offset from the start of the turn, duration, tokens, cost, and the error where there is one.</summary>
internal static class SessionTree
{
    /// <summary>Depth to which nodes are drawn; deeper ones are counted. Trees of real sessions stay below ten.</summary>
    private const int MaxDepth = 60;

    public static void Write(Terminal terminal, SessionDetail session, bool full)
    {
        var console = terminal.OutConsole;
        console.MarkupLine(
            $"[bold]Session {Safe(session.SessionId, 250)}[/]{Optional("  user ", session.UserId, 40)}{Optional($"  {Safe(session.Service ?? "Claude Code", 40)} ", session.ClientVersion)}"
        );
        console.MarkupLine(
            $"{Texts.Time(session.StartTime)}, {Texts.Duration(session.EndTime - session.StartTime)}: "
                + $"{Texts.Number(session.Traces, "turn", "turns")}, {Texts.Number(session.Generations, "request", "requests")}, "
                + $"{Texts.Number(session.Tools, "tool", "tools")}, {Errors(session.Errors)}, {Tokens(session.Usage)} tokens, {Texts.Cost(session.Cost)} (the client's estimate)"
        );
        console.MarkupLine(
            session.CompletenessReasons.Count == 0
                ? $"Data: {Safe(session.Completeness, 20)}"
                : $"Data: [yellow]{Safe(session.Completeness, 20)}[/]: {Safe(string.Join("; ", session.CompletenessReasons), 1_000)}"
        );
        foreach (var trace in session.TraceList)
        {
            console.WriteLine();
            WriteTrace(console, trace, full);
        }
    }

    private static void WriteTrace(IAnsiConsole console, TraceDetail trace, bool full)
    {
        var width = console.Profile.Width;
        console.MarkupLine($"[bold]{Safe(trace.Name, 120)}[/]  {Texts.Time(trace.StartTime)}  trace {Safe(trace.TraceId, 40)}");
        WriteContext(console, trace, full);
        var children = trace.Observations.ToLookup(static observation => observation.ParentId ?? "");
        var known = trace.Observations.Select(static observation => observation.Id).ToHashSet();
        foreach (var root in trace.Observations.Where(observation => observation.ParentId is null || !known.Contains(observation.ParentId)))
        {
            var tree = new Tree(new Markup(Label(root, trace, width, full))) { Guide = TreeGuide.Line };
            AddChildren(tree, root, 1);
            console.Write(tree);
        }

        void AddChildren(IHasTreeNodes parent, ObservationDetail observation, int depth)
        {
            foreach (var child in children[observation.Id])
            {
                if (depth >= MaxDepth)
                {
                    parent.AddNode("[dim]… deeper levels: see --json[/]");
                    return;
                }

                var node = parent.AddNode(new Markup(Label(child, trace, Math.Max(40, width - 4 * depth), full)));
                AddChildren(node, child, depth + 1);
            }
        }
    }

    /// <summary>Who it was and for what: the tags, and when asked for all of it.</summary>
    private static void WriteContext(IAnsiConsole console, TraceDetail trace, bool full)
    {
        if (trace.Tags.Count > 0)
        {
            var tags = "Tags: " + string.Join(", ", trace.Tags);
            console.MarkupLine(
                $"[dim]{(full ? Markup.Escape(Texts.Plain(tags)) : Safe(tags, Math.Max(20, console.Profile.Width - 4)))}[/]"
            );
        }

        if (full)
        {
            foreach (
                var (key, value) in trace
                    .Metadata.Prepend(new("release", trace.Release ?? ""))
                    .Prepend(new("environment", trace.Environment ?? ""))
            )
            {
                if (value.Length > 0)
                {
                    console.MarkupLine($"[dim]{Safe(key, 100)} = {Markup.Escape(Texts.Plain(value))}[/]");
                }
            }
        }
    }

    private static string Label(ObservationDetail observation, TraceDetail trace, int width, bool full)
    {
        var label = new StringBuilder();
        label.Append($"[{Colour(observation.Type)}]{Tag(observation.Type)}[/] [bold]{Safe(observation.Name, 80)}[/]");
        label.Append(
            $"  [dim]+{Texts.Duration(observation.StartTime - trace.StartTime)}[/]  {Texts.Duration(observation.EndTime - observation.StartTime)}"
        );
        if (observation.Usage is { } usage)
        {
            label.Append($"  {Tokens(usage)} tok");
        }

        if (observation.Cost is not null)
        {
            label.Append("  " + Texts.Cost(observation.Cost));
        }

        if (observation.Level is "ERROR" or "WARNING" || observation.StatusMessage is not null)
        {
            var colour =
                observation.Level == "ERROR" ? "red"
                : observation.Level == "WARNING" ? "yellow"
                : "dim";
            label.Append($"  [{colour}]{observation.Level}{Optional(" ", observation.StatusMessage, Math.Max(60, width))}[/]");
        }

        AppendContent(label, "> ", observation.Input, width, full);
        AppendContent(label, "< ", observation.Output, width, full);
        if (full)
        {
            foreach (var (key, value) in observation.Metadata)
            {
                label.Append($"\n[dim]{Safe(key, 100)} = {Markup.Escape(Texts.Plain(value))}[/]");
            }
        }

        return label.ToString();
    }

    private static void AppendContent(StringBuilder label, string mark, string? content, int width, bool full)
    {
        if (!string.IsNullOrEmpty(content))
        {
            var text = full ? Texts.Plain(content) : Texts.OneLine(content, Math.Max(20, width - 12));
            label.Append($"\n[dim]{mark}{Markup.Escape(text)}[/]");
        }
    }

    private static string Tag(string type) =>
        type switch
        {
            "GENERATION" => "GEN  ",
            "AGENT" => "AGENT",
            "TOOL" => "TOOL ",
            "EVENT" => "EVENT",
            "SPAN" => "SPAN ",
            _ => Markup.Escape(type),
        };

    private static string Colour(string type) =>
        type switch
        {
            "GENERATION" => "green",
            "AGENT" => "magenta",
            "TOOL" => "blue",
            "EVENT" => "yellow",
            _ => "default",
        };

    private static string Tokens(UsageSummary usage) =>
        $"{Texts.Count(usage.Input + usage.CacheRead + usage.CacheCreation)} → {Texts.Count(usage.Output)}";

    private static string Errors(int errors) => errors == 0 ? "no errors" : $"[red]{Texts.Number(errors, "error", "errors")}[/]";

    private static string Safe(string? text, int max) => Markup.Escape(Texts.OneLine(text, max));

    private static string Optional(string before, string? text, int max = 200) =>
        string.IsNullOrEmpty(text) ? "" : before + Safe(text, max);
}
