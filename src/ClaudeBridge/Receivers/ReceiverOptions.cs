using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Receivers;

/// <summary>Where the bridge listens, who may speak to it, and how much it takes at once.</summary>
internal sealed class ReceiverOptions
{
    public const string Section = "ClaudeBridge:Receivers";

    /// <summary>
    /// The address to listen on: <c>localhost</c> (127.0.0.1 and ::1), an IP address, or <c>*</c> for every interface. Default: localhost.
    /// Environment: OTLP_RECEIVER_HOST. Anything but loopback needs a key.
    /// </summary>
    [Required]
    public string Host { get; set; } = "localhost";

    /// <summary>OTLP/gRPC. Default: 4317; 0 takes a free port.</summary>
    [Range(0, 65535)]
    public int GrpcPort { get; set; } = 4317;

    /// <summary>OTLP/HTTP and <c>/health</c>. Default: 4318; 0 takes a free port. Environment: OTLP_RECEIVER_PORT.</summary>
    [Range(0, 65535)]
    public int HttpPort { get; set; } = 4318;

    /// <summary>Dashboard, API and probes. Default: 4319; 0 takes a free port.</summary>
    [Range(0, 65535)]
    public int DashboardPort { get; set; } = 4319;

    /// <summary>The key that senders show as <c>Authorization: Bearer</c> or <c>x-api-key</c>. Default: none. Environment: API_KEY.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Further keys that are as good, for changing keys without a gap or one key a team. Default: none.</summary>
    public IList<string> ApiKeys { get; set; } = [];

    /// <summary>Listen beyond loopback without any key: everyone who reaches the port may send and read. Default: false.</summary>
    public bool AllowUnauthenticatedRemoteAccess { get; set; }

    /// <summary>
    /// Host names that requests may be addressed to. On loopback: besides localhost, 127.0.0.1, [::1] and host.docker.internal.
    /// Beyond it: only these, or any when empty. Without a port. Default: empty.
    /// </summary>
    public IList<string> AllowedHosts { get; set; } = [];

    /// <summary>
    /// Paths that <c>/v1/logs</c>, <c>/v1/metrics</c> and <c>/v1/traces</c> are served behind as well, for clients that are set up for another collector; separated by
    /// commas. Default: <c>/api/v1/otlp</c>; <c>none</c> for none.
    /// </summary>
    public string PathPrefixes { get; set; } = "/api/v1/otlp";

    /// <summary>The largest body, in bytes, checked before and after decompression. Default: 64 MiB; a third of <see cref="MaxInFlightBytes"/> where there is little memory.</summary>
    [Range(1024, 512 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Bytes of all bodies held at one time; a sender that comes when it is used up is told to try again. The last quarter is for bodies up to 64 KiB alone. As much
    /// again is there for reading them: eight times the size of each, of a large one eight times a part (a thirty-second of this) or three times the whole. Bodies that
    /// stall give way when there is no room. Where the whole heap holds twice this and 256 MiB, bodies above 64 KiB are refused as well. At least three times <see cref="MaxBodyBytes"/>: one compressed body needs two at the worst.
    /// Default: 256 MiB; less where there is less than 1.7 GiB of memory: 13 MiB in a container of 128 MiB, and all other bounds on memory in proportion.
    /// </summary>
    [Range(4 * 1024L, 64L * 1024 * 1024 * 1024)]
    public long MaxInFlightBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>
    /// Messages in one body: resources, scopes, records, attributes, values. An empty one is two bytes on the wire and some hundred in memory, so that the size
    /// alone bounds nothing. Default: 1 000 000; less where there is little memory: 300 000 in a container of 128 MiB.
    /// </summary>
    [Range(1000, 100_000_000)]
    public int MaxMessages { get; set; } = 1_000_000;

    /// <summary>
    /// Connections open at one time over all ports; fewer where the system gives fewer file descriptors. When there are as many, the one that has kept the bridge waiting
    /// the longest is closed for the next; first those by which no request ever came. Default: 4096.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 4096;

    /// <summary>Bytes of a request that may wait in memory on one connection until the bridge reads them. Default: 256 KiB.</summary>
    [Range(32 * 1024, 64 * 1024 * 1024)]
    public int ConnectionBufferBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// How long a client may keep the bridge waiting: for the first whole request on a new connection, for the body of each request (a quarter of it for its headers), and
    /// while it takes nothing of an answer. Exporters give up after 10 s themselves; larger bodies over slow links need more. Default: 20 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the journal may take to store an export before the sender is told to try again. Default: 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan AppendTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Memory in bytes in which exports over gRPC wait for a disk that takes nothing (full, failing, read-only): their senders would not send them again. What
    /// does not fit is refused at once; the last quarter is for small exports. 0 holds nothing. Default: 32 MiB; less where there is little memory.
    /// </summary>
    [Range(0L, 64L * 1024 * 1024 * 1024)]
    public long ReserveBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>How long a call over gRPC is held so that names no deadline of its own; one that does is held until shortly before it. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan HoldFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The least delay a sender is asked to wait before it tries again; up to twice this, at random, so that not all come back at once. Default: 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:15")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(2);
}
