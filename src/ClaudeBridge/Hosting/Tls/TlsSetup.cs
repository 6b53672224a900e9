using System.IO.Pipelines;
using ClaudeBridge.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting.Tls;

/// <summary>Puts TLS before a port.</summary>
internal static class TlsSetup
{
    private const byte Handshake = 22;

    private static readonly byte[] SpeakTls =
    [
        .. "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 50\r\n\r\n"u8,
        .. "This port speaks TLS: its address begins https://\n"u8,
    ];

    public static IServiceCollection AddTls(this IServiceCollection services)
    {
        services.AddOptions<TlsOptions>().BindConfiguration(TlsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TlsOptions>, TlsOptionsRules>();
        return services.AddSingleton<ServerCertificate>();
    }

    /// <param name="limit">How long a client may take to shake hands.</param>
    public static void UseTls(this ListenOptions listen, ServerCertificate certificate, Door door, TimeSpan limit)
    {
        listen.Use(static next => connection => RefuseCleartextAsync(connection, next));
        listen.UseHttps(
            new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = limit,
                OnConnection = _ => ValueTask.FromResult(certificate.ForConnection(asksClients: door != Door.Dashboard)),
            }
        );
    }

    /// <summary>Tells who speaks HTTP without TLS what is wrong; a failed handshake would not.</summary>
    private static async Task RefuseCleartextAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var input = connection.Transport.Input;
        ReadResult first;
        try
        {
            first = await input.ReadAsync();
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            return;
        }

        if (first.Buffer.IsEmpty)
        {
            return;
        }

        if (first.Buffer.FirstSpan[0] == Handshake)
        {
            input.AdvanceTo(first.Buffer.Start);
            await next(connection);
            return;
        }

        input.AdvanceTo(first.Buffer.End);
        await connection.Transport.Output.WriteAsync(SpeakTls);
    }
}
