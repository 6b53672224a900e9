using ClaudeBridge.BrowserTests.Fixtures;

namespace ClaudeBridge.BrowserTests;

/// <summary>Nothing else of these tests runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>How long the server takes over months of work, asked at the socket. Needs no browser.</summary>
[Collection(Alone.Name)]
public sealed class ServerTimeTests(BigBridge bridge)
{
    private const int Tries = 3;

    private static readonly TimeSpan s_allowed = TimeSpan.FromMilliseconds(200);

    private static readonly HttpClient s_client = new(new SocketsHttpHandler { UseProxy = false });

    [Fact]
    public async Task Every_page_answers_within_200_ms()
    {
        var big = await bridge.StartedAsync();
        await MeasureAsync(
            big,
            "/",
            "/?range=24h",
            "/?range=90d",
            "/?range=90d&team=payments&model=claude-opus-5-5",
            "/turns",
            "/turns?order=cost",
            "/turns?order=tokens&range=30d",
            "/turns?q=invoice",
            "/turns?q=nothinglikethis",
            "/turns?tool=Bash&failed=1",
            "/turns?model=claude-haiku-5-5&repository=ledger",
            "/sessions",
            "/sessions?order=cost",
            "/sessions?q=invoice",
            "/sessions?user=mia&range=30d",
            "/sessions?completeness=partial",
            $"/sessions/{big.Facts.Dearest.SessionId}",
            $"/traces/{big.TraceOf(big.Facts.Dearest)}",
            "/members",
            "/status"
        );
    }

    [Fact]
    public async Task Every_list_of_the_api_answers_within_200_ms()
    {
        var big = await bridge.StartedAsync();
        await MeasureAsync(
            big,
            "/api/sessions",
            "/api/sessions?limit=100",
            "/api/traces",
            "/api/traces?order=cost",
            "/api/traces?q=invoice",
            "/api/members",
            "/api/events",
            $"/api/events?session={big.Facts.Dearest.SessionId}",
            "/api/values",
            "/api/overview",
            "/api/totals?by=model",
            "/api/totals?by=user,day",
            "/api/totals?by=tool",
            "/api/totals?by=team,repository",
            "/api/status"
        );
    }

    [Fact]
    public async Task The_largest_trace_answers_within_a_second()
    {
        var big = await bridge.StartedAsync();
        await MeasureAsync(TimeSpan.FromSeconds(1), big, $"/traces/{big.TraceOf(big.Facts.Largest)}");
    }

    private static Task MeasureAsync(Big big, params string[] paths) => MeasureAsync(s_allowed, big, paths);

    /// <summary>
    /// One request to warm up, then several, each to its last byte. What is held to the limit is the processor time that the bridge spends on one:
    /// the time on the clock is shared with whatever else the machine does, such as the other test projects, and is only told.
    /// </summary>
    private static async Task MeasureAsync(TimeSpan allowed, Big big, params string[] paths)
    {
        var slow = new List<string>();
        foreach (var path in paths)
        {
            await AskAsync(big, path);
            var before = big.Bridge.ProcessorTime;
            var times = new List<TimeSpan>();
            for (var i = 0; i < Tries; i++)
            {
                times.Add(await AskAsync(big, path));
            }

            var spent = (big.Bridge.ProcessorTime - before) / Tries;
            var median = times.Order().ElementAt(Tries / 2);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{spent.TotalMilliseconds, 8:0.0} ms of processor, {median.TotalMilliseconds, 8:0.0} ms on the clock  {path}"
            );
            if (spent > allowed)
            {
                slow.Add($"{path}: {spent.TotalMilliseconds:0} ms");
            }
        }

        slow.ShouldBeEmpty($"slower than {allowed.TotalMilliseconds:0} ms");
    }

    /// <summary>How long an answer took, to its last byte.</summary>
    private static async Task<TimeSpan> AskAsync(Big big, string path)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(big.Address, path));
        request.Headers.Add("accept", path.StartsWith("/api/", StringComparison.Ordinal) ? "application/json" : "text/html");
        using var answer = await s_client.SendAsync(request);
        await answer.Content.ReadAsByteArrayAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"{(int)answer.StatusCode} for {path}");
        return TimeProvider.System.GetElapsedTime(began);
    }
}
