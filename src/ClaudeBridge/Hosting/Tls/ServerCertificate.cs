using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting.Tls;

/// <summary>The certificate that the ports show. When its files change, the next connection gets the new one; files that cannot be used leave the old one in place.</summary>
internal sealed partial class ServerCertificate(IOptions<TlsOptions> options, TimeProvider clock, ILogger<ServerCertificate> log)
{
    /// <summary>How often the files are looked at, at most: they are small, and a change is taken up before anyone notices.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Shown? _shown;
    private long _lookedAt;
    private string? _problem;

    public bool IsOn => options.Value.IsOn;

    /// <summary>What to speak on a new connection.</summary>
    /// <param name="asksClients">Whether its client must have a certificate, where that is configured.</param>
    public SslServerAuthenticationOptions ForConnection(bool asksClients)
    {
        var shown = Current();
        var asks = asksClients && shown.Authorities.Count > 0;
        return new()
        {
            ServerCertificateContext = shown.Context,
            EnabledSslProtocols = options.Value.Protocols,
            ClientCertificateRequired = asks,
            CertificateChainPolicy = asks ? PolicyOf(shown.Authorities) : null,
        };
    }

    /// <summary>Reads the files, and says if clients will not like what is in them.</summary>
    /// <exception cref="CertificateFilesException">They cannot be used.</exception>
    public void Load()
    {
        lock (_lock)
        {
            Show(CertificateFiles.Read(options.Value));
        }
    }

    private Shown Current()
    {
        lock (_lock)
        {
            if (_shown is null)
            {
                Show(CertificateFiles.Read(options.Value));
            }
            else if (clock.GetElapsedTime(_lookedAt) >= LookEvery)
            {
                LookAgain(_shown);
            }

            return _shown!;
        }
    }

    private void LookAgain(Shown shown)
    {
        _lookedAt = clock.GetTimestamp();
        try
        {
            if (shown.Files.AreChanged(options.Value))
            {
                // Those who still shake hands use the old one: it is left to the collector.
                Show(CertificateFiles.Read(options.Value));
                LogRenewed(DateText(_shown!.Files.Leaf.NotAfter));
            }

            _problem = null;
        }
        catch (CertificateFilesException problem)
        {
            if (_problem != problem.Message)
            {
                _problem = problem.Message;
                LogNotRenewed(problem.Message);
            }
        }
    }

    private void Show(CertificateFiles files)
    {
        _shown = new(files, SslStreamCertificateContext.Create(files.Leaf, files.Between, offline: true), files.Authorities);
        _lookedAt = clock.GetTimestamp();
        var now = clock.GetUtcNow().UtcDateTime;
        if (now > files.Leaf.NotAfter.ToUniversalTime())
        {
            LogExpired(DateText(files.Leaf.NotAfter));
        }
        else if (now < files.Leaf.NotBefore.ToUniversalTime())
        {
            LogNotYet(DateText(files.Leaf.NotBefore));
        }
    }

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static string DateText(DateTime moment) =>
        moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    [LoggerMessage(
        LogLevel.Warning,
        "The certificate (ClaudeBridge:Tls:CertificateFile) expired on {End}: clients refuse it. Renew the file; no restart is needed."
    )]
    private partial void LogExpired(string end);

    [LoggerMessage(
        LogLevel.Warning,
        "The certificate (ClaudeBridge:Tls:CertificateFile) is not valid before {Begin}: clients refuse it until then."
    )]
    private partial void LogNotYet(string begin);

    [LoggerMessage(LogLevel.Information, "The certificate was renewed; the new one is valid until {End}.")]
    private partial void LogRenewed(string end);

    [LoggerMessage(LogLevel.Warning, "The renewed certificate is not taken up, the old one stays: {Problem}")]
    private partial void LogNotRenewed(string problem);

    private sealed record Shown(CertificateFiles Files, SslStreamCertificateContext Context, X509Certificate2Collection Authorities);
}
