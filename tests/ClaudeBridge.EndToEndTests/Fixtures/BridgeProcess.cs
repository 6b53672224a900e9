using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>A real <c>claudebridge run</c> on ports and a data folder of its own. It can be killed and started again on the same.</summary>
internal sealed class BridgeProcess : IAsyncDisposable
{
    private const int PortTaken = 3;

    /// <summary>Knows the authority of these tests by its name; that certificates are right is for clients to see.</summary>
    private static readonly HttpClient Client = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = { RemoteCertificateValidationCallback = static (_, shown, _, _) => shown?.Issuer == "CN=Test Between" },
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    private readonly TemporaryFolder _ownFolder = new();
    private readonly Dictionary<string, string> _settings;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly int? _openFiles;
    private Process? _process;

    private readonly MemoryGroup? _memory;

    private readonly bool _isHeard;
    private readonly string? _printsTo;

    private BridgeProcess(
        IReadOnlyDictionary<string, string>? settings,
        string? folder,
        MemoryGroup? memory,
        int? openFiles,
        bool isHeard,
        string? printsTo
    )
    {
        (_memory, _openFiles, _isHeard, _printsTo) = (memory, openFiles, isHeard, printsTo);
        _settings = new(settings ?? new Dictionary<string, string>());
        Folder = folder ?? _ownFolder["data"];
    }

    /// <summary>The data folder.</summary>
    public string Folder { get; }

    public int HttpPort { get; private set; }

    public int GrpcPort { get; private set; }

    public int DashboardPort { get; private set; }

    public int ProcessId => Running.Id;

    public bool HasExited => Running.HasExited;

    /// <summary>What the processors spent on it so far, on all its threads; the system counts in steps of 10 ms.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            Running.Refresh();
            return Running.TotalProcessorTime;
        }
    }

    /// <summary>Bytes that it holds for itself, without pages of files, which the system can take back; 0 when it is gone.</summary>
    public long HeldMemory
    {
        get
        {
            try
            {
                return File.ReadLines($"/proc/{ProcessId}/status")
                    .Where(static line =>
                        line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssShmem:", StringComparison.Ordinal)
                    )
                    .Sum(static line =>
                        1024 * long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
                    );
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    /// <summary>Everything on stdout, of all processes so far.</summary>
    public string Output => Text(_output);

    /// <summary>Everything on stderr, of all processes so far.</summary>
    public string Errors => Text(_errors);

    /// <summary>What the ports speak, by its settings.</summary>
    private string Scheme => _settings.ContainsKey("ClaudeBridge__Tls__CertificateFile") ? "https" : "http";

    private Process Running => _process ?? throw new InvalidOperationException("The bridge was never started.");

    /// <summary>Settings that settle everything as soon as it is quiet for a moment, wait for a busy disk, and send it to the stand-in.</summary>
    public static Dictionary<string, string> Settings(LangfuseStandIn? langfuse = null, TimeSpan? quiet = null)
    {
        var soon = (quiet ?? TimeSpan.FromMilliseconds(200)).ToString("c");
        var settings = new Dictionary<string, string>
        {
            ["ClaudeBridge__Receivers__AppendTimeout"] = "00:01:00",
            ["ClaudeBridge__Sessions__Unchanged"] = soon,
            ["ClaudeBridge__Sessions__Counterpart"] = soon,
            ["ClaudeBridge__Sessions__OpenQuiet"] = soon,
            ["ClaudeBridge__Sessions__TurnQuiet"] = soon,
            ["ClaudeBridge__Sessions__RootAgain"] = soon,
            ["ClaudeBridge__Sessions__SessionQuiet"] = soon,
            ["ClaudeBridge__Langfuse__RetryDelay"] = "00:00:00.050",
            ["ClaudeBridge__Langfuse__MaxRetryDelay"] = "00:00:00.500",
            ["ClaudeBridge__Langfuse__BreakDuration"] = "00:00:00.500",
            ["ClaudeBridge__Langfuse__OutageWait"] = "00:00:00.100",
            ["ClaudeBridge__Langfuse__MaxOutageWait"] = "00:00:00.500",
        };
        if (langfuse is not null)
        {
            settings["LANGFUSE_PUBLIC_KEY"] = "pk-lf-stand-in";
            settings["LANGFUSE_SECRET_KEY"] = "sk-lf-stand-in";
            settings["LANGFUSE_HOST"] = langfuse.Address.ToString();
        }

        return settings;
    }

    /// <summary>Starts a bridge and returns when it says that it is ready.</summary>
    /// <param name="folder">A data folder that outlives the bridge; none means one of its own.</param>
    /// <param name="memory">What it may have; none means all that there is.</param>
    /// <param name="openFiles">How many files it may have open at one time; the machine's limit when null.</param>
    /// <param name="isHeard">Whether anybody reads what it prints.</param>
    /// <param name="printsTo">A file that it prints to instead.</param>
    public static async Task<BridgeProcess> StartAsync(
        IReadOnlyDictionary<string, string>? settings = null,
        string? folder = null,
        MemoryGroup? memory = null,
        int? openFiles = null,
        bool isHeard = true,
        string? printsTo = null
    )
    {
        var bridge = new BridgeProcess(settings, folder, memory, openFiles, isHeard, printsTo);
        try
        {
            await bridge.StartOnFreePortsAsync();
            return bridge;
        }
        catch
        {
            await bridge.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends at once, as by <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        Running.Kill();
        await Running.WaitForExitAsync();
    }

    public void Signal(int signal) => PosixSignals.Send(ProcessId, signal);

    /// <summary>Asks it to end and returns its exit code.</summary>
    public async Task<int> TerminateAsync(int signal = PosixSignals.Terminate)
    {
        Signal(signal);
        return await WaitForExitAsync();
    }

    /// <exception cref="TimeoutException">It is still there.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? bound = null)
    {
        using var limit = new CancellationTokenSource(bound ?? TimeSpan.FromSeconds(15));
        try
        {
            await Running.WaitForExitAsync(limit.Token);
            return Running.ExitCode;
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"The bridge did not end. {Output}\n{Errors}", late);
        }
    }

    /// <summary>Starts it again after its end, on the same ports and folder; with other settings when they are given.</summary>
    public async Task RestartAsync(IReadOnlyDictionary<string, string>? changed = null)
    {
        foreach (var (name, value) in changed ?? new Dictionary<string, string>())
        {
            _settings[name] = value;
        }

        Launch();
        await WaitUntilReadyAsync();
    }

    /// <summary>Starts it again on the same ports and folder, with more settings for this one start.</summary>
    /// <returns>False when it ended before it was ready.</returns>
    public async Task<bool> TryRestartAsync(IReadOnlyDictionary<string, string> onlyNow)
    {
        LaunchAgain(onlyNow);
        await Wait.UntilAsync(
            "the bridge is ready or gone",
            async () => HasExited || await ProbeAsync() == HttpStatusCode.OK,
            state: () => Errors
        );
        return !HasExited;
    }

    /// <summary>The same without waiting for anything.</summary>
    public void LaunchAgain(IReadOnlyDictionary<string, string>? onlyNow = null) => Launch(onlyNow);

    /// <summary>The HTTP status of a page on the dashboard's port; null when nobody answers.</summary>
    public async Task<HttpStatusCode?> ProbeAsync(string path = "/readyz")
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri($"{Scheme}://127.0.0.1:{DashboardPort}{path}"));
            return answer.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A page on the dashboard's port, as text.</summary>
    /// <exception cref="HttpRequestException">There is none.</exception>
    public async Task<string> PageAsync(string path)
    {
        try
        {
            return await Client.GetStringAsync(new Uri($"{Scheme}://127.0.0.1:{DashboardPort}{path}"));
        }
        catch (HttpRequestException failure)
        {
            throw new HttpRequestException($"{path}: {failure.Message} {Errors}", failure, failure.StatusCode);
        }
    }

    /// <summary>What <c>/health</c> says on the port of the receivers, well or not.</summary>
    public async Task<JsonElement> HealthAsync()
    {
        using var answer = await Client.GetAsync(new Uri($"{Scheme}://127.0.0.1:{HttpPort}/health"));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.Clone();
    }

    /// <summary>What it holds of the machine's memory, in bytes.</summary>
    public long Memory
    {
        get
        {
            Running.Refresh();
            return Running.WorkingSet64;
        }
    }

    /// <summary>What the API answers.</summary>
    /// <exception cref="HttpRequestException">It is no 200.</exception>
    public async Task<JsonElement> JsonAsync(string path)
    {
        using var json = JsonDocument.Parse(await PageAsync(path));
        return json.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                await KillAsync();
            }

            _process.Dispose();
        }

        _ownFolder.Dispose();
    }

    /// <summary>Another program may take a port between its choice and its use; then others are chosen.</summary>
    private async Task StartOnFreePortsAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            (HttpPort, GrpcPort, DashboardPort) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
            Launch();
            try
            {
                await WaitUntilReadyAsync();
                return;
            }
            catch (InvalidOperationException) when (attempt < 3 && Running.ExitCode == PortTaken)
            {
                // Once more.
            }
        }
    }

    private void Launch(IReadOnlyDictionary<string, string>? onlyNow = null)
    {
        _process?.Dispose();
        var settings = new Dictionary<string, string>(_settings)
        {
            ["ClaudeBridge__Receivers__HttpPort"] = $"{HttpPort}",
            ["ClaudeBridge__Receivers__GrpcPort"] = $"{GrpcPort}",
            ["ClaudeBridge__Receivers__DashboardPort"] = $"{DashboardPort}",
        };
        foreach (var (name, value) in onlyNow ?? new Dictionary<string, string>())
        {
            settings[name] = value;
        }

        _process = BridgeProgram.Start(["run", "--data", Folder], settings, _memory?.Members, _openFiles, _printsTo);
        if (!_isHeard)
        {
            return;
        }

        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private Task WaitUntilReadyAsync() =>
        Wait.UntilAsync(
            "the bridge is ready",
            async () =>
                Running.HasExited
                    ? throw new InvalidOperationException($"The bridge ended with {Running.ExitCode}: {Errors}")
                    : await ProbeAsync() == HttpStatusCode.OK,
            state: () => Errors
        );

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (text)
        {
            text.AppendLine(line);
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
