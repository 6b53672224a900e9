using System.Collections.Concurrent;
using System.Text;
using ClaudeBridge.Exporters;
using ClaudeBridge.Hosting;
using ClaudeBridge.Otlp;
using ClaudeBridge.Receivers;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Cli;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Privacy;

/// <summary>The whole bridge without ports on a folder of its own, a stand-in for Langfuse behind it, and everything that it logs.</summary>
internal sealed class PrivatePipeline : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<KeyValuePair<string, string?>> _settings;
    private IHost? _host;

    private PrivatePipeline(IEnumerable<KeyValuePair<string, string?>> settings, LangfuseStandIn langfuse)
    {
        Langfuse = langfuse;
        _settings =
        [
            .. settings,
            new("ClaudeBridge:Receivers:Host", "localhost"),
            new("ClaudeBridge:Langfuse:Host", langfuse.Address.ToString()),
            new("ClaudeBridge:Langfuse:PublicKey", "pk-lf-stand-in"),
            new("ClaudeBridge:Langfuse:SecretKey", "sk-lf-stand-in"),
        ];
    }

    public LangfuseStandIn Langfuse { get; }

    /// <summary>Every span that Langfuse was offered, also those that it refused.</summary>
    public ConcurrentQueue<string> Offered { get; } = new();

    public ConcurrentQueue<string> Log { get; } = new();

    public long DeadLetters => _host!.Services.GetServices<DeliveryLoop>().Sum(static loop => (long)loop.Progress.DeadLetters);

    public string Data => _folder.Path;

    public IStoreQueries Queries => StoreQueries.In(Data);

    public static async Task<PrivatePipeline> StartAsync(params (string Name, string Value)[] settings)
    {
        var pipeline = new PrivatePipeline(
            settings.Select(static setting => new KeyValuePair<string, string?>("ClaudeBridge:" + setting.Name, setting.Value)),
            await LangfuseStandIn.StartAsync()
        );
        pipeline.Langfuse.Poison(span =>
        {
            pipeline.Offered.Enqueue(span.ToString());
            return span.Name == "Bash";
        });
        await pipeline.OpenAsync();
        return pipeline;
    }

    /// <summary>Takes exports in as they would come, and delivers what becomes of them.</summary>
    public async Task SendAsync(IEnumerable<DecodedExport> exports)
    {
        var handler = _host!.Services.GetRequiredService<ExportHandler>();
        foreach (var export in exports)
        {
            (
                await handler.HandleAsync(export.Signal, OtlpEncoding.Protobuf, export.ToProtobuf(), ExportSource.OfNobody, default)
            ).Error.ShouldBeNull();
        }

        await FinishAsync();
    }

    /// <summary>Throws the store away and builds it again from the journal.</summary>
    public async Task RebuildAsync()
    {
        await CloseAsync();
        foreach (var file in Directory.GetFiles(Data, "store.db*"))
        {
            File.Delete(file);
        }

        await OpenAsync();
        await FinishAsync();
    }

    public async Task CloseAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            await ((IAsyncDisposable)_host).DisposeAsync();
            _host = null;
        }
    }

    /// <summary>All bytes of the files whose name begins so, journal segments under <c>journal</c>.</summary>
    public string BytesOf(string name)
    {
        var text = new StringBuilder();
        foreach (
            var file in Directory
                .GetFiles(Data, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetRelativePath(Data, file).StartsWith(name, StringComparison.Ordinal))
                // Held by the process alone, and empty.
                .Where(static file => Path.GetFileName(file) != "lock")
        )
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            text.Append(reader.ReadToEnd());
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await Langfuse.DisposeAsync();
        _folder.Dispose();
    }

    private async Task OpenAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = Data });
        builder.AddJudgedSettings(Data, _settings);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Collector(Log));
        builder.Services.AddBridge(builder.Configuration, Data);
        _host = builder.Build();
        StartupChecks.Validate(_host.Services);
        _host.Services.OpenData(Data);
        await _host.StartAsync();
    }

    private async Task FinishAsync()
    {
        var loop = _host!.Services.GetRequiredService<AssemblyLoop>();
        var journal = _host.Services.GetRequiredService<ClaudeBridge.Journal.Journal>();
        await loop.CatchUpAsync(journal.End, default).WaitAsync(TimeSpan.FromSeconds(60));
        await loop.SettleAllAsync(default);
        foreach (var destination in _host.Services.GetServices<DeliveryLoop>())
        {
            await destination.DrainAsync(TimeSpan.FromSeconds(60), endWhenPaused: true, default);
        }
    }

    private sealed class Collector(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue(formatter(state, exception) + exception);

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose() { }
    }
}
