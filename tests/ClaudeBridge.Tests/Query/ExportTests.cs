using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClaudeBridge.Tests.Query;

/// <summary>Everything that matches, in each format; and CSV that says what JSON says.</summary>
public sealed class ExportTests : IAsyncLifetime
{
    private readonly FakePages _pages = new();
    private QueryBridge _bridge = null!;

    public async ValueTask InitializeAsync() => _bridge = await QueryBridge.StartAsync(_pages);

    public ValueTask DisposeAsync() => _bridge.DisposeAsync();

    [Theory]
    [InlineData("sessions", 25)]
    [InlineData("traces", 50)]
    [InlineData("observations", 50)]
    [InlineData("events", 12)]
    public async Task Every_format_holds_the_same_rows(string what, int count)
    {
        var json = await _bridge.JsonAsync($"/api/export/{what}");
        var lines = (await _bridge.TextAsync($"/api/export/{what}?format=ndjson")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var csv = CsvReading.Rows(await _bridge.TextAsync($"/api/export/{what}?format=csv"));

        var items = json.GetProperty("items").EnumerateArray().ToList();
        items.Count.ShouldBe(count);
        json.GetProperty("truncated").GetBoolean().ShouldBeFalse();
        json.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
        lines
            .Select(static line => JsonDocument.Parse(line).RootElement.GetRawText())
            .ShouldBe(items.Select(static item => item.GetRawText()));
        csv.Count.ShouldBe(count);
        foreach (var (row, item) in csv.Zip(items))
        {
            ShouldSayTheSame(row, item);
        }
    }

    [Theory]
    [InlineData("sessions")]
    [InlineData("traces")]
    [InlineData("events")]
    public async Task A_list_as_csv_says_what_it_says_as_json(string what)
    {
        var items = (await _bridge.JsonAsync($"/api/{what}")).GetProperty("items").EnumerateArray().ToList();
        var csv = CsvReading.Rows(await _bridge.TextAsync($"/api/{what}?format=csv"));

        csv.Count.ShouldBe(items.Count);
        foreach (var (row, item) in csv.Zip(items))
        {
            ShouldSayTheSame(row, item);
        }
    }

    [Fact]
    public async Task A_text_that_a_spreadsheet_would_run_gets_a_quote_and_numbers_stay_numbers()
    {
        string[] starts = ["=", "+", "-", "@", "\uFF1D"];
        _pages.AllSessions =
        [
            .. starts.Select(static (start, n) => FakePages.Session("s" + n, "red", -n) with { Title = start + "1+1", UserId = start }),
        ];

        var rows = CsvReading.Rows(await _bridge.TextAsync("/api/export/sessions?format=csv"));

        rows.Select(static row => row["title"]).ShouldBe(starts.Select(static start => $"'{start}1+1"));
        rows.Select(static row => row["userId"]).ShouldBe(starts.Select(static start => "'" + start));
        rows[3]["usage.input"].ShouldBe("-3");
    }

    [Fact]
    public async Task An_export_that_is_cut_says_so_and_goes_on_where_it_ended()
    {
        var json = await _bridge.JsonAsync("/api/export/sessions?limit=10");
        json.GetProperty("items").GetArrayLength().ShouldBe(10);
        json.GetProperty("truncated").GetBoolean().ShouldBeTrue();
        var next = json.GetProperty("next").GetString();

        var lines = (await _bridge.TextAsync("/api/export/sessions?limit=10&format=ndjson")).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
        lines.Length.ShouldBe(11);
        lines[^1].ShouldBe($$"""{"truncated":true,"next":"{{next}}"}""");

        var csv = CsvReading.Records(await _bridge.TextAsync("/api/export/sessions?limit=10&format=csv"));
        csv[^1].ShouldBe(["# truncated; go on with cursor=" + next]);

        var rest = await _bridge.JsonAsync("/api/export/sessions?cursor=" + next);
        rest.GetProperty("items")
            .EnumerateArray()
            .Select(static item => item.GetProperty("sessionId").GetString())
            .ShouldBe(_pages.AllSessions.Skip(10).Select(static row => row.SessionId));
    }

    [Fact]
    public async Task It_goes_page_by_page()
    {
        _pages.AllSessions = [.. Enumerable.Range(0, 1234).Select(static n => FakePages.Session($"s{n:0000}", "red", n))];

        (await _bridge.JsonAsync("/api/export/sessions")).GetProperty("items").GetArrayLength().ShouldBe(1234);
        _pages.Page!.Limit.ShouldBe(500);
        _pages.Page.Cursor.ShouldBe("1000");
    }

    [Fact]
    public async Task It_is_a_file_with_a_name()
    {
        using var answer = await _bridge.SendAsync("/api/export/traces?format=csv");

        var disposition = answer.Content.Headers.ContentDisposition.ShouldNotBeNull();
        disposition.DispositionType.ShouldBe("attachment");
        Regex
            .IsMatch(
                disposition.FileName!.Trim('"'),
                @"^claudebridge-traces-\d{8}T\d{6}Z\.csv$",
                RegexOptions.None,
                TimeSpan.FromSeconds(1)
            )
            .ShouldBeTrue();
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/csv; charset=utf-8; header=present");
    }

    [Fact]
    public async Task One_that_fails_on_the_way_does_not_pass_for_a_whole_one()
    {
        _pages.AllSessions = [.. Enumerable.Range(0, 2000).Select(static n => FakePages.Session($"s{n:0000}", "red", n))];
        _pages.FailAfter = 2;

        using var answer = await _bridge.SendAsync("/api/export/sessions?format=csv");

        answer.IsSuccessStatusCode.ShouldBeTrue();
        await Should.ThrowAsync<HttpRequestException>(() => answer.Content.ReadAsStringAsync());
    }

    /// <summary>Every value of the JSON is in the column named by its path.</summary>
    private static void ShouldSayTheSame(Dictionary<string, string> row, JsonElement item)
    {
        var values = new Dictionary<string, string>();
        Flatten(item, "", values);
        foreach (var (path, value) in values)
        {
            row.ShouldContainKey(path);
            var cell = row[path];
            (cell.StartsWith('\'') && cell != value ? cell[1..] : cell).ShouldBe(value, path);
        }

        row.Keys.Except(values.Keys).ShouldAllBe(name => row[name].Length == 0);
    }

    private static void Flatten(JsonElement element, string path, Dictionary<string, string> into)
    {
        foreach (var property in element.EnumerateObject())
        {
            var name = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object when property.Name is not ("attributes" or "metadata"):
                    Flatten(property.Value, name, into);
                    break;
                case JsonValueKind.Object or JsonValueKind.Array:
                    into[name] = property.Value.GetRawText();
                    break;
                case JsonValueKind.Number:
                    into[name] = property.Value.GetDecimal().ToString(CultureInfo.InvariantCulture);
                    break;
                case JsonValueKind.Null:
                    // An object that is null has columns below it.
                    break;
                default:
                    into[name] = property.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
                        ? property.Value.GetRawText()
                        : property.Value.GetString()!;
                    break;
            }
        }
    }
}
