using ClaudeBridge.Dashboard;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting.Connections;
using ClaudeBridge.Hosting.Tls;
using ClaudeBridge.Query;
using ClaudeBridge.Receivers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>The bare host: settings, ports and server, and nothing that a bridge does not need.</summary>
internal static class BridgeHost
{
    /// <summary>Lines end with CR LF alone: a proxy before the bridge may not see an end in a bare LF.</summary>
    private const string StrictLines = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(8);

    /// <summary>A builder with the settings of <see cref="BridgeSettings"/>.</summary>
    /// <param name="folder">The content root, which must exist: the data folder, so that nothing depends on where the program was started.</param>
    /// <param name="settingsFolder">Where a person keeps settings, when that is another folder.</param>
    /// <exception cref="StartupException">A settings file cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(
        string folder,
        IEnumerable<KeyValuePair<string, string?>>? overrides = null,
        string? settingsFolder = null
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "claudebridge", ContentRootPath = Path.GetFullPath(folder) }
        );
        builder.AddJudgedSettings(settingsFolder ?? folder, overrides);
        builder
            .Logging.AddFilter("Microsoft", LogLevel.Warning) // The server's word on every request and on its start; the bridge has its own.
            // These repeat addresses, and an address may hold what a person searched for, or a key in the wrong place; also where all of the server's words are asked for.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.None) // Whoever floods a port would flood the log.
            .AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        return builder;
    }

    /// <summary>The server on the bridge's three ports. The ports are taken by <see cref="StartBridgeAsync"/>.</summary>
    public static WebApplicationBuilder AddBridgePorts(this WebApplicationBuilder builder)
    {
        AppContext.SetSwitch(StrictLines, true);
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<RequestsUnderWay>();
        builder.Services.AddSingleton<IMetricSource>(static provider => provider.GetRequiredService<ConnectionTable>());
        builder.Services.AddTls();
        builder.Services.AddSingleton(provider =>
            BridgePorts.Bind(
                provider.GetRequiredService<IOptions<ReceiverOptions>>().Value,
                provider.GetRequiredService<IOptions<TlsOptions>>().Value.Scheme
            )
        );
        builder
            .Services.AddOptions<SocketTransportOptions>()
            .Configure<IServiceProvider>(
                // Made with the host: no option may be read yet that has not been judged.
                static (sockets, provider) =>
                    sockets.CreateBoundListenSocket = endPoint => provider.GetRequiredService<BridgePorts>().SocketOf(endPoint)
            );
        builder.Services.AddSingleton(provider => new ConnectionTable(
            FileDescriptors.Allow(provider.GetRequiredService<IOptions<ReceiverOptions>>().Value.MaxConnections),
            provider.GetRequiredService<TimeProvider>()
        ));
        // The server makes every one that is registered as soon as it is made itself, and the plain one needs settings that nobody has judged yet.
        builder.Services.RemoveAll<IConnectionListenerFactory>();
        builder.Services.AddSingleton<SocketTransportFactory>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(provider => new GatedListeners(
            provider.GetRequiredService<SocketTransportFactory>,
            provider.GetRequiredService<ConnectionTable>
        ));
        return builder;
    }

    /// <summary>Who may come in, the probes, the two OTLP doors. What is mapped after this is served on the dashboard port alone.</summary>
    public static WebApplication UseBridgeDoors(this WebApplication app)
    {
        app.Use(app.Services.GetRequiredService<RequestsUnderWay>().InvokeAsync);
        app.UseMiddleware<ClientPatience>();
        app.UseMiddleware<AnswerHeaders>();
        app.UseMiddleware<AccessGate>();
        app.UseMiddleware<Probes>();
        app.MapReceivers();
        app.UseRouting();
        // A bridge that only records has no sessions.
        if (app.Services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(ContextDoor)))
        {
            app.Map(ContextDoor.Path, static context => context.RequestServices.GetRequiredService<ContextDoor>().HandleAsync(context));
            app.MapDashboard();
        }

        app.MapQuery();
        app.MapMetrics();
        return app;
    }

    /// <summary>Judges the configuration, takes the ports, opens what is needed behind them, then opens the doors and starts everything, in this order.</summary>
    /// <exception cref="StartupException">It cannot start, in plain words and with an exit code.</exception>
    public static Task<BridgePorts> OpenAndStartAsync(this WebApplication app, Action<IServiceProvider> open, CancellationToken cancel)
    {
        StartupChecks.Validate(app.Services);
        _ = app.Services.GetRequiredService<BridgePorts>();
        open(app.Services);
        return app.UseBridgeDoors().StartBridgeAsync(cancel);
    }

    /// <summary>Judges the configuration, takes the ports, then starts everything, in this order.</summary>
    /// <exception cref="StartupException">It cannot start, in plain words and with an exit code.</exception>
    public static async Task<BridgePorts> StartBridgeAsync(this WebApplication app, CancellationToken cancel = default)
    {
        StartupChecks.Validate(app.Services);
        var ports = app.Services.GetRequiredService<BridgePorts>();
        if (app.Services.GetRequiredService<ServerCertificate>() is { IsOn: true } certificate)
        {
            certificate.Load();
        }

        var options = app.Services.GetRequiredService<IOptions<ReceiverOptions>>().Value;
        // Here and not where the sockets are set up: the server reads that while it is built, when nothing is judged yet.
        app.Services.GetRequiredService<IOptions<SocketTransportOptions>>().Value.MaxReadBufferSize = options.ConnectionBufferBytes;
        KestrelSetup.Apply(app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value, app.Services, ports, options);
        await app.StartAsync(cancel);
        return ports;
    }
}
