using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace ClaudeBridge.Access;

/// <summary>What a login cookie holds: which key it was made with and until when, signed. Neither key nor hash can be had from it.</summary>
/// <remarks>0 salt (16 bytes)   16 id of the key (16)   32 expiry, Unix seconds, big-endian (8)   40 HMAC-SHA256 of bytes 0 to 39 (32); as base64url.</remarks>
internal readonly record struct LoginToken(string Salt, string KeyId, DateTimeOffset Expires)
{
    private const int SaltLength = 16;
    private const int KeyIdLength = 16;
    private const int SignedLength = SaltLength + KeyIdLength + 8;
    private const int Length = SignedLength + HMACSHA256.HashSizeInBytes;

    public static string Make(ReadOnlySpan<byte> secret, KeyHash key, DateTimeOffset expires)
    {
        Span<byte> token = stackalloc byte[Length];
        RandomNumberGenerator.Fill(token[..SaltLength]);
        IdOf(secret, key).CopyTo(token[SaltLength..]);
        BinaryPrimitives.WriteInt64BigEndian(token[(SaltLength + KeyIdLength)..], expires.ToUnixTimeSeconds());
        HMACSHA256.HashData(secret, token[..SignedLength], token[SignedLength..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>False when it was not signed with this secret. Says nothing of the expiry.</summary>
    public static bool TryRead(ReadOnlySpan<byte> secret, string text, out LoginToken token)
    {
        token = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (
            text.Length != Base64Url.GetEncodedLength(Length)
            // Decoding answers a wrong length with false, and a letter that is none with an exception.
            || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, bytes, out var written)
            || written != Length
            || !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, bytes[..SignedLength]), bytes[SignedLength..])
        )
        {
            return false;
        }

        var seconds = BinaryPrimitives.ReadInt64BigEndian(bytes[(SaltLength + KeyIdLength)..]);
        token = new(
            Convert.ToHexStringLower(bytes[..SaltLength]),
            Convert.ToHexStringLower(bytes.Slice(SaltLength, KeyIdLength)),
            DateTimeOffset.FromUnixTimeSeconds(seconds)
        );
        return true;
    }

    public bool IsOf(ReadOnlySpan<byte> secret, KeyHash key) =>
        CryptographicOperations.FixedTimeEquals(Convert.FromHexString(KeyId), IdOf(secret, key));

    private static byte[] IdOf(ReadOnlySpan<byte> secret, KeyHash key) => HMACSHA256.HashData(secret, key.Bytes)[..KeyIdLength];
}
