using System.CommandLine;
using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Hosting;
using ClaudeBridge.Store;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge run</c>, also without a command: the bridge itself, until Ctrl+C, SIGTERM or the end of its terminal.</summary>
internal static class RunCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge",
        "claudebridge run --data ./bridge-data",
        "LANGFUSE_PUBLIC_KEY=pk-lf-... LANGFUSE_SECRET_KEY=sk-lf-... claudebridge run",
        "OTLP_RECEIVER_HOST=0.0.0.0 API_KEY=... claudebridge run      (for other machines)",
    ];

    /// <summary>Everything must have ended by then; what is not delivered waits on disk.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(8);

    /// <summary>What is being answered has this long of it; the rest is for what stands behind the doors.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var command = new Command("run", "Receive, store and deliver until Ctrl+C.");
        command.SetAction((parsed, cancel) => RunAsync(common.DataOf(parsed), parsed.GetValue(common.Verbose), services, cancel));
        return command;
    }

    private static async Task<int> RunAsync(string folder, bool verbose, CommandServices services, CancellationToken cancel)
    {
        ArmCrashPoint();
        // Disposed after the bridge: the end of its parts is what it watches over.
        using var lastStop = new LastStop(services.Terminal.Error, cancel);
        MemoryPlan.OfThisProcess.LimitHeap();
        // What it does matters more than what it says.
        using var output = new UnheardOutput(services.Terminal.Out);
        if (await StartAsync(folder, verbose, services, cancel) is not var (bridge, ports))
        {
            await output.WriteLineAsync($"Stopped before there was room on the disk. Everything is kept in {folder}.");
            return ExitCode.Done;
        }

        await using var app = bridge;
        var needsKey = !app.Services.GetRequiredService<KeyRing>().IsEmpty;
        await output.WriteAsync(RunBanner.Of(ports, folder, app.Services.GetService<LangfuseClient>()?.Address, needsKey));
        await output.WriteLineAsync("Ready. A line for every turn follows; Ctrl+C ends the bridge and keeps everything.");
        await output.FlushAsync(CancellationToken.None);
        CrashPoints.Pass(CrashPoints.StartReady);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, app.Lifetime.ApplicationStopping);
        var turns = new TurnPrinter(
            app.Services.GetRequiredService<IFeed>(),
            app.Services.GetRequiredService<IStoreQueries>(),
            app.Services.GetService<LangfuseLinks>(),
            output
        );
        await turns.RunAsync(ending.Token);
        return await StopAsync(app, output, folder, cancel.IsCancellationRequested);
    }

    /// <summary>A full disk is no reason to be away: it is waited for at the open ports.</summary>
    /// <returns>Null when the end was asked for before there was room.</returns>
    private static async Task<(WebApplication App, BridgePorts Ports)?> StartAsync(
        string folder,
        bool verbose,
        CommandServices services,
        CancellationToken cancel
    )
    {
        while (true)
        {
            var builder = CreateBuilder(folder, verbose, services);
            builder.Services.AddSingleton(services.Clock);
            builder.Services.AddBridge(builder.Configuration, folder);
            builder.Services.AddHostedService<QuietHeap>();
            var app = builder.Build();
            try
            {
                return (app, await app.OpenAndStartAsync(provider => provider.OpenData(folder), cancel));
            }
            catch (StartupException failure) when (failure.IsDiskFull)
            {
                await app.DisposeAsync();
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }

            try
            {
                await new WaitingRoom(folder, services.Clock).WaitAsync(CreateBuilder(folder, verbose, services), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private static WebApplicationBuilder CreateBuilder(string folder, bool verbose, CommandServices services)
    {
        var builder = BridgeHost.CreateBuilder(DataFolder.Create(folder), services.Overrides).AddBridgePorts();
        builder.Logging.AddBridgeLogging(builder.Configuration, verbose);
        return builder;
    }

    private static void ArmCrashPoint()
    {
        try
        {
            CrashPoints.Arm(Environment.GetEnvironmentVariable(CrashPoints.Variable));
        }
        catch (FormatException wrong)
        {
            throw new CommandFailure(wrong.Message, ExitCode.Usage, wrong);
        }
    }

    private static async Task<int> StopAsync(WebApplication app, TextWriter output, string folder, bool wasAsked)
    {
        var destinations = app.Services.GetServices<DeliveryLoop>().Where(static loop => loop.HoldsStore).ToArray();
        using var limit = new CancellationTokenSource(StopWithin);
        await app.Services.GetRequiredService<RequestsUnderWay>().EndAsync(AnswerWithin);
        await app.StopAsync(limit.Token);
        foreach (
            var progress in destinations.Select(static destination => destination.Progress).Where(static progress => !progress.IsDrained)
        )
        {
            await output.WriteLineAsync(
                $"{progress.Undelivered} observations wait for {progress.Destination}; they are delivered after the next start."
            );
        }

        await output.WriteLineAsync($"Stopped. Everything is kept in {folder}.");
        return wasAsked
            ? ExitCode.Done
            : throw new CommandFailure("The bridge ended by itself; its log says why. Everything answered is on disk.");
    }
}
