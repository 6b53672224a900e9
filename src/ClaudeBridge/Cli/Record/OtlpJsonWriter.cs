using ClaudeBridge.Otlp;

namespace ClaudeBridge.Cli.Record;

internal static class OtlpJsonWriter
{
    public static byte[] Write(DecodedExport export) => throw new NotSupportedException();
}
