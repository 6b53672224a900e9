using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Hosting;

/// <summary>Stands at the ports in place of a bridge that cannot open its data folder because the disk is full: alive, not ready, and every sender is told to come back.</summary>
internal sealed partial class WaitingRoom(string dataFolder, TimeProvider clock)
{
    /// <summary>What a start needs at least.</summary>
    private const long NeededBytes = 1024 * 1024;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>What is being answered has this long.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    /// <summary>Whether the disk has less room left than a start needs; false where that cannot be known.</summary>
    public static bool IsFull(string dataFolder) => DiskSpace.FreeOf(Path.GetFullPath(dataFolder)) < NeededBytes;

    /// <summary>Returns once there is room, with the ports free again.</summary>
    /// <param name="builder">With settings, ports and log, and without a bridge behind them.</param>
    /// <exception cref="StartupException">The configuration is wrong, or a port is taken.</exception>
    public async Task WaitAsync(WebApplicationBuilder builder, CancellationToken cancel)
    {
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddOptions<JournalOptions>().BindConfiguration(JournalOptions.Section);
        builder.Services.AddReceivers();
        builder.Services.AddSingleton<IJournalWriter, FullDisk>();
        builder.Services.AddSingleton<IHealthSource, FullDisk>();
        await using var app = builder.Build();
        await app.OpenAndStartAsync(static _ => { }, cancel);
        var log = app.Services.GetRequiredService<ILogger<WaitingRoom>>();
        LogFull(log, dataFolder, NeededBytes);
        while (IsFull(dataFolder))
        {
            await Task.Delay(LookEvery, clock, cancel);
        }

        LogRoom(log, dataFolder);
        await app.Services.GetRequiredService<RequestsUnderWay>().EndAsync(AnswerWithin);
        await app.StopAsync(CancellationToken.None);
    }

    [LoggerMessage(
        LogLevel.Error,
        "The data folder {Folder} cannot be opened: its disk is full. Until {Bytes} bytes are free every sender is told to come back; then the bridge starts by itself. What was answered before is on disk."
    )]
    private static partial void LogFull(ILogger log, string folder, long bytes);

    [LoggerMessage(LogLevel.Warning, "There is room for the data folder {Folder} again: the bridge starts.")]
    private static partial void LogRoom(ILogger log, string folder);

    /// <summary>A journal that takes nothing.</summary>
    private sealed class FullDisk : IJournalWriter, IHealthSource
    {
        public string Name => "journal";

        public bool IsWritable => false;

        public ValueTask<JournalPosition> AppendAsync(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel) =>
            throw new JournalUnavailableException("The disk is full; the bridge starts once there is room");

        public HealthReport Check() =>
            new(HealthState.Down, "The disk is full: the bridge starts once there is room. Senders are told to try again until then.");
    }
}
