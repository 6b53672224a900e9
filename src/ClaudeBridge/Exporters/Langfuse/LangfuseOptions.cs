using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Where and how Langfuse is fed. Read from the section <c>ClaudeBridge:Langfuse</c>, then from <c>LANGFUSE_…</c> for what is not set there.</summary>
public sealed class LangfuseOptions : DeliveryOptions
{
    public const string Section = "ClaudeBridge:Langfuse";
    public const string DefaultHost = "https://cloud.langfuse.com";

    /// <summary>The project's public key (<c>pk-lf-…</c>). Also <c>LANGFUSE_PUBLIC_KEY</c>. Default: none, which means no Langfuse.</summary>
    public string? PublicKey { get; set; }

    /// <summary>The project's secret key (<c>sk-lf-…</c>). Also <c>LANGFUSE_SECRET_KEY</c>. Default: none, which means no Langfuse.</summary>
    public string? SecretKey { get; set; }

    /// <summary>Langfuse's base address, with a path where it is served under one. Also <c>LANGFUSE_BASE_URL</c> or <c>LANGFUSE_HOST</c>. Default: https://cloud.langfuse.com.</summary>
    public string? Host { get; set; }

    /// <summary>The environment of traces that do not name one. Also <c>LANGFUSE_TRACING_ENVIRONMENT</c>. Default: none, which Langfuse shows as <c>default</c>.</summary>
    public string? Environment { get; set; }

    /// <summary>The release of traces that do not name one. Also <c>LANGFUSE_RELEASE</c>. Default: none.</summary>
    public string? Release { get; set; }

    /// <summary>Sends the client's own cost. False leaves prices to Langfuse's model table. Default: true.</summary>
    public bool SendCost { get; set; } = true;

    /// <summary>Sends the figures of each session as scores. False leaves them out. Default: true.</summary>
    public bool SendScores { get; set; } = true;

    /// <summary>How traces are sent: <c>auto</c> asks the server for its version, <c>otlp</c> is for 3.22 and later, <c>legacy</c> is the ingestion API of older ones. Default: auto.</summary>
    public LangfuseTransport Transport { get; set; } = LangfuseTransport.Auto;

    /// <summary>The most bytes of an answer that are read. Default: 64 kB.</summary>
    [Range(256, 10_000_000)]
    public int MaxResponseBytes { get; set; } = 65_536;

    /// <summary>How long making a connection may take. Default: 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Lets the address be, or its name lead to, one that is link-local, a cloud's metadata service, unspecified or multicast. Behind a proxy the
    /// proxy's address counts, and that of the backend where it is given as a number. Default: false, and then nothing is sent there.
    /// </summary>
    public bool AllowLinkLocal { get; set; }

    /// <summary>Both keys are there.</summary>
    internal bool IsConfigured => PublicKey is not null && SecretKey is not null;

    /// <summary><see cref="Host"/> or the default, ending in a slash. Only valid options have one.</summary>
    internal Uri BaseAddress => LangfuseAddress.Parse(Host ?? DefaultHost, out _)!;
}
