using System.CommandLine;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.Benchmarks.Verbs;

/// <summary><c>langfuse</c>: the stand-in for Langfuse on its own, for a bridge that is started by hand.</summary>
internal static class LangfuseVerb
{
    public static Command Create()
    {
        var port = CommonOptions.Number("--port", "0 takes a free one.", 13000, 0, 65535);
        var seconds = CommonOptions.Seconds("--seconds", "After which it stops by itself.", 300);
        var command = new Command("langfuse", "Stand in for Langfuse on loopback; says at the end what it took. Keeps all of it in memory.")
        {
            port,
            seconds,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                await using var langfuse = await LangfuseStandIn.StartAsync(port: parsed.GetValue(port));
                await Console.Out.WriteLineAsync(
                    $"ready: LANGFUSE_BASE_URL={langfuse.Address} LANGFUSE_PUBLIC_KEY=pk-lf-stand-in LANGFUSE_SECRET_KEY=sk-lf-stand-in"
                );
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancel);
                }
                catch (OperationCanceledException)
                {
                    // Asked to stop earlier.
                }

                var table = langfuse.Table;
                await Console.Out.WriteLineAsync(
                    $"took {table.Observations.Count} observations in {langfuse.Exports} requests; {table.DuplicateRows.Count} in two rows, {table.ResentRows.Count} sent again, {table.Orphans.Count} without their parent"
                );
                return 0;
            }
        );
        return command;
    }
}
