using ClaudeBridge.Otlp;

namespace ClaudeBridge.Cli.Replay;

/// <summary>One export request out of a recording, as a client would send it after content decoding.</summary>
/// <param name="Source">The file, with a line number where the file holds several: for messages.</param>
internal sealed record RecordedRequest(Signal Signal, OtlpEncoding Encoding, ReadOnlyMemory<byte> Body, string Source);

/// <summary>A file, or a line of one, that is left out of a replay.</summary>
internal sealed record UnreadableInput(string Source, string Why);

/// <summary>One file of a recording. <see cref="Bytes"/> is its size on disk.</summary>
internal sealed record RecordingFile(string Path, RecordingFileKind Kind, Signal? Signal, bool IsCompressed, long Bytes);

internal enum RecordingFileKind
{
    /// <summary>One OTLP/JSON object a line, as the file exporter of the OpenTelemetry Collector writes them.</summary>
    Lines,

    /// <summary>One OTLP/JSON body.</summary>
    Json,

    /// <summary>One OTLP protobuf body, without a gRPC frame.</summary>
    Protobuf,
}
