using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Brings texts into the forms that Langfuse keeps.</summary>
internal static class LangfuseText
{
    /// <summary>The longest session id, user id, tag or trace metadata value that every part of Langfuse takes.</summary>
    public const int MaxLength = 200;

    private const int MaxEnvironment = 40;
    private const int DigestLength = 16;

    private static readonly SearchValues<char> KeyCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
    );

    private static readonly SearchValues<char> EnvironmentCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>At most 200 printable ASCII characters; others become <c>?</c>.</summary>
    public static string Short(string text)
    {
        var ascii = Ascii(text);
        return ascii.Length <= MaxLength ? ascii : ascii[..MaxLength];
    }

    /// <summary>The same for an identifier: where something had to be changed, a digest of the whole keeps different ones different.</summary>
    public static string Identifier(string id)
    {
        var ascii = Ascii(id);
        if (ascii.Length <= MaxLength && ascii == id)
        {
            return id;
        }

        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))[..DigestLength];
        var room = MaxLength - DigestLength - 1;
        return $"{(ascii.Length <= room ? ascii : ascii[..room])}-{digest}";
    }

    /// <summary>Letters, digits and underscores: what Langfuse can filter by. Names that it drops are changed so that it keeps them.</summary>
    public static string Key(string key)
    {
        var clean = key.AsSpan().ContainsAnyExcept(KeyCharacters)
            ? string.Create(key.Length, key, static (to, from) => Replace(from, to, KeyCharacters))
            : key;
        return clean switch
        {
            "" => "_",
            "__proto__" or "constructor" or "prototype" => clean + "_",
            _ => clean,
        };
    }

    /// <summary>An environment as Langfuse files it: lower case, without its own prefix, at most 40 characters, and <c>default</c> when it has others than letters, digits, <c>-</c> and <c>_</c>.</summary>
    public static string Environment(string environment)
    {
        var name = environment.Trim().ToLowerInvariant();
        if (name.StartsWith("langfuse-", StringComparison.Ordinal) || name.StartsWith("langfuse_", StringComparison.Ordinal))
        {
            name = name["langfuse-".Length..];
        }

        name = name.Length <= MaxEnvironment ? name : name[..MaxEnvironment];
        return name.Length == 0 || name.AsSpan().ContainsAnyExcept(EnvironmentCharacters) ? "default" : name;
    }

    private static string Ascii(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? string.Create(
                text.Length,
                text,
                static (to, from) =>
                {
                    for (var i = 0; i < from.Length; i++)
                    {
                        to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
                    }
                }
            )
            : text;

    private static void Replace(string from, Span<char> to, SearchValues<char> allowed)
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = allowed.Contains(from[i]) ? from[i] : '_';
        }
    }
}
