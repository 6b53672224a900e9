using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClaudeBridge.Hosting;
using ClaudeBridge.Hosting.Tls;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge healthcheck</c>: exit code 0 when the bridge answers that it works, well or degraded. For containers.</summary>
internal static class HealthcheckCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge healthcheck",
        "claudebridge healthcheck --url http://bridge.internal:4318/health",
        "claudebridge healthcheck --url https://bridge.internal:4318/health --ca /etc/claudebridge/ca.crt",
    ];

    private const int MaxAnswerBytes = 1024 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var url = new Option<string?>("--url")
        {
            Description = "Where to ask. Default: /health of the bridge on this machine, by its settings.",
            HelpName = "URL",
        };
        var ca = new Option<string?>("--ca")
        {
            Description =
                "PEM file with the authority that the certificate at --url is of, or with that certificate itself. Default: what this machine trusts.",
            HelpName = "FILE",
        };
        var command = new Command(
            "healthcheck",
            "Ask the bridge whether it works; for containers and service managers. Exit code 0 also when it is degraded, "
                + "for example while Langfuse is away: a restart would not mend that. The reason is printed."
        )
        {
            url,
            ca,
        };
        command.SetAction(
            async (parsed, cancel) =>
            {
                if (parsed.GetValue(url) is { } given)
                {
                    var authorities = parsed.GetValue(ca) is { } file ? AuthoritiesOf(file) : null;
                    await AskAsync(AddressOf(given), key: null, certificate: null, authorities, cancel);
                    return ExitCode.Done;
                }

                if (parsed.GetValue(ca) is not null)
                {
                    throw new CommandFailure(
                        "--ca goes with --url: without it the certificate in the bridge's own settings is asked for.",
                        ExitCode.Usage
                    );
                }

                var settings = new ConfigurationBuilder().AddBridgeSettings(common.DataOf(parsed)).Build();
                await AskAsync(AddressOf(LocalAddress(settings)), KeyOf(settings), CertificateOf(settings), authorities: null, cancel);
                return ExitCode.Done;
            }
        );
        return command;

        async Task AskAsync(
            Uri address,
            string? key,
            string? certificate,
            X509Certificate2Collection? authorities,
            CancellationToken cancel
        )
        {
            using var handler = new SocketsHttpHandler { UseProxy = false };
            if (certificate is not null)
            {
                // Asked by its address, whatever name its certificate has: the certificate itself is what must be shown.
                handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
                    shown?.GetCertHashString(HashAlgorithmName.SHA256) == certificate;
            }
            else if (authorities is not null)
            {
                var policy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                policy.CustomTrustStore.AddRange(authorities);
                handler.SslOptions.CertificateChainPolicy = policy;
            }

            using var client = new HttpClient(handler) { Timeout = Timeout, MaxResponseContentBufferSize = MaxAnswerBytes };
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (key is not null)
            {
                request.Headers.TryAddWithoutValidation("x-api-key", key);
            }

            try
            {
                using var answer = await client.SendAsync(request, cancel);
                var health = HealthAnswer.Read(await answer.Content.ReadAsByteArrayAsync(cancel));
                if (!answer.IsSuccessStatusCode)
                {
                    throw new CommandFailure(
                        answer.StatusCode == HttpStatusCode.BadRequest && address.Scheme == Uri.UriSchemeHttp
                            ? $"What answers at {address} wants TLS, it seems: run this with the settings of the bridge (ClaudeBridge:Tls), or give --url with https."
                            : $"The bridge at {address} answers {(int)answer.StatusCode}{(health is null ? "" : $", {health}")}; its log says why."
                    );
                }

                await services.Terminal.Out.WriteLineAsync(health?.ToString() ?? "healthy");
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.SecureConnectionError)
            {
                throw new CommandFailure(
                    certificate is null
                        ? $"There is no TLS to be had with {address} whose certificate {(authorities is null ? "this machine trusts" : "is of an authority in the file of --ca, for that name")}: give its authority with --ca FILE, or run this with the settings of the bridge, without --url."
                        : $"What answers at {address} does not show the certificate of these settings: another program, or a bridge that was not started anew since the file changed.",
                    inner: exception
                );
            }
            catch (HttpRequestException exception)
            {
                throw new CommandFailure($"No bridge answers at {address}; start it with 'claudebridge run'.", inner: exception);
            }
            catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
            {
                throw new CommandFailure($"The bridge at {address} did not answer within {Timeout.TotalSeconds:0} s.", inner: exception);
            }
        }
    }

    /// <summary>The health page of the bridge that the same settings would start; an address that means "all" is asked on loopback.</summary>
    internal static string LocalAddress(IConfiguration settings)
    {
        var host = settings[$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.Host)}"];
        var tls = TlsOf(settings);
        // Where the OTLP port wants a certificate of its clients, the dashboard port does not.
        var (name, usual) = string.IsNullOrWhiteSpace(tls.ClientCaFile)
            ? (nameof(ReceiverOptions.HttpPort), "4318")
            : (nameof(ReceiverOptions.DashboardPort), "4319");
        var port = settings[$"{ReceiverOptions.Section}:{name}"];
        var shown = host switch
        {
            null or "" or "0.0.0.0" or "::" or "[::]" or "*" or "+" or "localhost" => "127.0.0.1",
            _ when host.Contains(':', StringComparison.Ordinal) && host[0] != '[' => $"[{host}]",
            _ => host,
        };
        return $"{tls.Scheme}://{shown}:{(port is { Length: > 0 } ? port : usual)}/health";
    }

    private static TlsOptions TlsOf(IConfiguration settings) => settings.GetSection(TlsOptions.Section).Get<TlsOptions>() ?? new();

    /// <summary>The hash of the certificate that the bridge of these settings shows; null when it speaks no TLS.</summary>
    private static string? CertificateOf(IConfiguration settings)
    {
        var tls = TlsOf(settings);
        if (!tls.IsOn)
        {
            return null;
        }

        try
        {
            using var files = CertificateFiles.Read(tls);
            return files.Leaf.GetCertHashString(HashAlgorithmName.SHA256);
        }
        catch (CertificateFilesException problem)
        {
            throw new CommandFailure(problem.Message, inner: problem);
        }
    }

    private static X509Certificate2Collection AuthoritiesOf(string file)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            return authorities.Count > 0
                ? authorities
                : throw new CommandFailure($"There is no certificate in {file}: --ca wants a PEM file.", ExitCode.Usage);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandFailure(
                $"The certificates in {file} cannot be read: {failure.Message.TrimEnd('.')}. --ca wants a PEM file.",
                ExitCode.Usage,
                failure
            );
        }
    }

    /// <summary>A key of the bridge, which tells its holder why a part is unwell. Only for the address that comes from the same settings.</summary>
    private static string? KeyOf(IConfiguration settings)
    {
        var single = settings[$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKey)}"];
        var key = string.IsNullOrWhiteSpace(single) ? settings[$"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKeys)}:0"] : single;
        return string.IsNullOrWhiteSpace(key) ? null : key.Trim();
    }

    private static Uri AddressOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandFailure($"'{text}' is not an http address; write it like http://127.0.0.1:4318/health.", ExitCode.Usage);
}
