namespace ClaudeBridge.Otlp.Compression;

/// <summary>A growing buffer with an upper limit.</summary>
/// <param name="expected">How many bytes will probably come; when right, nothing is copied.</param>
internal sealed class InflatedBuffer(int expected, int maxBytes)
{
    private const int MinCapacity = 256;

    private byte[] _bytes = new byte[expected];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="InflatedTooLargeException">The stream holds more than fits below the limit.</exception>
    public void Fill(Stream source)
    {
        Span<byte> more = stackalloc byte[1];
        while (true)
        {
            while (Length < _bytes.Length)
            {
                var read = source.Read(_bytes, Length, _bytes.Length - Length);
                if (read == 0)
                {
                    return;
                }

                Length += read;
            }

            if (source.Read(more) == 0)
            {
                return;
            }

            if (Length >= maxBytes)
            {
                throw new InflatedTooLargeException(maxBytes);
            }

            Array.Resize(ref _bytes, (int)Math.Min(Math.Max(_bytes.Length * 2L, MinCapacity), maxBytes));
            _bytes[Length++] = more[0];
        }
    }

    public byte[] ToArray() => _bytes.Length == Length ? _bytes : Written.ToArray();
}
