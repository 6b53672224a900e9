using System.Globalization;
using ClaudeBridge.Cli.Rendering;
using ClaudeBridge.Exporters;
using ClaudeBridge.Hosting;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli.Replay;

/// <summary>What a replay says at its end: what came of it on one stream, what went wrong on the other.</summary>
internal sealed class ReplaySummary(TextWriter output, TextWriter error)
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

        var (isAll, away) = (true, new HashSet<Uri?>());
        foreach (var (progress, before) in destinations.Zip(deadLettersBefore))
        {
            var refused = progress.DeadLetters - before;
            isAll &= progress.IsDrained && refused == 0;
            var unchanged = progress.Unchanged > 0 ? $", {progress.Unchanged} were there already" : "";
            output.WriteLine(
                $"Delivered {Texts.Number((int)progress.Delivered, progress.Things[..^1], progress.Things)} to {progress.Destination}{unchanged}."
            );
            if (refused > 0)
            {
                error.WriteLine(
                    $"claudebridge: {progress.Destination} refused {Texts.Number((int)refused, progress.Things[..^1], progress.Things)} for good"
                        + (
                            request.Data is null
                                ? "; run it again with --data DIR to keep them with the reasons."
                                : "; they are kept with the reasons."
                        )
                );
            }

            // One place that is away is one sentence, however many kinds of things wait for it.
            if (!progress.IsDrained && away.Add(progress.Address))
            {
                error.WriteLine("claudebridge: " + UndeliveredSentence(progress, request));
            }
        }

        return isAll;
    }

    /// <summary>That part of what was given could not be read, or that there was nothing in it.</summary>
    /// <returns>Whether all was read and there was something.</returns>
    public bool WriteUnreadable(int places, long accepted)
    {
        if (places > 0)
        {
            error.WriteLine(
                $"claudebridge: {Texts.Number(places, "place", "places")} of the recording could not be read; "
                    + (accepted > 0 ? "the rest went through." : "there was nothing else in it.")
            );
        }
        else if (accepted == 0)
        {
            error.WriteLine("claudebridge: There is no record in what was given: give a recording of a session that sent something.");
        }

        return places == 0 && accepted > 0;
    }

    public void WriteData(string? kept) =>
        output.WriteLine(
            kept is null
                ? "The data was thrown away: run it again with --data DIR to keep it."
                : $"The data is in {kept}: 'claudebridge sessions --data {kept}' lists it."
        );

    /// <summary>What is not delivered, why, and the way out.</summary>
    private static string UndeliveredSentence(DeliveryProgress progress, ReplayRequest request)
    {
        var count = Texts.Number((int)progress.Undelivered, $"{progress.Things[..^1]} is", $"{progress.Things} are");
        var place = progress.Address is { } address ? $"{progress.Destination} at {address}" : progress.Destination;
        var again = request.Data is null ? "run it again" : "run it again with the same --data, which sends what is missing";
        var what = $"{count} not delivered to {place}";
        return progress switch
        {
            { State: DeliveryState.Paused, PausedReason: { } reason } => $"{what}: {reason}. Put that right and {again}.",
            { LastFault: { } fault } => $"{what}: {fault}. Look whether it is up and whether the address is right, then {again}.",
            { LastStatus: null } =>
                $"{what}: it gave no answer within {Texts.Duration(request.DeliverTimeout)}. Look whether it is well, then {again}.",
            { LastStatus: < 300 } =>
                $"{what} after {Texts.Duration(request.DeliverTimeout)}, though it takes what comes. Give it longer with --deliver-timeout and {again}.",
            _ => $"{what}: it answered {progress.LastStatus}. When it is well again, {again}, or give it longer with --deliver-timeout.",
        };
    }
}
