using Microsoft.Playwright;

namespace ClaudeBridge.BrowserTests.Fixtures;

/// <summary>How a person looks at a page.</summary>
internal sealed record Look(string Name, int Width, int Height, ColorScheme Scheme)
{
    public static readonly Look Light = new("light", 1280, 800, ColorScheme.Light);
    public static readonly Look Dark = new("dark", 1280, 800, ColorScheme.Dark);

    /// <summary>As narrow as phones are.</summary>
    public static readonly Look Phone = new("phone", 360, 740, ColorScheme.Light);

    public bool WithScript { get; init; } = true;

    public static Look Named(string name) => new[] { Light, Dark, Phone }.Single(look => look.Name == name);
}
