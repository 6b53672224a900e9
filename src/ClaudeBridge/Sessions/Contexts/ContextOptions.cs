using System.ComponentModel.DataAnnotations;

namespace ClaudeBridge.Sessions.Contexts;

/// <summary>What callers may say of a session, and which turn is meant by "now".</summary>
public sealed class ContextOptions
{
    public const string Section = "ClaudeBridge:Context";

    /// <summary>The most keys of one session. Default: 32.</summary>
    [Range(1, 1000)]
    public int MaxKeys { get; set; } = 32;

    /// <summary>The largest body in bytes. Default: 64 KiB.</summary>
    [Range(256, 16 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 64 * 1024;

    /// <summary>A turn that began so little before is the one that was meant: the hook runs just after the prompt was submitted. Default: 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How far a session's last record may be from now for its clock to be believed; beyond it "now" is just after that record. Default: 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan Recent { get; set; } = TimeSpan.FromMinutes(10);
}
