using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>Texts that try something, in every field that a client can fill, and every surface on which they come out.</summary>
public sealed partial class HostileTextTests
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static readonly HttpClient Reader = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    private static readonly string[] Lists =
    [
        "/api/sessions?service=*&limit=1000",
        "/api/traces?service=*&limit=1000",
        "/api/events?limit=1000",
        "/api/members?limit=1000",
        "/api/totals?by=user",
        "/api/totals?by=session,model",
        "/api/totals?by=tool,team,repository",
        "/api/export/sessions?service=*",
        "/api/export/traces?service=*",
        "/api/export/observations?service=*",
        "/api/export/events",
    ];

    private static readonly string[] Pages = ["/", "/?range=90d", "/turns?service=*", "/sessions?service=*", "/members", "/status"];

    private readonly List<string> _faults = [];

    [Theory]
    [InlineData("auto", "plain")]
    [InlineData("legacy", "json")]
    public async Task No_text_does_anything_wherever_it_stands_and_wherever_it_is_shown(string transport, string log)
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        langfuse.Edition = transport == "legacy" ? new("3.21.0") : langfuse.Edition;
        var settings = BridgeProcess.Settings(langfuse);
        settings["ClaudeBridge__Langfuse__Transport"] = transport;
        settings["ClaudeBridge__Log__Format"] = log;
        settings["Logging__LogLevel__Default"] = "Debug";
        await using var bridge = await BridgeProcess.StartAsync(settings);
        using (var client = new OtlpClient(bridge))
        {
            for (var number = 0; number < HostileTexts.All.Length; number++)
            {
                foreach (var request in HostileTexts.Requests(number))
                {
                    var answer = await client.SendAsync(request);
                    answer.Code.ShouldBeOneOf([200, 0], $"{request.Name} {request.Signal}: {answer.Text}");
                    Sound(answer.Text, request.Name);
                }
            }
        }

        await Wait.UntilAsync(
            "every text is delivered",
            async () =>
                langfuse.Table.Observations.Select(static row => row.SessionId).Distinct().Count() >= HostileTexts.All.Length
                && (await bridge.HealthAsync()).GetProperty("queue").GetProperty("undelivered").GetInt64() == 0,
            state: () => $"{langfuse.Table.SpanCount}; {bridge.Errors}"
        );
        foreach (var destination in (await bridge.HealthAsync()).GetProperty("destinations").EnumerateArray())
        {
            destination.GetProperty("deadLetters").GetInt64().ShouldBe(0, $"Langfuse refuses none of it: {langfuse.LastContentError}");
        }

        // What is looked at here does not depend on where it was sent.
        if (log == "plain")
        {
            await LookAtAnswersAsync(bridge);
            await LookAtPagesAsync(bridge);
            await SearchAsync(bridge);
            await LookAtCommandsAsync(bridge);
            await LookAtMetricsAsync(bridge);
        }

        (await bridge.TerminateAsync()).ShouldBe(0);
        OneLine(bridge.Errors, "the log", '\n');
        OneLine(bridge.Output, "the lines of turns", '\n');
        _faults.ShouldBeEmpty();
    }

    private async Task LookAtAnswersAsync(BridgeProcess bridge)
    {
        foreach (var path in Lists)
        {
            foreach (
                var format in path.Contains("export", StringComparison.Ordinal) ? (string[])["json", "csv", "ndjson"] : ["json", "csv"]
            )
            {
                var (status, type, text) = await GetAsync(bridge, $"{path}{(path.Contains('?') ? '&' : '?')}format={format}", html: false);
                if (status != 200)
                {
                    _faults.Add($"{path} as {format}: {status} {text[..Math.Min(300, text.Length)]}");
                    continue;
                }

                Check($"{path} as {format}", type, text);
            }
        }

        foreach (
            var path in (string[])
                ["/api/values", "/api/overview", "/api/status", "/api/v1/messages/aggregate", "/health", "/api/openapi.json"]
        )
        {
            var (status, type, text) = await GetAsync(bridge, path, html: false);
            if (status is not (200 or 400))
            {
                _faults.Add($"{path}: {status} {text}");
            }

            Check(path, type, text);
        }
    }

    private void Check(string path, string type, string text)
    {
        Sound(text, path);
        if (type.Contains("json", StringComparison.Ordinal) && !type.Contains("ndjson", StringComparison.Ordinal))
        {
            using var json = JsonDocument.Parse(text);
            Strings(json.RootElement, path);
        }
        else if (type.Contains("csv", StringComparison.Ordinal) && FormulaCell().Match(text) is { Success: true } cell)
        {
            _faults.Add($"{path}: a cell begins a formula: {cell.Value}");
        }
        else if (type.Contains("ndjson", StringComparison.Ordinal))
        {
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
            }
        }
    }

    /// <summary>No half of a character is in any string; reading one throws.</summary>
    private static void Strings(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            _ = Strict.GetBytes(element.GetString()!);
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                Strings(item, path);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                Strings(property.Value, path);
            }
        }
    }

    private async Task LookAtPagesAsync(BridgeProcess bridge)
    {
        var pages = Pages.ToHashSet(StringComparer.Ordinal);
        foreach (var list in (string[])["/turns?service=*", "/sessions?service=*"])
        {
            var (_, _, html) = await GetAsync(bridge, list, html: true);
            pages.UnionWith(Links().Matches(html).Select(static match => WebUtility.HtmlDecode(match.Groups["to"].Value)).Take(80));
        }

        foreach (var path in pages)
        {
            var (status, _, html) = await GetAsync(bridge, path, html: true);
            if (status != 200)
            {
                _faults.Add($"{path}: {status}");
            }

            Sound(html, path);
            foreach (var raw in (string[])["<script>alert", "<img src=x", "</title></style>", "href=\"javascript:", "<b>", "\u001b", "\0"])
            {
                if (html.Contains(raw, StringComparison.OrdinalIgnoreCase))
                {
                    _faults.Add($"{path}: {raw} stands there as it is: {Around(html, raw)}");
                }
            }

            foreach (Match turned in Turned().Matches(Attributes().Replace(html, "")))
            {
                _faults.Add($"{path}: a text that turns the direction stands outside of what is isolated: {turned.Value}");
                break;
            }
        }
    }

    private async Task SearchAsync(BridgeProcess bridge)
    {
        foreach (var text in HostileTexts.All)
        {
            var asked = Uri.EscapeDataString(text.Length > 400 ? text[..400] : text);
            foreach (
                var path in (string[])
                    [
                        $"/turns?q={asked}",
                        $"/sessions?q={asked}&user={asked}",
                        $"/?model={asked}&tool={asked}&repository={asked}",
                        $"/api/traces?q={asked}&service=*",
                        $"/api/sessions?user={asked}",
                        $"/api/events?session={asked}&name={asked}",
                        $"/api/traces?order={asked}&cursor={asked}",
                        $"/api/totals?by={asked}",
                        $"/api/export/traces?format=csv&q={asked}",
                    ]
            )
            {
                var (status, _, answer) = await GetAsync(bridge, path, html: !path.StartsWith("/api", StringComparison.Ordinal));
                if (status is not (200 or 400 or 404))
                {
                    _faults.Add($"{path}: {status} {answer[..Math.Min(200, answer.Length)]}");
                }
            }
        }
    }

    private async Task LookAtCommandsAsync(BridgeProcess bridge)
    {
        foreach (
            var arguments in (string[][])
                [
                    ["sessions"],
                    ["report", "--by", "user,model"],
                    ["report", "--by", "tool,repository", "--format", "markdown"],
                    ["queue", "list"],
                    ["queue", "show"],
                    .. HostileTexts
                        .All.Where(static text => !text.Contains('\0') && text.Length < 1000)
                        .Select(static text => (string[])["show", text, "--full"]),
                ]
        )
        {
            var shown = await BridgeCommand.InProcessAsync([.. arguments, "--data", bridge.Folder]);
            OneLine(shown.Out, string.Join(' ', arguments), '\n');
            OneLine(shown.Error, string.Join(' ', arguments), '\n');
        }
    }

    private async Task LookAtMetricsAsync(BridgeProcess bridge)
    {
        var (status, _, text) = await GetAsync(bridge, "/metrics", html: false);
        status.ShouldBe(200);
        Sound(text, "/metrics");
        foreach (var line in text.Split('\n'))
        {
            if (line.Length > 0 && !MetricLine().IsMatch(line))
            {
                _faults.Add($"/metrics: {line}");
            }
        }
    }

    /// <summary>Nothing a terminal or a reader of logs would obey.</summary>
    private void OneLine(string text, string where, params char[] allowed)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (TerminalText.IsUnseen(rune) && !(rune.Value is '\n' or '\r' && allowed.Length > 0))
            {
                _faults.Add($"{where}: U+{rune.Value:X4} in …{Around(text, rune.ToString())}…");
                return;
            }
        }
    }

    private void Sound(string text, string where)
    {
        if (text.Contains("\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd", StringComparison.Ordinal))
        {
            _faults.Add($"{where}: more is replaced than was broken");
        }
    }

    private static string Around(string text, string what)
    {
        var at = text.IndexOf(what, StringComparison.OrdinalIgnoreCase);
        return TerminalText.AppendEscaped(new StringBuilder(), text[Math.Max(0, at - 80)..Math.Min(text.Length, at + 40)]).ToString();
    }

    private static async Task<(int Status, string Type, string Text)> GetAsync(BridgeProcess bridge, string path, bool html)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{bridge.DashboardPort}{path}"));
        request.Headers.TryAddWithoutValidation("Accept", html ? "text/html" : "*/*");
        using var answer = await Reader.SendAsync(request);
        // Throws where it is no UTF-8.
        return (
            (int)answer.StatusCode,
            answer.Content.Headers.ContentType?.ToString() ?? "",
            Strict.GetString(await answer.Content.ReadAsByteArrayAsync())
        );
    }

    [GeneratedRegex("href=\"(?<to>/(?:sessions|traces)/[^\"]*)\"", RegexOptions.None, 5000)]
    private static partial Regex Links();

    /// <summary>A bare or quoted cell whose text begins a formula; numbers may begin with a sign.</summary>
    [GeneratedRegex("(?:^|,|\\n)\"?(?:[=@\\t]|[+-](?![0-9.]))[^,\\n]*", RegexOptions.None, 5000)]
    private static partial Regex FormulaCell();

    [GeneratedRegex("(?:=\"[^\"]*\")|<title>[^<]*</title>", RegexOptions.None, 5000)]
    private static partial Regex Attributes();

    /// <summary>A mark that turns the direction in a text that is neither in an isolating element nor a block of its own.</summary>
    [GeneratedRegex(
        "<(?!bdi|pre|code|p|blockquote|textarea|option|td|dd|h1|div)(?<in>[a-z0-9]+)[^<>]*>[^<]*[\\u202A-\\u202E\\u2066-\\u2069][^<]*",
        RegexOptions.None,
        5000
    )]
    private static partial Regex Turned();

    [GeneratedRegex(
        "^(?:# (?:HELP|TYPE|EOF|UNIT).*|[a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\]|\\\\.)*\",?)*\\})? [^ ]+(?: [0-9.]+)?)$",
        RegexOptions.None,
        5000
    )]
    private static partial Regex MetricLine();
}
