using System.Net;
using ClaudeBridge.Hosting;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using ClaudeBridge.Receivers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Benchmarks.Sinks;

/// <summary>A running OTLP endpoint on loopback that keeps nothing.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo? _folder;

    private Sink(WebApplication app, int http, int grpc, DirectoryInfo? folder = null) =>
        (_app, HttpPort, GrpcPort, _folder) = (app, http, grpc, folder);

    public int HttpPort { get; }

    public int GrpcPort { get; }

    /// <summary>Reads bodies, looks at nothing, answers as if all were taken.</summary>
    public static async Task<Sink> DiscardAsync(int httpPort, int grpcPort, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, httpPort, static listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, grpcPort, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.Run(DiscardAsync);
        await app.StartAsync(cancel);
        var ports = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.Select(static address => new Uri(address).Port)
            .ToList();
        return new Sink(app, ports[0], ports[1]);
    }

    /// <summary>The bridge's own ports, access checks, doors and decoder over a journal that keeps nothing.</summary>
    public static async Task<Sink> ReceiversAsync(int httpPort, int grpcPort, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("claudebridge-bench-");
        var builder = BridgeHost.CreateBuilder(folder.FullName, Settings(httpPort, grpcPort)).AddBridgePorts();
        builder.Services.AddReceivers().AddSingleton<IJournalWriter, NoJournal>();
        var app = builder.Build();
        app.UseBridgeDoors();
        var ports = await app.StartBridgeAsync(cancel);
        return new Sink(app, ports.Http, ports.Grpc, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder?.Delete(recursive: true);
    }

    private static Dictionary<string, string?> Settings(int httpPort, int grpcPort) =>
        new()
        {
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.Host)}"] = "127.0.0.1",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.HttpPort)}"] = $"{httpPort}",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.GrpcPort)}"] = $"{grpcPort}",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.DashboardPort)}"] = "0",
            [$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKey)}"] = "",
        };

    private static async Task DiscardAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
            return;
        }

        context.Response.ContentType = context.Request.ContentType;
        var isJson = context.Request.ContentType?.Contains("json", StringComparison.Ordinal) == true;
        context.Response.ContentLength = isJson ? 2 : 0;
        if (isJson)
        {
            await context.Response.Body.WriteAsync("{}"u8.ToArray(), context.RequestAborted);
        }
    }

    private sealed class NoJournal : IJournalWriter
    {
        private long _position;

        public ValueTask<JournalPosition> AppendAsync(JournalEntry entry, DecodedExport? decoded, CancellationToken cancel) =>
            ValueTask.FromResult(new JournalPosition(Interlocked.Add(ref _position, entry.Body.Length)));
    }
}
