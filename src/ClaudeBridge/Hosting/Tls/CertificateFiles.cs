using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ClaudeBridge.Hosting.Tls;

/// <summary>The files of <see cref="TlsOptions"/> cannot be used; the message names the setting and what to put there.</summary>
internal sealed class CertificateFilesException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the files of <see cref="TlsOptions"/> held when they were read.</summary>
internal sealed class CertificateFiles : IDisposable
{
    private readonly string[] _texts;

    private CertificateFiles(
        string[] texts,
        X509Certificate2 leaf,
        X509Certificate2Collection between,
        X509Certificate2Collection authorities
    ) => (_texts, Leaf, Between, Authorities) = (texts, leaf, between, authorities);

    /// <summary>The certificate of the bridge, with its private key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>Those between it and its authority.</summary>
    public X509Certificate2Collection Between { get; }

    /// <summary>Those that clients' certificates must come from; empty when none are asked for.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <exception cref="CertificateFilesException">A file is not there, may not be read, or holds something else.</exception>
    public static CertificateFiles Read(TlsOptions options)
    {
        var texts = Texts(options);
        var between = Certificates(texts[0], nameof(options.CertificateFile));
        var authorities = texts[2].Length > 0 ? Certificates(texts[2], nameof(options.ClientCaFile)) : [];
        var leaf = WithKey(texts[0], texts[1]);
        between[0].Dispose();
        between.RemoveAt(0);
        return new(texts, leaf, between, authorities);
    }

    /// <summary>Whether the files hold something else by now.</summary>
    /// <exception cref="CertificateFilesException">One of them cannot be read.</exception>
    public bool AreChanged(TlsOptions options) => !_texts.SequenceEqual(Texts(options), StringComparer.Ordinal);

    public void Dispose()
    {
        Leaf.Dispose();
        foreach (var certificate in Between.Concat(Authorities))
        {
            certificate.Dispose();
        }
    }

    private static string[] Texts(TlsOptions options) =>
        [
            Text(options.CertificateFile, nameof(options.CertificateFile)),
            Text(options.KeyFile, nameof(options.KeyFile)),
            string.IsNullOrWhiteSpace(options.ClientCaFile) ? "" : Text(options.ClientCaFile, nameof(options.ClientCaFile)),
        ];

    private static string Text(string? file, string property)
    {
        try
        {
            return File.ReadAllText(file!);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CertificateFilesException(
                $"{TlsOptions.Key(property)} cannot be read: {failure.Message} Name a PEM file that this user may read.",
                failure
            );
        }
    }

    private static X509Certificate2Collection Certificates(string pem, string property)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException failure)
        {
            throw Unusable(failure);
        }

        return found.Count > 0 ? found : throw Unusable(null);

        CertificateFilesException Unusable(Exception? failure) =>
            new(
                $"{TlsOptions.Key(property)} holds no certificate that can be read: it must be in PEM form, with -----BEGIN CERTIFICATE-----.",
                failure
            );
    }

    private static X509Certificate2 WithKey(string certificate, string key)
    {
        try
        {
            var leaf = X509Certificate2.CreateFromPem(certificate, key);
            if (!OperatingSystem.IsWindows())
            {
                return leaf;
            }

            // Windows does not speak TLS with a key that is in memory alone.
            using (leaf)
            {
                return X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), password: null);
            }
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            var files = $"{TlsOptions.Key(nameof(TlsOptions.KeyFile))} and {TlsOptions.Key(nameof(TlsOptions.CertificateFile))}";
            throw new CertificateFilesException(
                key.Contains("ENCRYPTED", StringComparison.Ordinal)
                    ? $"{TlsOptions.Key(nameof(TlsOptions.KeyFile))} holds a key with a password: write it without one, in a file that this user alone may read."
                    : $"{files} do not go together: the key file must hold the private key of the first certificate, in PEM form.",
                failure
            );
        }
    }
}
