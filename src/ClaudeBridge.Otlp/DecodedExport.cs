using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Otlp;

/// <summary>The three OTLP signals that are received.</summary>
public enum Signal : byte
{
    Logs = 1,
    Metrics = 2,
    Traces = 3,
}

/// <summary>The two encodings of an OTLP body. https://opentelemetry.io/docs/specs/otlp/#otlphttp-request</summary>
public enum OtlpEncoding : byte
{
    Protobuf = 1,
    Json = 2,
}

/// <summary>One export request, read: the message of its signal, and what had to be left out of it.</summary>
/// <remarks>Exactly one of <see cref="Logs"/>, <see cref="Metrics"/> and <see cref="Traces"/> is set, except <see cref="WithoutContent"/>. Read-only once decoded: several threads share it.</remarks>
public sealed class DecodedExport
{
    public required Signal Signal { get; init; }

    public ExportLogsServiceRequest? Logs { get; init; }

    public ExportMetricsServiceRequest? Metrics { get; init; }

    public ExportTraceServiceRequest? Traces { get; init; }

    /// <summary>Log records, spans or data points that were kept.</summary>
    public required int Accepted { get; init; }

    /// <summary>Log records, spans or data points that were left out because they break the protocol's rules.</summary>
    public int Rejected { get; init; }

    /// <summary>Why the first rejected record was rejected and what to do; set exactly when <see cref="Rejected"/> is above zero. Holds no value from the record.</summary>
    public string? RejectedReason { get; init; }

    /// <summary>False for <see cref="WithoutContent"/>.</summary>
    public bool HasContent => Logs is not null || Metrics is not null || Traces is not null;

    /// <summary>The counts alone, without the message: for whoever waits long with it.</summary>
    public DecodedExport WithoutContent() =>
        new()
        {
            Signal = Signal,
            Accepted = Accepted,
            Rejected = Rejected,
            RejectedReason = RejectedReason,
        };

    /// <summary>The message as a body in protobuf.</summary>
    public byte[] ToProtobuf() =>
        Signal switch
        {
            Signal.Logs => Logs!.ToByteArray(),
            Signal.Metrics => Metrics!.ToByteArray(),
            _ => Traces!.ToByteArray(),
        };
}

/// <summary>A body that cannot be read at all: the answer is 400 or INVALID_ARGUMENT.</summary>
/// <param name="message">What is wrong, in English, without any value from the body.</param>
/// <param name="field">Where: a path such as <c>resourceLogs[0].scopeLogs[0]</c>, or a byte offset.</param>
/// <param name="inner">The reader's own exception, where there is one.</param>
public sealed class MalformedPayloadException(string message, string field, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Where in the body: a path such as <c>resourceLogs[0].scopeLogs[0]</c>, or a byte offset; empty when unknown.</summary>
    public string Field { get; } = field;
}
