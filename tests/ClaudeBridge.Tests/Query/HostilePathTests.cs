using System.Text;
using ClaudeBridge.Query;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Tests.Hosting;
using ClaudeBridge.Tests.Receivers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Query;

/// <summary>Every route that takes an id, and every parameter, with what is none: nothing fails, and no file is ever answered.</summary>
public sealed class HostilePathTests : IDisposable
{
    private static readonly string[] Pages =
    [
        "/sessions/{id}",
        "/traces/{id}",
        "/traces/{id}/observations/{id}",
        "/assets/{id}",
        "/turns/{id}",
        "/{id}",
        "/api/{id}",
        "/api/sessions/{id}/context",
        "/api/v1/otlp/{id}",
    ];

    private static readonly string[] Ids =
    [
        "..",
        "../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "%252e%252e%252fetc%252fpasswd",
        "..%5c..%5cwindows%5cwin.ini",
        "..;/",
        ".",
        "%00",
        "a%00.js",
        "%",
        "%zz",
        "%c0%ae%c0%ae%c0%af",
        "%ff%fe",
        "%ed%a0%80",
        "%e2%80%ae",
        "%0d%0aSet-Cookie:%20x=1",
        "%f0%9f%98%80",
        "\u00e9",
        "//example.com",
        "%20",
        "'%20OR%201=1--",
        "%22%20MATCH%20%22",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "{id}",
        "*",
        "00000000000000000000000000000000",
        "0000000000000000",
        "-1",
        "99999999999999999999",
        new('a', 3_000),
        new('a', 20_000),
    ];

    private const int ValuesOfParameter = 4;

    private static readonly int[] Allowed = [200, 204, 400, 404, 405, 414, 431];

    private readonly string _folder = Directory.CreateTempSubdirectory("claudebridge-paths-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task No_id_in_a_path_and_no_value_of_a_parameter_fails_or_leads_to_a_file()
    {
        await using var bridge = await RunningBridge.StartAsync(_folder);
        await bridge.SendAsync(Receivers.Some.Body(Otlp.Signal.Logs, Otlp.OtlpEncoding.Protobuf));
        await bridge.FeedAsync();
        var routes = ApiRoutes
            .Of(new QueryOptions(), bridge.Services.GetRequiredService<ClaudeBridge.Query.Answers.LiveStream>())
            .Where(static route => route.Path != "/api/live")
            .ToList();
        string[] paths =
        [
            .. Pages,
            .. routes
                .Select(static route => route.Path.Replace("{observationId}", "{id}", StringComparison.Ordinal))
                .Where(static path => path.Contains("{id}", StringComparison.Ordinal)),
        ];
        List<string> wrong = [];
        foreach (var id in Ids)
        {
            foreach (var path in paths)
            {
                await AskAsync(bridge, path.Replace("{id}", id, StringComparison.Ordinal), wrong);
            }
        }

        // Each parameter with some of them, and each of them with some parameter.
        var values = Ids.Where(static id => id.Length < 4_000).ToList();
        var next = 0;
        foreach (var route in routes)
        {
            foreach (var parameter in route.Parameters.Where(static parameter => !parameter.IsInPath))
            {
                for (var i = 0; i < ValuesOfParameter; i++)
                {
                    var name = parameter.Name + (parameter.IsPrefix ? "x" : "");
                    var path = route.Path.Replace("{id}", "x", StringComparison.Ordinal);
                    await AskAsync(bridge, $"{path}?{name}={values[next++ % values.Count]}", wrong);
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>By hand, since clients put paths in order before they send them.</summary>
    private static async Task AskAsync(RunningBridge bridge, string path, List<string> wrong)
    {
        using var connection = await RawConnection.OpenAsync(bridge.Dashboard.BaseAddress!.Port);
        await connection.SendAsync(
            Encoding.UTF8.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {(path.StartsWith("/api", StringComparison.Ordinal) ? "*/*" : "text/html")}\r\nConnection: close\r\n\r\n"
            )
        );
        var (status, headers, body) = await connection.ReadAnswerAsync();
        var text = Encoding.UTF8.GetString(body);
        if (
            !Allowed.Contains(status)
            || text.Contains("root:", StringComparison.Ordinal)
            || headers.Contains("\nSet-Cookie: x", StringComparison.OrdinalIgnoreCase)
            || (headers.Contains("text/html", StringComparison.Ordinal) && text.Contains("<script>alert", StringComparison.Ordinal))
        )
        {
            wrong.Add($"{path[..Math.Min(200, path.Length)]}: {status} {text[..Math.Min(200, text.Length)]}");
        }
    }
}
