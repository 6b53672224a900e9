using System.Buffers.Text;
using System.Security.Cryptography;

namespace ClaudeBridge.Access;

/// <summary>Makes keys.</summary>
internal static class NewKey
{
    /// <summary>Tells people and secret scanners what it is.</summary>
    public const string Prefix = "cb_";

    private const int RandomBytes = 32;

    /// <summary>Whether it looks like one of these, which nobody can guess.</summary>
    public static bool IsLikeOne(string key) =>
        key.Length == Prefix.Length + Base64Url.GetEncodedLength(RandomBytes) && key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The prefix and 256 random bits, in letters that need no quoting anywhere.</summary>
    public static string Make() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
}
