using ClaudeBridge.Otlp;

namespace ClaudeBridge.Benchmarks.Load;

/// <summary>How requests are framed and encoded.</summary>
internal sealed record WireProtocol(string Name, OtlpEncoding Encoding, bool IsGrpc, bool IsGzip)
{
    public static readonly WireProtocol[] All =
    [
        new("http-protobuf", OtlpEncoding.Protobuf, IsGrpc: false, IsGzip: false),
        new("http-json", OtlpEncoding.Json, IsGrpc: false, IsGzip: false),
        new("http-protobuf-gzip", OtlpEncoding.Protobuf, IsGrpc: false, IsGzip: true),
        new("http-json-gzip", OtlpEncoding.Json, IsGrpc: false, IsGzip: true),
        new("grpc", OtlpEncoding.Protobuf, IsGrpc: true, IsGzip: false),
        new("grpc-gzip", OtlpEncoding.Protobuf, IsGrpc: true, IsGzip: true),
    ];

    public static WireProtocol Of(string name) => Array.Find(All, protocol => protocol.Name == name)!;
}

/// <summary>What a load run does.</summary>
internal sealed record LoadSettings
{
    public required Uri Endpoint { get; init; }

    public required WireProtocol Protocol { get; init; }

    /// <summary>Before <c>/v1/logs</c>; not used over gRPC.</summary>
    public string PathPrefix { get; init; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public int RecordsPerRequest { get; init; } = 100;

    public int Connections { get; init; } = 16;

    /// <summary>Sending before anything is measured. Without a schedule and with <see cref="TargetId"/>: CPU time of the target.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Records per second on a fixed schedule; null sends as fast as answers come.</summary>
    public double? Rate { get; init; }

    /// <summary>Users at work at one time, one session each.</summary>
    public int Sessions { get; init; } = 200;

    public int TurnsPerSession { get; init; } = 20;

    /// <summary>The process whose CPU time and memory are measured.</summary>
    public int? TargetId { get; init; }

    /// <summary>How long at most to wait, after the last answer, for the target to come to rest; its work then counts too.</summary>
    public TimeSpan Drain { get; init; }

    /// <summary>How long the target must have done next to nothing to be at rest.</summary>
    public TimeSpan DrainQuiet { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public ulong Seed { get; init; }

    /// <summary>Bytes of compressed bodies that are prepared before the start.</summary>
    public long PreparedBytes { get; init; } = 256L * 1024 * 1024;
}
