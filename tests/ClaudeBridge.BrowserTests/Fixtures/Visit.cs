using ClaudeBridge.Tests.StandIns;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace ClaudeBridge.BrowserTests.Fixtures;

/// <summary>One tab on a bridge, which notes whatever no page may do: errors in the console, exceptions, requests to anywhere else.</summary>
internal sealed class Visit : IAsyncDisposable
{
    /// <summary>Set to anything, pictures of all pages are kept.</summary>
    private const string Pictures = "CLAUDEBRIDGE_PICTURES";

    private readonly Uri _bridge;
    private readonly Look _look;
    private readonly List<string> _troubles = [];

    public Visit(IPage page, Uri bridge, Look look)
    {
        (Page, _bridge, _look) = (page, bridge, look);
        Watch();
    }

    public IPage Page { get; }

    /// <summary>What the pages did that no page may do.</summary>
    public IReadOnlyList<string> Troubles
    {
        get
        {
            lock (_troubles)
            {
                return [.. _troubles];
            }
        }
    }

    /// <summary>The path and the query of where it is.</summary>
    public string Address => new Uri(Page.Url).PathAndQuery;

    /// <summary>Goes to a path and returns the status.</summary>
    public async Task<int> GoAsync(string path) =>
        (await Page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.Load }))!.Status;

    /// <summary>The violations of WCAG 2.0 and 2.1, levels A and AA, one line each.</summary>
    public async Task<IReadOnlyList<string>> AccessibilityAsync()
    {
        var found = await Page.RunAxe(
            new AxeRunOptions
            {
                RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] },
            }
        );
        return
        [
            .. found.Violations.Select(static violation =>
                $"{violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Take(3).Select(static node => node.Html))} ({violation.Nodes.Length})"
            ),
        ];
    }

    /// <summary>Pixels by which the page is wider than its window, and what sticks out most.</summary>
    public async Task<string?> OverflowAsync()
    {
        var found = await Page.EvaluateAsync<string>(
            """
            () => {
              const width = document.documentElement.clientWidth;
              const over = document.documentElement.scrollWidth - width;
              if (over <= 0) return '';
              const wide = [...document.querySelectorAll('body *')]
                .filter(one => one.getBoundingClientRect().right > width + 1)
                .map(one => one.tagName.toLowerCase() + '.' + one.className);
              return over + ' px: ' + wide.slice(0, 5).join(', ');
            }
            """
        );
        return found.Length == 0 ? null : found;
    }

    /// <summary>Keeps a picture for people's eyes, when somebody asks for it: a hundred of them take longer than most tests.</summary>
    /// <param name="whole">Also what is below the window.</param>
    public async Task PictureAsync(string name, bool whole = true)
    {
        if (Environment.GetEnvironmentVariable(Pictures) is not { Length: > 0 })
        {
            return;
        }

        var folder = Path.Combine(Recording.RepositoryRoot, "artifacts", "screenshots");
        Directory.CreateDirectory(folder);
        var suffix = _look.WithScript ? "" : "-noscript";
        await Page.ScreenshotAsync(
            new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}-{_look.Name}{suffix}.png"), FullPage = whole }
        );
    }

    public async ValueTask DisposeAsync() => await Page.CloseAsync();

    private void Watch()
    {
        Page.Console += (_, message) =>
        {
            // The browser itself says so of a page that answers 404; the status is looked at where it matters.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                Note($"console: {message.Text}");
            }
        };
        Page.PageError += (_, error) => Note($"exception: {error}");
        Page.Dialog += async (_, dialog) =>
        {
            Note($"dialog: {dialog.Message}");
            await dialog.DismissAsync();
        };
        Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("data:", StringComparison.Ordinal) && new Uri(request.Url).Authority != _bridge.Authority)
            {
                Note($"request to {request.Url}");
            }
        };
        Page.Response += (_, response) =>
        {
            if (response.Status >= 400 && response.Request.ResourceType != "document")
            {
                Note($"{response.Status} for {response.Url}");
            }
        };
    }

    private void Note(string trouble)
    {
        lock (_troubles)
        {
            _troubles.Add(trouble);
        }
    }
}
