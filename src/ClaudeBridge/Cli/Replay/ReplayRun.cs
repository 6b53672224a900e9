using ClaudeBridge.Cli.Expect;
using ClaudeBridge.Hosting;
using Spectre.Console;

namespace ClaudeBridge.Cli.Replay;

/// <summary>One replay from the files to the exit code.</summary>
internal sealed class ReplayRun(CommandServices services, bool verbose)
{
    private readonly Terminal _terminal = services.Terminal;
    private int _unreadable;

    /// <returns>Done only when every line was read, everything was delivered and the expectation was met.</returns>
    public async Task<int> RunAsync(ReplayRequest request, CancellationToken cancel)
    {
        var files = RecordingFiles.Find(request.Paths);
        var kept = request is { Expect: { } path, Update: false } ? ReadExpected(path) : null;
        var folder = request.Data is { } data ? DataFolder.Create(data) : Directory.CreateTempSubdirectory("claudebridge-replay-").FullName;
        try
        {
            await using var bridge = await OfflineBridge.StartAsync(
                request.SettingsFolder,
                folder,
                request.Deliver,
                services.Overrides,
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
            bridge.Destinations.Select(destination => destination.DrainAsync(request.DeliverTimeout, cancel))
        );

        var summary = new ReplaySummary(_terminal.Out);
        summary.WriteSent(sender, files.Count, bridge.Loop.Figures);
        summary.WriteSessions(bridge.Queries.Sessions());
        var isDelivered = summary.WriteDelivery(delivered, before, request);
        var isExpected = Compare(request, kept, bridge);
        summary.WriteData(request.Data);
        if (_unreadable > 0)
        {
            _terminal.Error.WriteLine(
                $"claudebridge: {Rendering.Texts.Number(_unreadable, "place", "places")} of the recording could not be read; the rest went through."
            );
        }

        return _unreadable == 0 && isDelivered && isExpected ? ExitCode.Done : ExitCode.Failed;
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
    }

    private static void WriteExpected(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, text);
    }

    private static void Throw(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // The system clears its temporary folder.
        }
    }
}
