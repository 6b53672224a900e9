using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ClaudeBridge.Exporters;

/// <summary>What was sent, in short: the first half of SHA-256 over an encoded observation.</summary>
internal readonly record struct ContentHash(UInt128 Value)
{
    /// <summary>Its length.</summary>
    public const int Bytes = 16;

    public static ContentHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, digest);
        return FromBytes(digest);
    }

    public static ContentHash FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public byte[] ToBytes()
    {
        var bytes = new byte[Bytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }
}
