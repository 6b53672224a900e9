using System.Net;
using System.Text.RegularExpressions;
using ClaudeBridge.Otlp;
using ClaudeBridge.Tests.Receivers;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Dashboard;

/// <summary>Walks through the whole dashboard over what real clients sent.</summary>
public sealed partial class CrawlTests
{
    /// <summary>Pages that are looked at; filters lead to more combinations than anybody has.</summary>
    private const int MaxPages = 400;

    [Fact]
    public async Task Every_link_leads_to_a_page()
    {
        await using var bridge = await DashboardBridge.StartAsync(pages: null);
        foreach (var request in Recording.Names.SelectMany(static name => Recording.Open(name).Requests))
        {
            using var answer = await bridge.Bridge.Http.PostAsync(
                "/v1/" + request.Signal.ToString().ToLowerInvariant(),
                request.Body,
                request.Encoding == OtlpEncoding.Json ? HttpSending.Json : HttpSending.Protobuf
            );
        }

        await bridge.Bridge.FeedAsync();
        var seen = new HashSet<string>(StringComparer.Ordinal) { "/" };
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        var pending = new Queue<string>(["/", "/?range=90d", "/sessions?service=*"]);
        var looked = 0;
        while (looked < MaxPages && pending.TryDequeue(out var path))
        {
            // Of each kind of page as many as of any other.
            var kind =
                Kind().Replace(path.Split('?')[0], "*")
                + (
                    path.Contains('?')
                        ? "?" + string.Join('&', path.Split('?')[1].Split('&').Select(static pair => pair.Split('=')[0]))
                        : ""
                );
            if ((kinds[kind] = kinds.GetValueOrDefault(kind) + 1) > 8)
            {
                continue;
            }

            looked++;
            using var answer = await bridge.GetAsync(path);
            var page = await answer.Content.ReadAsStringAsync();
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            foreach (Match link in Links().Matches(page))
            {
                var to = WebUtility.HtmlDecode(link.Groups["to"].Value);
                if (to[0] == '#' || to.Contains('#'))
                {
                    if (to[0] == '#')
                    {
                        page.ShouldContain($"id=\"{to[1..]}\"", customMessage: $"{to} on {path}");
                    }

                    to = to.Split('#')[0];
                }

                to.ShouldNotStartWith("http");
                if (to.Length > 0 && seen.Add(to))
                {
                    pending.Enqueue(to);
                }
            }
        }

        looked.ShouldBeGreaterThan(60);
        kinds.Keys.ShouldContain("/traces/*/observations/*");
        kinds.Keys.ShouldContain("/sessions/*");
    }

    [Fact]
    public async Task A_newcomer_finds_the_most_expensive_prompt_and_the_failing_tool()
    {
        await using var bridge = await DashboardBridge.StartAsync(pages: null);
        foreach (
            var request in new[] { "2.1.329-subagent-http-json", "2.1.329-tool-failure-http-json" }.SelectMany(static name =>
                Recording.Open(name).Requests
            )
        )
        {
            using var answer = await bridge.Bridge.Http.PostAsync(
                "/v1/" + request.Signal.ToString().ToLowerInvariant(),
                request.Body,
                HttpSending.Json
            );
        }

        await bridge.Bridge.FeedAsync();

        var dearest = await bridge.PageAsync("/turns?order=cost");
        dearest
            .IndexOf("Find all routes and all tables", StringComparison.Ordinal)
            .ShouldBeInRange(0, dearest.IndexOf("</tr>", dearest.IndexOf("<tbody>", StringComparison.Ordinal), StringComparison.Ordinal));
        var overview = await bridge.PageAsync("/?from=2026-01-01&to=2027-01-01");
        var failed = FailedTool().Match(overview);
        failed.Success.ShouldBeTrue("the overview leads to the turns in which a tool failed");
        var turns = await bridge.PageAsync(WebUtility.HtmlDecode(failed.Groups["to"].Value));
        turns.ShouldContain("badge error");
    }

    [GeneratedRegex(" href=\"(?<to>[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Links();

    [GeneratedRegex("<a class=\"bad\" href=\"(?<to>[^\"]*tool=[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FailedTool();

    [GeneratedRegex("(?<=/(sessions|traces|observations)/)[^/]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Kind();
}
