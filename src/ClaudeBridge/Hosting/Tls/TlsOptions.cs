using System.Security.Authentication;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting.Tls;

/// <summary>TLS on all three ports. Without a certificate they speak cleartext.</summary>
internal sealed class TlsOptions
{
    public const string Section = "ClaudeBridge:Tls";

    /// <summary>The certificate of the bridge, and those between it and its authority behind it, in PEM form; a whole path. Read again when it changes. Default: none.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>Its private key in PEM form, without a password (PKCS#8, PKCS#1 or SEC 1); a whole path. Default: none.</summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// Certificates in PEM form of the authorities whose clients may send: the OTLP ports then ask every client for a certificate, besides a key where one is configured.
    /// The dashboard port asks for none, and takes no exports then. A whole path. Default: none.
    /// </summary>
    public string? ClientCaFile { get; set; }

    /// <summary>The oldest version that is spoken. Default: Tls12.</summary>
    public TlsVersion MinimumVersion { get; set; } = TlsVersion.Tls12;

    /// <summary>Whether it is spoken at all.</summary>
    internal bool IsOn => !string.IsNullOrWhiteSpace(CertificateFile);

    /// <summary>Whether the OTLP ports ask clients for a certificate.</summary>
    internal bool AsksClients => IsOn && !string.IsNullOrWhiteSpace(ClientCaFile);

    internal string Scheme => IsOn ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;

    internal SslProtocols Protocols => MinimumVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The whole key of a property, as a user sets it.</summary>
    internal static string Key(string property) => $"{Section}:{property}";
}

/// <summary>Versions of TLS that may be the oldest.</summary>
internal enum TlsVersion
{
    Tls12,
    Tls13,
}

/// <summary>Whether the files can be used. Finds every problem, not the first; never quotes what is in a file.</summary>
internal sealed class TlsOptionsRules : IValidateOptions<TlsOptions>
{
    public ValidateOptionsResult Validate(string? name, TlsOptions options)
    {
        List<string> problems = [];
        (string Property, string? Value)[] files =
        [
            (nameof(options.CertificateFile), options.CertificateFile),
            (nameof(options.KeyFile), options.KeyFile),
            (nameof(options.ClientCaFile), options.ClientCaFile),
        ];
        foreach (var (property, value) in files)
        {
            if (!string.IsNullOrWhiteSpace(value) && !Path.IsPathFullyQualified(value))
            {
                problems.Add($"{TlsOptions.Key(property)} is '{value}': it must be a whole path, from the root.");
            }
        }

        if (options.IsOn == string.IsNullOrWhiteSpace(options.KeyFile))
        {
            problems.Add(
                $"{TlsOptions.Key(nameof(options.CertificateFile))} and {TlsOptions.Key(nameof(options.KeyFile))} go together: set both for TLS, or none for cleartext."
            );
        }

        if (!options.IsOn && !string.IsNullOrWhiteSpace(options.ClientCaFile))
        {
            problems.Add(
                $"{TlsOptions.Key(nameof(options.ClientCaFile))} needs TLS: set {TlsOptions.Key(nameof(options.CertificateFile))} as well."
            );
        }

        if (problems.Count == 0 && options.IsOn)
        {
            try
            {
                CertificateFiles.Read(options).Dispose();
            }
            catch (CertificateFilesException problem)
            {
                problems.Add(problem.Message);
            }
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
