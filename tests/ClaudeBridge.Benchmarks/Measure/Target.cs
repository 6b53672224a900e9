using System.Diagnostics;

namespace ClaudeBridge.Benchmarks.Measure;

/// <summary>A process of our own that takes exports: the bridge, or a part of it. Gone, with its folder, when disposed of.</summary>
internal sealed class Target : IAsyncDisposable
{
    private const int KeptLines = 20;

    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(2);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly Queue<string> _lastLines = new();

    private Target(ProcessStartInfo start, DirectoryInfo folder, int httpPort, int grpcPort)
    {
        (_folder, HttpPort, GrpcPort) = (folder, httpPort, grpcPort);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
    }

    public int HttpPort { get; }

    public int GrpcPort { get; }

    public int Id => _process.Id;

    /// <summary>From starting the process to its first answer that it is healthy, or to its open port where it has no such answer.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>The bridge itself.</summary>
    /// <param name="program">Its executable, or its dll.</param>
    /// <param name="folder">Data folder; made new, deleted at the end.</param>
    public static Task<Target> StartBridgeAsync(string program, DirectoryInfo folder, Uri? langfuse, CancellationToken cancel)
    {
        var (http, grpc, dashboard) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        var start = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            ? new ProcessStartInfo("dotnet", [program, "run", "--data", folder.FullName])
            : new ProcessStartInfo(program, ["run", "--data", folder.FullName]);
        foreach (var name in start.Environment.Keys.Where(IsOurs).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ClaudeBridge__Receivers__Host"] = "127.0.0.1";
        start.Environment["ClaudeBridge__Receivers__HttpPort"] = $"{http}";
        start.Environment["ClaudeBridge__Receivers__GrpcPort"] = $"{grpc}";
        start.Environment["ClaudeBridge__Receivers__DashboardPort"] = $"{dashboard}";
        if (langfuse is not null)
        {
            start.Environment["LANGFUSE_BASE_URL"] = langfuse.ToString();
            start.Environment["LANGFUSE_PUBLIC_KEY"] = "pk-lf-stand-in";
            start.Environment["LANGFUSE_SECRET_KEY"] = "sk-lf-stand-in";
        }

        return StartAsync(new Target(start, folder, http, grpc), cancel);
    }

    /// <summary>This program's own <c>sink</c>.</summary>
    public static Task<Target> StartSinkAsync(string kind, DirectoryInfo folder, CancellationToken cancel)
    {
        var (http, grpc) = (FreePort.Next(), FreePort.Next());
        var self = Environment.ProcessPath!;
        List<string> arguments = ["sink", "--as", kind, "--http-port", $"{http}", "--grpc-port", $"{grpc}", "--data", folder.FullName];
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            arguments.Insert(0, typeof(Target).Assembly.Location);
        }

        return StartAsync(new Target(new ProcessStartInfo(self, arguments), folder, http, grpc), cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("ClaudeBridge__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("LANGFUSE_", StringComparison.Ordinal)
        || name is "API_KEY" or "OTLP_RECEIVER_HOST" or "OTLP_RECEIVER_PORT";

    private static async Task<Target> StartAsync(Target target, CancellationToken cancel)
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            target._process.Start();
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            target._folder.Delete(recursive: true);
            throw new BenchmarkException($"{target._process.StartInfo.FileName} cannot be started: {failure.Message}", failure);
        }

        target._process.BeginOutputReadLine();
        target._process.BeginErrorReadLine();
        try
        {
            await target.WaitUntilReadyAsync(begin, cancel);
            target.StartTime = Stopwatch.GetElapsedTime(begin);
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    private async Task WaitUntilReadyAsync(long begin, CancellationToken cancel)
    {
        // Ports may be open before anybody serves them, so an answer is what counts; any answer will do.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = StartWithin };
        var health = new Uri($"http://127.0.0.1:{HttpPort}/health");
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(health, cancel);
                if ((int)answer.StatusCode < 500)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(begin) < StartWithin)
            {
                // Not yet.
            }
            catch (Exception failure)
                when (failure is HttpRequestException or OperationCanceledException && !cancel.IsCancellationRequested)
            {
                throw new BenchmarkException($"{_process.StartInfo.FileName} does not serve. Its last lines: {LastLines()}", failure);
            }

            await Task.Delay(AskEvery, cancel);
        }
    }

    private string LastLines()
    {
        lock (_lastLines)
        {
            return string.Join(Environment.NewLine, _lastLines);
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
        {
            return;
        }

        lock (_lastLines)
        {
            _lastLines.Enqueue(line.Data);
            if (_lastLines.Count > KeptLines)
            {
                _ = _lastLines.Dequeue();
            }
        }
    }
}
