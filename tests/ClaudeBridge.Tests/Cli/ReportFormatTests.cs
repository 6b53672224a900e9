using System.Globalization;
using System.Text;
using System.Text.Json;
using ClaudeBridge.Cli;

namespace ClaudeBridge.Tests.Cli;

public sealed class ReportFormatTests
{
    private static readonly string[] s_hostile =
    [
        "=HYPERLINK(\"http://127.0.0.1/\",\"a\")",
        "+1+1",
        "-2",
        "@SUM(A1)",
        "\tx",
        "\r\n=1",
        "＝1",
        "a,b",
        "say \"hi\"",
        "two\nlines",
        "a|b",
        "a\\|b",
        "<script>alert(1)</script>",
        "[link](http://127.0.0.1/)",
        "`code` **bold** _it_",
        "\u001b[31mred",
        "日本語",
        "",
    ];

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Csv_reads_back_as_it_was_but_for_formulas_which_are_text()
    {
        var store = new SomeStore { Rows = [.. s_hostile.Select(static value => Some.Row("0.1", ("team", value)))] };

        (await InvokeAsync(store, "report", "--by", "team", "--format", "csv")).ShouldBe(ExitCode.Done);

        var lines = ReadCsv(_out.ToString());
        lines.Select(static line => line.Count).Distinct().ShouldHaveSingleItem();
        lines[0][0].ShouldBe("key.team");
        var values = lines.Skip(1).SkipLast(1).Select(static line => line[0]).ToList();
        values.Select(static value => value.TrimStart('\'')).ShouldBe(s_hostile);
        values.ShouldAllBe(static value => value.Length == 0 || !"=+-@\t\r\n＝".Contains(value[0]));
        values.Where(static value => value.StartsWith('\'')).Count().ShouldBe(7);
    }

    [Fact]
    public async Task Csv_has_exact_numbers_and_ends_with_the_total()
    {
        var store = new SomeStore
        {
            Rows = [Some.Row("1234567890.123456789012", ("model", "a")) with { Generations = 1_234_567 }],
            Rest = Some.Row("0.000001"),
        };

        await InvokeAsync(store, "report", "--limit", "1", "--format", "csv");

        var lines = ReadCsv(_out.ToString());
        _out.ToString().ShouldEndWith("\r\n");
        lines.Select(static line => line[0]).ShouldBe(["key.model", "a", "(rest)", "(total)"]);
        Value(1, "cost").ShouldBe("1234567890.123456789012");
        Value(1, "generations").ShouldBe("1234567");
        Value(1, "usage.cacheRead").ShouldBe("11800");
        Value(1, "metrics.linesAdded").ShouldBe("12");
        Value(2, "cost").ShouldBe("0.000001");

        string Value(int line, string name) => lines[line][lines[0].IndexOf(name)];
    }

    [Fact]
    public async Task Csv_names_its_columns_as_json_does()
    {
        var store = new SomeStore { Rows = [Some.Row("0.1", ("model", "a"))] };
        await InvokeAsync(store, "report", "--format", "csv");
        var columns = ReadCsv(_out.ToString())[0];
        _out.GetStringBuilder().Clear();
        await InvokeAsync(store, "report", "--format", "json");

        using var json = JsonDocument.Parse(_out.ToString());
        columns.ShouldBe(Paths(json.RootElement.GetProperty("rows")[0], ""), ignoreOrder: true);

        static IEnumerable<string> Paths(JsonElement element, string path) =>
            element.ValueKind == JsonValueKind.Object
                ? element.EnumerateObject().SelectMany(one => Paths(one.Value, path.Length == 0 ? one.Name : $"{path}.{one.Name}"))
                : [path];
    }

    [Fact]
    public async Task Markdown_is_one_table_whatever_the_values_are()
    {
        var store = new SomeStore { Rows = [.. s_hostile.Select(static value => Some.Row("0.1", ("team", value)))] };

        (await InvokeAsync(store, "report", "--by", "team", "--format", "markdown")).ShouldBe(ExitCode.Done);

        var lines = _out.ToString().Split('\n').TakeWhile(static line => line.Length > 0).ToList();
        lines.Count.ShouldBe(s_hostile.Length + 3);
        lines.Select(Cells).Distinct().ShouldHaveSingleItem().ShouldBe(14);
        lines[1].ShouldStartWith("| ---");
        lines[1].Split(" | ").Skip(1).ShouldAllBe(static cell => cell.TrimEnd(' ', '|').EndsWith(':'));
        var table = string.Join('\n', lines);
        table.ShouldNotContain("\u001b");
        table.ShouldContain("a\\|b ");
        table.ShouldContain("a\\\\\\|b ");
        table.ShouldContain("\\<script\\>alert(1)\\</script\\>");
        table.ShouldContain("\\[link\\](http\\://127.0.0.1/)");
        table.ShouldContain("\\`code\\` \\*\\*bold\\*\\* \\_it\\_");
        lines[^1].ShouldStartWith("| **all**");
        _out.ToString().ShouldContain("the client's estimate");
        _error.ToString().ShouldBeEmpty();

        // A cell ends at a bar that no backslash of its own stands before.
        static int Cells(string line)
        {
            var bars = 0;
            for (var i = 0; i < line.Length; i++)
            {
                if (line[i] == '\\')
                {
                    i++;
                }
                else if (line[i] == '|')
                {
                    bars++;
                }
            }

            return bars - 1;
        }
    }

    [Theory]
    [InlineData("table")]
    [InlineData("markdown")]
    public async Task Estimates_have_a_column_that_says_so_only_where_there_are_any(string format)
    {
        var row = Some.Row("0", ("tool", "Bash")) with { EstimatedCost = "0.25", EstimatedCostMicros = 250_000 };

        await InvokeAsync(new SomeStore { Rows = [row] }, "report", "--by", "tool", "--format", format);
        _out.ToString().ShouldContain("Results, est.");
        _out.ToString().ShouldContain("$0.25");
        (_out.ToString() + _error).ShouldContain("an estimate of what taking in the results cost");

        _out.GetStringBuilder().Clear();
        await InvokeAsync(new SomeStore { Rows = [row with { EstimatedCost = null }] }, "report", "--by", "tool", "--format", format);
        _out.ToString().ShouldNotContain("est.");
    }

    [Fact]
    public async Task Markdown_counts_are_whole_numbers()
    {
        var store = new SomeStore { Rows = [Some.Row("12345.678", ("model", "a")) with { Generations = 1_234_567 }] };

        await InvokeAsync(store, "report", "--format", "markdown");

        _out.ToString().ShouldContain(" 1,234,567 |");
        _out.ToString().ShouldContain(" $12,345.68 |");
    }

    [Fact]
    public async Task Json_is_a_short_form_and_contradicts_another_format()
    {
        var store = new SomeStore { Rows = [Some.Row("0.1", ("model", "a"))] };
        await InvokeAsync(store, "report", "--json");
        var json = _out.ToString();
        _out.GetStringBuilder().Clear();
        await InvokeAsync(store, "report", "--format", "json");
        _out.ToString().ShouldBe(json);

        (await InvokeAsync(store, "report", "--json", "--format", "csv")).ShouldBe(ExitCode.Usage);
        _error.ToString().ShouldContain("--json and --format ask for different things");
    }

    [Fact]
    public async Task An_unknown_format_is_told_with_those_there_are()
    {
        (await InvokeAsync(new SomeStore(), "report", "--format", "xml")).ShouldBe(ExitCode.Usage);

        _error
            .ToString()
            .Trim()
            .ShouldBe("claudebridge: --format must be one of table, json, csv, markdown. See 'claudebridge report --help'.");
    }

    [Theory]
    [InlineData("table", false)]
    [InlineData("markdown", false)]
    [InlineData("csv", true)]
    [InlineData("json", true)]
    public async Task Nothing_is_said_to_people_and_an_empty_answer_given_to_programs(string format, bool prints)
    {
        (await InvokeAsync(new SomeStore(), "report", "--format", format)).ShouldBe(ExitCode.Done);

        (_out.ToString().Length > 0).ShouldBe(prints);
        if (!prints)
        {
            _error.ToString().ShouldContain("Nothing to add up");
        }
    }

    private Task<int> InvokeAsync(SomeStore store, params string[] args) =>
        CommandTree.InvokeAsync(
            args,
            new CommandServices(Terminal.Over(_out, _error), TimeProvider.System) { OpenStore = _ => store },
            CancellationToken.None
        );

    /// <summary>As RFC 4180 says it, and nothing more.</summary>
    private static List<List<string>> ReadCsv(string text)
    {
        var lines = new List<List<string>>();
        var line = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quoted && letter == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                cell.Append('"');
                i++;
            }
            else if (letter == '"')
            {
                quoted = !quoted;
            }
            else if (quoted || (letter != ',' && letter != '\r'))
            {
                cell.Append(letter);
            }
            else
            {
                line.Add(cell.ToString());
                cell.Clear();
                if (letter == '\r')
                {
                    text[++i].ShouldBe('\n', customMessage: i.ToString(CultureInfo.InvariantCulture));
                    lines.Add(line);
                    line = [];
                }
            }
        }

        cell.Length.ShouldBe(0);
        line.ShouldBeEmpty();
        return lines;
    }
}
