using System.Collections.Concurrent;
using ClaudeBridge.BrowserTests.Fixtures;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Browser))]
[assembly: AssemblyFixture(typeof(BigBridge))]

namespace ClaudeBridge.BrowserTests.Fixtures;

/// <summary>
/// One browser for all tests, started with the first of them. Each bridge and look has a profile of its own, and each visit a tab: opening a profile
/// takes the browser longer than most pages.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Chromium)>> _running = new(StartAsync);
    private readonly ConcurrentDictionary<(Uri, Look), Lazy<Task<IBrowserContext>>> _profiles = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_running.IsValueCreated)
        {
            var (driver, chromium) = await _running.Value;
            await chromium.DisposeAsync();
            driver.Dispose();
        }
    }

    /// <summary>Opens a tab on a bridge.</summary>
    internal async Task<Visit> VisitAsync(Uri bridge, Look? look = null)
    {
        var seen = look ?? Look.Light;
        var profile = _profiles.GetOrAdd((bridge, seen), key => new(() => ProfileAsync(key.Item1, key.Item2)));
        return new Visit(await (await profile.Value).NewPageAsync(), bridge, seen);
    }

    private async Task<IBrowserContext> ProfileAsync(Uri bridge, Look look)
    {
        var (_, chromium) = await _running.Value;
        var profile = await chromium.NewContextAsync(
            new BrowserNewContextOptions
            {
                BaseURL = bridge.ToString(),
                ColorScheme = look.Scheme,
                ViewportSize = new ViewportSize { Width = look.Width, Height = look.Height },
                HasTouch = look.Width < 500,
                JavaScriptEnabled = look.WithScript,
                ReducedMotion = ReducedMotion.Reduce,
                TimezoneId = "Europe/Berlin",
            }
        );
        profile.SetDefaultTimeout(30_000);
        return profile;
    }

    private static async Task<(IPlaywright, IBrowser)> StartAsync()
    {
        var driver = await Playwright.CreateAsync();
        var chromium = await driver.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium.Executable,
                // Chromium refuses to run as root with its sandbox; Playwright's own default leaves the sandbox off.
                ChromiumSandbox = !IsRoot,
                Args = ["--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"],
            }
        );
        return (driver, chromium);
    }

    private static bool IsRoot => OperatingSystem.IsLinux() && Environment.UserName == "root";
}
