using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Benchmarks.Sinks;

/// <summary>A running OTLP endpoint on loopback with nothing behind it.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<ValueTask> _after;

    /// <param name="after">Runs when the server has stopped.</param>
    public Sink(WebApplication app, int http, int grpc, Func<ValueTask>? after = null) =>
        (_app, HttpPort, GrpcPort, _after) = (app, http, grpc, after ?? (static () => ValueTask.CompletedTask));

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

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _after();
    }

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
}
