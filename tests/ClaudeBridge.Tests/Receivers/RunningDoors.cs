using System.Collections.Concurrent;
using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting;
using ClaudeBridge.Hosting.Connections;
using ClaudeBridge.Journal;
using ClaudeBridge.Receivers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>The ports of the bridge, running on real sockets, with a journal in memory behind them.</summary>
internal sealed class RunningDoors : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private RunningDoors(WebApplication app, DirectoryInfo folder, InMemoryJournal journal, CollectedLog log)
    {
        (_app, _folder, Journal, Log) = (app, folder, journal, log);
        Http = Client(Ports.Http);
        Dashboard = Client(Ports.Dashboard);
        Grpc = new GrpcCaller(Ports.Grpc);
    }

    public InMemoryJournal Journal { get; }

    public CollectedLog Log { get; }

    public HttpClient Http { get; }

    public HttpClient Dashboard { get; }

    public GrpcCaller Grpc { get; }

    public BridgePorts Ports => _app.Services.GetRequiredService<BridgePorts>();

    public RefusalLog Refusals => _app.Services.GetRequiredService<RefusalLog>();

    public InFlightBudget Budget => _app.Services.GetRequiredService<InFlightBudget>();

    public ConnectionTable Connections => _app.Services.GetRequiredService<ConnectionTable>();

    public IServiceProvider Services => _app.Services;

    /// <param name="settings">Settings of the receivers by property, others by their whole key; all ports are free ones of the system.</param>
    public static async Task<RunningDoors> StartAsync(
        IEnumerable<(string Property, string? Value)>? settings = null,
        Action<IServiceCollection>? services = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("doors");
        var journal = new InMemoryJournal();
        var log = new CollectedLog();
        var builder = BridgeHost.CreateBuilder(folder.FullName, Settings(settings ?? [])).AddBridgePorts();
        builder.Services.AddReceivers().AddSharedHeap().AddSingleton<IJournalWriter>(journal);
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        try
        {
            // Judged first, as the program does, before anything is made of its settings.
            StartupChecks.Validate(app.Services);
            app.UseBridgeDoors();
            MapStandIns(app);
            await app.StartBridgeAsync();
        }
        catch
        {
            await app.DisposeAsync();
            folder.Delete(recursive: true);
            throw;
        }

        return new(app, folder, journal, log);
    }

    /// <summary>Begins the shutdown as a signal would, without waiting for its end.</summary>
    public void BeginShutdown() => _app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Dashboard.Dispose();
        Grpc.Dispose();
        await _app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(2)).Token);
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static void MapStandIns(WebApplication app)
    {
        app.MapGet("/page", () => "the page");
        app.MapGet("/who", (HttpContext context) => context.Caller().Tenant ?? "(operator)");
        app.MapPost("/who", (HttpContext context) => context.Caller().Tenant ?? "(operator)");
        app.MapGet("/api/who", (HttpContext context) => context.Caller().Tenant ?? "(operator)");
        // Stands in for the login page.
        app.MapGet("/login", () => "the form");
        app.MapPost("/login", (HttpContext context) => SignIn(context));
        app.MapPost("/logout", (HttpContext context) => context.RequestServices.GetRequiredService<LoginSessions>().SignOut(context));
    }

    private static Dictionary<string, string?> Settings(IEnumerable<(string Property, string? Value)> settings)
    {
        var all = new Dictionary<string, string?>
        {
            [$"{ReceiverOptions.Section}:Host"] = "127.0.0.1",
            [$"{ReceiverOptions.Section}:GrpcPort"] = "0",
            [$"{ReceiverOptions.Section}:HttpPort"] = "0",
            [$"{ReceiverOptions.Section}:DashboardPort"] = "0",
            [$"{ReceiverOptions.Section}:ApiKey"] = "",
        };
        foreach (var (property, value) in settings)
        {
            all[property.StartsWith("ClaudeBridge:", StringComparison.Ordinal) ? property : $"{ReceiverOptions.Section}:{property}"] =
                value;
        }

        return all;
    }

    private static IResult SignIn(HttpContext context)
    {
        var signIn = context.RequestServices.GetRequiredService<LoginSessions>().TrySignIn(context, context.Request.Query["key"]);
        return signIn.Outcome == SignInOutcome.SignedIn
            ? Results.Redirect(LocalPath.Of(context.Request.Query["to"]))
            : Results.StatusCode(signIn.Outcome == SignInOutcome.MustWait ? 429 : 401);
    }

    private static HttpClient Client(int port) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
            }
        )
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromSeconds(30),
        };
}

/// <summary>Every log line, for tests that ask what was said.</summary>
internal sealed class CollectedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Category, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, string Category, string Text)> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose() { }

    private sealed class Logger(CollectedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => log._lines.Enqueue((logLevel, category, formatter(state, exception) + exception));
    }
}

/// <summary>Short forms for sending bodies over HTTP.</summary>
internal static class HttpSending
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";

    public static async Task<HttpResponseMessage> PostAsync(
        this HttpClient client,
        string path,
        byte[] body,
        string? contentType,
        string? contentEncoding = null,
        Action<HttpRequestMessage>? also = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        if (contentEncoding is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", contentEncoding);
        }

        also?.Invoke(request);
        return await client.SendAsync(request);
    }

    public static Task<byte[]> BytesAsync(this HttpResponseMessage response) => response.Content.ReadAsByteArrayAsync();

    public static string? Type(this HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType;
}
