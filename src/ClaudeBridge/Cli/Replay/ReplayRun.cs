using ClaudeBridge.Cli.Expect;
using ClaudeBridge.Exporters;
using ClaudeBridge.Hosting;
using Spectre.Console;

namespace ClaudeBridge.Cli.Replay;

/// <summary>One replay from the files to the exit code.</summary>
internal sealed class ReplayRun(CommandServices services, bool verbose)
{
    private static readonly TimeSpan s_stopWithin = TimeSpan.FromMilliseconds(500);

    /// <summary>What delivery logs is about data that is kept; of data that is thrown away the summary says what became of it.</summary>
    private static readonly KeyValuePair<string, string?>[] s_quietDelivery = [new("Logging:LogLevel:ClaudeBridge.Exporters", "None")];

    private readonly Terminal _terminal = services.Terminal;
    private int _unreadable;

    /// <returns>Done only when every line was read, everything was delivered and the expectation was met.</returns>
    public async Task<int> RunAsync(ReplayRequest request, CancellationToken cancel)
    {
        CheckExpected(request.Expect);
        var files = RecordingFiles.Find(request.Paths);
        var kept = request is { Expect: { } path, Update: false } ? ReadExpected(path) : null;
        var folder = request.Data is { } data ? DataFolder.Create(data) : Directory.CreateTempSubdirectory("claudebridge-replay-").FullName;
        try
        {
            await using var bridge = await OfflineBridge.StartAsync(
                request.SettingsFolder,
                folder,
                request.Deliver,
                request.Data is null && !verbose ? [.. services.Overrides, .. s_quietDelivery] : services.Overrides,
                verbose,
                cancel
            );
            return await RunAsync(bridge, request, files, kept, cancel);
        }
        finally
        {
            if (request.Data is null)
            {
                Throw(folder);
            }
        }
    }

    private async Task<int> RunAsync(
        OfflineBridge bridge,
        ReplayRequest request,
        IReadOnlyList<RecordingFile> files,
        string? kept,
        CancellationToken cancel
    )
    {
        var sender = new ReplaySender(bridge.Handler, Report);
        await WithProgressAsync(files, progress => sender.SendAsync(new RecordingReader(Report, progress).Read(files), cancel));
        await bridge.Loop.CatchUpAsync(bridge.Journal.End, cancel);
        await bridge.Loop.SettleAllAsync(cancel);
        var before = bridge.Destinations.Select(static destination => destination.Progress.DeadLetters).ToArray();
        var delivered = await Task.WhenAll(
            bridge.Destinations.Select(destination => destination.DrainAsync(request.DeliverTimeout, endWhenPaused: true, cancel))
        );
        await StopAsync(bridge.Destinations);

        var summary = new ReplaySummary(_terminal.Out, _terminal.Error);
        summary.WriteSent(sender, files.Count, bridge.Loop.Figures);
        summary.WriteSessions(bridge.Queries.Sessions());
        var isDelivered = summary.WriteDelivery(delivered, before, request);
        var isExpected = Compare(request, kept, bridge);
        summary.WriteData(request.Data);
        var isRead = summary.WriteUnreadable(_unreadable, sender.Accepted);
        return isRead && isDelivered && isExpected ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>The time for delivery is over: what hangs gets a moment, not the patience of a bridge that stays.</summary>
    private static async Task StopAsync(IReadOnlyList<DeliveryLoop> destinations)
    {
        using var limit = new CancellationTokenSource(s_stopWithin);
        await Task.WhenAll(destinations.Select(destination => destination.StopAsync(limit.Token)));
    }

    private bool Compare(ReplayRequest request, string? kept, OfflineBridge bridge)
    {
        if (request.Expect is not { } path)
        {
            return true;
        }

        var actual = Expectation.Write(ExpectedResult.Of(bridge.Queries));
        if (request.Update)
        {
            WriteExpected(path, actual);
            _terminal.Out.WriteLine($"The result is written to {path}.");
            return true;
        }

        var difference = Expectation.Compare(kept!, actual, path);
        if (difference.Count == 0)
        {
            _terminal.Out.WriteLine($"The result is as {path} expects it.");
            return true;
        }

        foreach (var line in difference)
        {
            _terminal.Out.WriteLine(Rendering.Texts.Plain(line));
        }

        _terminal.Error.WriteLine(
            $"claudebridge: The result differs from {path} (- expected, + now); when it is right as it is, run it again with --update."
        );
        return false;
    }

    private async Task WithProgressAsync(IReadOnlyList<RecordingFile> files, Func<Action<long>?, Task> work)
    {
        if (_terminal.IsErrorRedirected)
        {
            await work(null);
            return;
        }

        await _terminal
            .ErrorConsole.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask("Replaying", maxValue: Math.Max(1, files.Sum(static file => file.Bytes)));
                await work(bytes => task.Value = bytes);
            });
    }

    private void Report(UnreadableInput input)
    {
        _unreadable++;
        _terminal.Error.WriteLine($"{input.Source}: {Rendering.Texts.OneLine(input.Why, 500)}");
    }

    /// <summary>Before anything is replayed.</summary>
    private static void CheckExpected(string? path)
    {
        if (path is not null && Directory.Exists(path))
        {
            throw new CommandFailure($"{path} is a folder; name a file in it for --expect.", ExitCode.Usage);
        }
    }

    private static string ReadExpected(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailure($"{path} does not exist yet; write it with --update.", ExitCode.Usage, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                $"{path} cannot be read: {exception.Message.TrimEnd('.')}. Change its rights or name another file with --expect.",
                ExitCode.Failed,
                exception
            );
        }
    }

    private static void WriteExpected(string path, string text)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllText(path, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                $"{path} cannot be written: {exception.Message.TrimEnd('.')}. Name another file with --expect.",
                ExitCode.Failed,
                exception
            );
        }
    }

    private static void Throw(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The system clears its temporary folder.
        }
    }
}
