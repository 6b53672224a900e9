using System.Security.Cryptography;
using System.Text;

namespace ClaudeBridge.Access;

/// <summary>SHA-256 of a key, which is what is kept of it. The keys are random and long, so that nothing slower is needed.</summary>
internal sealed class KeyHash
{
    private const string Prefix = "sha256:";

    private readonly byte[] _bytes;

    private KeyHash(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public static KeyHash Of(string key) => new(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public static bool TryParse(string? text, out KeyHash hash)
    {
        hash = null!;
        var digits =
            text?.Trim() is { } trimmed && trimmed.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? trimmed[Prefix.Length..] : "";
        if (digits.Length != 2 * SHA256.HashSizeInBytes || !digits.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        hash = new(Convert.FromHexString(digits));
        return true;
    }

    /// <summary>Takes the same time whatever the two hold.</summary>
    public bool IsSame(KeyHash other) => CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    public override string ToString() => Prefix + Convert.ToHexStringLower(_bytes);
}
