using System.Diagnostics;
using System.Net;

namespace ClaudeBridge.Tests.Query;

/// <summary>Server-sent events, and questions that have to wait for their turn.</summary>
public sealed class LiveTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_change_is_told_to_whoever_follows()
    {
        var pages = new FakePages();
        await using var bridge = await QueryBridge.StartAsync(pages);
        using var answer = await bridge.SendAsync("/api/live");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        (await BlockAsync(reader)).ShouldBe(["retry: 2000", "event: change", "id: 7", "data: {\"version\":7}"]);
        pages.Change();
        (await BlockAsync(reader)).ShouldBe(["event: change", "id: 8", "data: {\"version\":8}"]);
    }

    [Fact]
    public async Task Many_changes_at_once_are_told_as_one()
    {
        var pages = new FakePages();
        await using var bridge = await QueryBridge.StartAsync(pages, ("Query:LiveInterval", "300ms"));
        using var answer = await bridge.SendAsync("/api/live");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await BlockAsync(reader);

        for (var i = 0; i < 1000; i++)
        {
            pages.Change();
        }

        var told = 1;
        while (!(await BlockAsync(reader)).Contains("id: 1007"))
        {
            told++;
        }

        told.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task A_quiet_connection_hears_a_heartbeat()
    {
        await using var bridge = await QueryBridge.StartAsync(new FakePages(), ("Query:Heartbeat", "100ms"));
        using var answer = await bridge.SendAsync("/api/live");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await BlockAsync(reader);

        (await BlockAsync(reader)).ShouldBe([": still here"]);
        (await BlockAsync(reader)).ShouldBe([": still here"]);
    }

    [Fact]
    public async Task Only_so_many_may_follow_and_one_who_leaves_makes_room()
    {
        await using var bridge = await QueryBridge.StartAsync(new FakePages(), ("Query:MaxListeners", "1"), ("Query:Heartbeat", "50ms"));
        using (await bridge.SendAsync("/api/live"))
        {
            (await bridge.ProblemAsync("/api/live")).Status.ShouldBe(503);
        }

        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var again = await bridge.SendAsync("/api/live");
            if (again.StatusCode == HttpStatusCode.OK)
            {
                break;
            }

            watch.Elapsed.ShouldBeLessThan(Soon);
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task The_end_of_the_bridge_does_not_wait_for_those_who_listen()
    {
        var bridge = await QueryBridge.StartAsync(new FakePages());
        using var answer = await bridge.SendAsync("/api/live");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await BlockAsync(reader);

        var watch = Stopwatch.StartNew();
        await bridge.DisposeAsync();

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await reader.ReadLineAsync().WaitAsync(Soon)).ShouldBeNull();
    }

    [Fact]
    public async Task Questions_beyond_the_limit_wait_and_those_beyond_the_queue_are_503()
    {
        var pages = new FakePages();
        await using var bridge = await QueryBridge.StartAsync(pages, ("Query:Concurrent", "1"), ("Query:MaxWaiting", "1"));
        pages.Open.Reset();

        var all = Enumerable.Range(0, 5).Select(_ => bridge.SendAsync("/api/sessions")).ToList();
        var refused = 0;
        while (refused < 3)
        {
            var first = await Task.WhenAny(all).WaitAsync(Soon);
            all.Remove(first);
            using var answer = await first;
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answer.Headers.RetryAfter.ShouldNotBeNull();
            refused++;
        }

        pages.Open.Set();
        foreach (var answer in await Task.WhenAll(all).WaitAsync(Soon))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Dispose();
        }
    }

    [Fact]
    public async Task One_that_waits_too_long_is_503()
    {
        var pages = new FakePages();
        await using var bridge = await QueryBridge.StartAsync(pages, ("Query:Concurrent", "1"), ("Query:WaitAtMost", "100ms"));
        pages.Open.Reset();

        var all = Enumerable.Range(0, 2).Select(_ => bridge.SendAsync("/api/sessions")).ToList();
        using var refused = await (await Task.WhenAny(all).WaitAsync(Soon));
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        pages.Open.Set();
        (await Task.WhenAll(all).WaitAsync(Soon)).Select(static answer => answer.StatusCode).ShouldContain(HttpStatusCode.OK);
    }

    /// <summary>The lines up to the next empty one.</summary>
    private static async Task<List<string>> BlockAsync(StreamReader reader)
    {
        List<string> lines = [];
        while (await reader.ReadLineAsync().WaitAsync(Soon) is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        return lines;
    }
}
