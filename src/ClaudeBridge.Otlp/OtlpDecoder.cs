namespace ClaudeBridge.Otlp;

/// <summary>Reads the body of an export request, protobuf or JSON, into the same messages.</summary>
public static class OtlpDecoder
{
    /// <param name="body">The whole body after content decoding. Nothing of it is kept: the messages own their bytes.</param>
    /// <exception cref="MalformedPayloadException">The body as a whole cannot be read.</exception>
    public static DecodedExport Decode(Signal signal, OtlpEncoding encoding, ReadOnlyMemory<byte> body) =>
        throw new NotSupportedException();
}
