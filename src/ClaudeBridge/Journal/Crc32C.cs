using System.Buffers.Binary;
using System.Numerics;

namespace ClaudeBridge.Journal;

/// <summary>CRC-32C (Castagnoli), the checksum of RFC 3720, by the processor's own instruction where there is one.</summary>
internal static class Crc32C
{
    private const uint Inversion = uint.MaxValue;

    public static uint Of(ReadOnlySpan<byte> data) => Of(data, []);

    /// <summary>The checksum of two pieces as if they were one.</summary>
    public static uint Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => Add(Add(Inversion, first), second) ^ Inversion;

    private static uint Add(uint state, ReadOnlySpan<byte> data)
    {
        while (data.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var value in data)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }
}
