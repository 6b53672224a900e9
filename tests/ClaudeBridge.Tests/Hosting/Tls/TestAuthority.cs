using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ClaudeBridge.Tests.Hosting.Tls;

/// <summary>How a private key is written.</summary>
internal enum KeyForm
{
    Pkcs8,
    Pkcs1,
    Sec1,
    WithPassword,
}

/// <summary>A self-made certificate authority with one below it, and the PEM files that it hands out; they go with it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authority");
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _betweenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _between;

    public TestAuthority()
    {
        var now = TimeProvider.System.GetUtcNow();
        _root = Authority("CN=Test Root", _rootKey).CreateSelfSigned(now.AddYears(-2), now.AddYears(2));
        using var between = Authority("CN=Test Between", _betweenKey).Create(_root, now.AddYears(-2), now.AddYears(1), Serial());
        _between = between.CopyWithPrivateKey(_betweenKey);
        RootFile = Path.Combine(_folder.FullName, "root.pem");
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    public string RootFile { get; }

    public string CertificateFile => Path.Combine(_folder.FullName, "bridge.pem");

    public string KeyFile => Path.Combine(_folder.FullName, "bridge.key");

    /// <summary>Settings of a bridge with the files of <see cref="Issue"/>.</summary>
    public (string, string?)[] Settings => [("ClaudeBridge:Tls:CertificateFile", CertificateFile), ("ClaudeBridge:Tls:KeyFile", KeyFile)];

    /// <summary>Writes a certificate for loopback, with the one between behind it, and its key.</summary>
    /// <returns>Its serial number.</returns>
    public string Issue(KeyForm form = KeyForm.Pkcs8, TimeSpan? validFor = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request =
            form == KeyForm.Sec1
                ? new CertificateRequest("CN=bridge", ec, HashAlgorithmName.SHA256)
                : new CertificateRequest("CN=bridge", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var leaf = request.Create(
            _between.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_betweenKey),
            now.AddDays(-30),
            now + (validFor ?? TimeSpan.FromDays(30)),
            Serial()
        );
        File.WriteAllText(CertificateFile, leaf.ExportCertificatePem() + "\n" + _between.ExportCertificatePem());
        File.WriteAllText(
            KeyFile,
            form switch
            {
                KeyForm.Pkcs1 => rsa.ExportRSAPrivateKeyPem(),
                KeyForm.Sec1 => ec.ExportECPrivateKeyPem(),
                KeyForm.WithPassword => rsa.ExportEncryptedPkcs8PrivateKeyPem(
                    "secret",
                    new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)
                ),
                _ => rsa.ExportPkcs8PrivateKeyPem(),
            }
        );
        return leaf.SerialNumber;
    }

    /// <summary>A certificate for a client, which may stand for others too.</summary>
    public X509Certificate2 ForClient()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256);
        using var certificate = request.Create(
            _root.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_rootKey),
            now.AddDays(-1),
            now.AddDays(1),
            Serial()
        );
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>Trusts this authority alone, and names must be right.</summary>
    public SslClientAuthenticationOptions Trusting() =>
        new()
        {
            TargetHost = "localhost",
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { _root },
            },
        };

    public HttpClient Client(int port, X509Certificate2? certificate = null, Version? version = null)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            SslOptions = Trusting(),
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        return new(new InVersion(version ?? HttpVersion.Version11, handler))
        {
            BaseAddress = new Uri($"https://localhost:{port}"),
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _root.Dispose();
        _between.Dispose();
        _rootKey.Dispose();
        _betweenKey.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key) =>
        new(name, key, HashAlgorithmName.SHA256) { CertificateExtensions = { new X509BasicConstraintsExtension(true, false, 0, true) } };

    private static byte[] Serial() => RandomNumberGenerator.GetBytes(8);

    private sealed class InVersion(Version version, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
