namespace ClaudeBridge.Diagnostics;

/// <summary>The ports that somebody can knock at.</summary>
internal enum Door
{
    /// <summary>OTLP/gRPC, 4317.</summary>
    Grpc,

    /// <summary>OTLP/HTTP, 4318.</summary>
    Http,

    /// <summary>Dashboard, API and probes, 4319.</summary>
    Dashboard,
}
