using ClaudeBridge.BrowserTests.Fixtures;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Browser))]
[assembly: AssemblyFixture(typeof(BigBridge))]

namespace ClaudeBridge.BrowserTests.Fixtures;

/// <summary>One browser for all tests, started with the first of them; each visit has a profile of its own.</summary>
public sealed class Browser : IAsyncLifetime
{
    private readonly Lazy<Task<(IPlaywright Driver, IBrowser Chromium)>> _running = new(StartAsync);

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

    /// <summary>Opens a window on a bridge.</summary>
    internal async Task<Visit> VisitAsync(Uri bridge, Look? look = null)
    {
        var (_, chromium) = await _running.Value;
        return await Visit.StartAsync(chromium, bridge, look ?? Look.Light);
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
