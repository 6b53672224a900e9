using System.CommandLine;
using ClaudeBridge.Access;
using ClaudeBridge.Cli.Record;
using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge record DIR</c>: the receivers alone, with a folder behind them instead of the journal.</summary>
internal static class RecordCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge record ./my-session                 (then use Claude Code, then Ctrl+C)",
        "claudebridge record ./to-share --scrub           (ids, e-mails, paths and contents become stand-ins)",
        "claudebridge replay ./my-session",
    ];

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var folder = new Argument<string>("DIR") { Description = "An empty or new folder for the recording." };
        var scrub = new Option<bool>("--scrub")
        {
            Description = "Replace ids, e-mails, host names, paths and contents by stand-ins of the same form; every join stays.",
        };
        var command = new Command(
            "record",
            "Keep what Claude Code sends, for replay; nothing is assembled or delivered. Of --data only the settings in it (appsettings.json) count here."
        )
        {
            folder,
            scrub,
        };
        command.SetAction(
            (parsed, cancel) =>
                RecordAsync(
                    Path.GetFullPath(parsed.GetRequiredValue(folder)),
                    parsed.GetValue(scrub),
                    common.DataOf(parsed),
                    parsed.GetValue(common.Verbose),
                    services,
                    cancel
                )
        );
        return command;
    }

    private static async Task<int> RecordAsync(
        string folder,
        bool scrub,
        string settingsFolder,
        bool verbose,
        CommandServices services,
        CancellationToken cancel
    )
    {
        RecordingWriter.CheckUnused(folder);
        var builder = BridgeHost.CreateBuilder(DataFolder.Create(folder), services.Overrides, settingsFolder).AddBridgePorts();
        builder.Logging.AddBridgeLogging(builder.Configuration, verbose);
        builder.Services.AddSingleton(services.Clock);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        // Of the journal's options those that say what is kept of what arrives.
        builder.Services.AddOptions<JournalOptions>().BindConfiguration(JournalOptions.Section);
        builder.Services.AddReceivers();
        builder.Services.AddSingleton(provider => new RecordingWriter(
            folder,
            scrub ? new Scrubber(Pseudonyms.ForOneRecording()) : null,
            services.Clock
        ));
        builder.Services.AddSingleton<IJournalWriter>(static provider => provider.GetRequiredService<RecordingWriter>());
        await using var app = builder.Build();
        var ports = await app.OpenAndStartAsync(static provider => _ = provider.GetRequiredService<RecordingWriter>(), cancel);

        var terminal = services.Terminal;
        var needsKey = !app.Services.GetRequiredService<KeyRing>().IsEmpty;
        await terminal.Out.WriteAsync(RunBanner.ForRecording(ports, folder, scrub, needsKey));
        await terminal.Out.WriteLineAsync("Ready. Ctrl+C ends the recording.");
        await terminal.Out.FlushAsync(CancellationToken.None);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        }
        catch (OperationCanceledException)
        {
            // The end of the recording.
        }

        await app.StopAsync(CancellationToken.None);
        var recording = app.Services.GetRequiredService<RecordingWriter>();
        await terminal.Out.WriteLineAsync($"Recorded {Texts(recording)} in {folder}; see it with 'claudebridge replay {folder}'.");
        return ExitCode.Done;
    }

    private static string Texts(RecordingWriter recording) =>
        $"{Rendering.Texts.Number(recording.Requests, "request", "requests")} with {recording.Records} records";
}
