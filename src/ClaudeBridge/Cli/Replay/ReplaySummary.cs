using System.Globalization;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Exporters;
using ClaudeBridge.Hosting;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Replay;

/// <summary>What a replay says at its end.</summary>
internal sealed class ReplaySummary(TextWriter output)
{
    public void WriteSent(ReplaySender sender, int files, AssemblyFigures figures)
    {
        var repeated = figures.Duplicates > 0 ? $", {figures.Duplicates} of them known already" : "";
        var foreign = figures.Foreign > 0 ? $", {figures.Foreign} of other programs" : "";
        output.WriteLine(
            $"Replayed {Texts.Number(sender.Requests, "request", "requests")} from {Texts.Number(files, "file", "files")}: "
                + $"{figures.Records} events and spans{repeated}{foreign}; {figures.MetricPoints} metric points."
        );
    }

    public void WriteSessions(IReadOnlyList<SessionSummary> sessions)
    {
        var cost = sessions.Sum(static session => decimal.Parse(session.Cost, NumberStyles.Float, CultureInfo.InvariantCulture));
        var input = sessions.Sum(static session => session.Usage.Input + session.Usage.CacheRead + session.Usage.CacheCreation);
        output.WriteLine(
            $"The store holds {Texts.Number(sessions.Count, "session", "sessions")}, {Texts.Number(sessions.Sum(static s => s.Traces), "trace", "traces")}: "
                + $"{Texts.Number(sessions.Sum(static s => s.Generations), "generation", "generations")}, "
                + $"{Texts.Number(sessions.Sum(static s => s.Tools), "tool", "tools")}, {Texts.Number(sessions.Sum(static s => s.Errors), "error", "errors")}, "
                + $"{Texts.Count(input)} → {Texts.Count(sessions.Sum(static s => s.Usage.Output))} tokens, "
                + $"{Texts.Cost(cost.ToString(CultureInfo.InvariantCulture))} (the client's estimate)."
        );
    }

    /// <returns>Whether every destination has everything.</returns>
    public bool WriteDelivery(IReadOnlyList<DeliveryProgress> destinations, IReadOnlyList<long> deadLettersBefore, ReplayRequest request)
    {
        if (destinations.Count == 0)
        {
            output.WriteLine(
                request.Deliver
                    ? "Nothing was delivered: no destination is configured (LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY add Langfuse)."
                    : "Nothing was delivered, as asked."
            );
            return true;
        }

        var isAll = true;
        foreach (var (progress, before) in destinations.Zip(deadLettersBefore))
        {
            var refused = progress.DeadLetters - before;
            isAll &= progress.IsDrained && refused == 0;
            var unchanged = progress.Unchanged > 0 ? $", {progress.Unchanged} were there already" : "";
            output.WriteLine(
                $"Delivered {Texts.Number((int)progress.Delivered, "observation", "observations")} to {progress.Destination}{unchanged}."
            );
            if (refused > 0)
            {
                output.WriteLine($"{progress.Destination} refused {Texts.Number((int)refused, "observation", "observations")} for good.");
            }

            if (!progress.IsDrained)
            {
                output.WriteLine(
                    $"{progress.Undelivered} observations are not delivered to {progress.Destination} after {Texts.Duration(request.DeliverTimeout)}"
                        + (progress.PausedReason is { } reason ? $": {reason}." : "; give it longer with --deliver-timeout.")
                );
            }
        }

        return isAll;
    }

    public void WriteData(string? kept) =>
        output.WriteLine(
            kept is null
                ? "The data was thrown away; keep it with --data DIR."
                : $"The data is in {kept}: 'claudebridge sessions --data {kept}' lists it."
        );
}
