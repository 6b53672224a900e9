namespace ClaudeBridge.Cli.Replay;

/// <summary>What a person asked <c>replay</c> to do.</summary>
internal sealed record ReplayRequest
{
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Null means a throw-away folder.</summary>
    public string? Data { get; init; }

    /// <summary>Whose <c>appsettings.json</c> counts.</summary>
    public required string SettingsFolder { get; init; }

    public required TimeSpan DeliverTimeout { get; init; }

    public required bool Deliver { get; init; }

    /// <summary>The kept result to compare with, or to write when <see cref="Update"/> is set; null for neither.</summary>
    public string? Expect { get; init; }

    public bool Update { get; init; }
}
