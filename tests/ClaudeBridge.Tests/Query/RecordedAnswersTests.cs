using System.Globalization;
using System.Text.Json;
using ClaudeBridge.Store;
using ClaudeBridge.Tests.Metrics;

namespace ClaudeBridge.Tests.Query;

/// <summary>Every number of the API is the sum of what a session lists, and of a plain count over the recordings.</summary>
public sealed class RecordedAnswersTests(RecordedFixture fixture) : IClassFixture<RecordedFixture>
{
    private readonly QueryBridge _bridge = fixture.Bridge;
    private readonly List<PlainCount> _counts = [.. RecordedFixture.Recordings.Select(PlainCount.Of)];

    public static TheoryData<string> Dimensions =>
        [.. Dimension.Known, "terminal", "no_such_key", "day,model", "session&by=tool&by=language"];

    [Fact]
    public async Task Totals_are_what_a_plain_count_gives()
    {
        var total = (await _bridge.JsonAsync("/api/totals")).GetProperty("total");

        total.GetProperty("generations").GetInt64().ShouldBe(_counts.Sum(static count => count.Requests));
        total.GetProperty("tools").GetInt64().ShouldBe(_counts.Sum(static count => count.Tools));
        Cost(total).ShouldBe(_counts.Sum(static count => count.Cost));
        var usage = total.GetProperty("usage");
        usage.GetProperty("input").GetInt64().ShouldBe(_counts.Sum(static count => count.Usage.Input));
        usage.GetProperty("cacheRead").GetInt64().ShouldBe(_counts.Sum(static count => count.Usage.CacheRead));
        total.GetProperty("metrics").GetProperty("linesAdded").GetDecimal().ShouldBe(_counts.Sum(static count => count.Metrics.LinesAdded));
    }

    [Theory]
    [MemberData(nameof(Dimensions))]
    public async Task Rows_of_any_dimension_add_up_to_the_total_in_every_form(string by)
    {
        var report = await _bridge.JsonAsync("/api/totals?by=" + by);
        var rows = report.GetProperty("rows").EnumerateArray().ToList();
        rows.Sum(Cost).ShouldBe(Cost(report.GetProperty("total")));

        var measured = await _bridge.JsonAsync("/api/totals?metric=cost&by=" + by);
        var values = measured.GetProperty("rows").EnumerateArray().Select(static row => row.GetProperty("value").GetDecimal()).ToList();
        values.Sum().ShouldBe(measured.GetProperty("total").GetDecimal());
        values.Order().ShouldBe(rows.Select(Cost).Order());

        var limited = await _bridge.JsonAsync("/api/totals?metric=tokens&limit=1&by=" + by);
        var rest = limited.GetProperty("rest");
        (
            limited.GetProperty("rows")[0].GetProperty("value").GetDecimal()
            + (rest.ValueKind == JsonValueKind.Null ? 0 : rest.GetDecimal())
        ).ShouldBe(limited.GetProperty("total").GetDecimal());

        var csv = CsvReading.Rows(await _bridge.TextAsync("/api/totals?format=csv&by=" + by));
        csv.Sum(static row => decimal.Parse(row["cost"], CultureInfo.InvariantCulture)).ShouldBe(Cost(report.GetProperty("total")));
        csv.Count.ShouldBe(rows.Count);
        foreach (var (line, row) in csv.Zip(rows))
        {
            foreach (var key in row.GetProperty("key").EnumerateObject())
            {
                line["key." + key.Name].ShouldBe(key.Value.GetString());
            }

            line["metrics.linesAdded"].ShouldBe(row.GetProperty("metrics").GetProperty("linesAdded").GetRawText());
        }
    }

    [Fact]
    public async Task What_cannot_be_estimated_is_null_and_not_nothing()
    {
        var rows = (await _bridge.JsonAsync("/api/totals?by=tool")).GetProperty("rows").EnumerateArray().ToList();
        var measured = await _bridge.JsonAsync("/api/totals?metric=estimated_cost&by=tool");

        var values = measured
            .GetProperty("rows")
            .EnumerateArray()
            .ToDictionary(static row => row.GetProperty("key").GetRawText(), static row => row.GetProperty("value"));
        foreach (var row in rows)
        {
            var value = values[row.GetProperty("key").GetRawText()];
            var expected = row.GetProperty("estimatedCost").GetString();
            (value.ValueKind == JsonValueKind.Null ? null : value.GetRawText()).ShouldBe(expected);
        }

        values.Values.ShouldContain(static value => value.ValueKind == JsonValueKind.Null);
        (await _bridge.JsonAsync("/api/totals?by=tool"))
            .GetProperty("total")
            .GetProperty("estimatedCost")
            .GetString()
            .ShouldBe(measured.GetProperty("total").GetRawText());
    }

    [Fact]
    public async Task The_csv_of_totals_that_are_cut_holds_the_rest()
    {
        var csv = CsvReading.Rows(await _bridge.TextAsync("/api/totals?format=csv&by=session&limit=1"));

        csv.Count.ShouldBe(2);
        csv[1]["key.session"].ShouldBe("(rest)");
        csv.Sum(static row => decimal.Parse(row["cost"], CultureInfo.InvariantCulture)).ShouldBe(_counts.Sum(static count => count.Cost));
    }

    [Fact]
    public async Task The_sums_that_dashboards_show_are_those_of_the_count()
    {
        var sums = await _bridge.JsonAsync("/api/totals?format=dashboard");

        Number("totalSessions").ShouldBe((await _bridge.AllAsync("/api/sessions")).Count);
        Number("totalInputTokens").ShouldBe(_counts.Sum(static count => count.Usage.Input));
        Number("totalOutputTokens").ShouldBe(_counts.Sum(static count => count.Usage.Output));
        Number("totalTokenCostUsd").ShouldBe(_counts.Sum(static count => count.Cost));
        Number("totalLinesAdded").ShouldBe(_counts.Sum(static count => count.Metrics.LinesAdded));
        Number("totalLinesRemoved").ShouldBe(_counts.Sum(static count => count.Metrics.LinesRemoved));
        Number("totalMinutes")
            .ShouldBe(decimal.Round(_counts.Sum(static count => count.Metrics.ActiveSecondsUser + count.Metrics.ActiveSecondsCli) / 60, 2));
        Number("aiAssistedCommits").ShouldBe(_counts.Sum(static count => count.Metrics.Commits));
        Number("prsCreated").ShouldBe(_counts.Sum(static count => count.Metrics.PullRequests));
        Number("editDecisions").ShouldBe(_counts.Sum(static count => count.Metrics.EditsAccepted + count.Metrics.EditsRejected));
        Number("totalToolCalls").ShouldBe(_counts.Sum(static count => count.Tools));
        Number("totalTokens")
            .ShouldBe(
                Number("totalInputTokens")
                    + Number("totalOutputTokens")
                    + Number("totalCacheReadTokens")
                    + Number("totalCacheCreationTokens")
            );

        decimal Number(string name) => sums.GetProperty(name).GetDecimal();
    }

    [Fact]
    public async Task Sessions_traces_and_observations_add_up_to_each_other()
    {
        foreach (var row in await _bridge.AllAsync("/api/sessions?limit=2"))
        {
            var id = row.GetProperty("sessionId").GetString()!;
            var session = await _bridge.JsonAsync($"/api/sessions/{Uri.EscapeDataString(id)}?limit=1000");
            Cost(session).ShouldBe(Cost(row));
            session.GetProperty("traceList").GetArrayLength().ShouldBe(row.GetProperty("traces").GetInt32());

            var turns = await _bridge.AllAsync($"/api/traces?limit=1&session={Uri.EscapeDataString(id)}");
            turns.Sum(Cost).ShouldBe(Cost(row));
            foreach (var turn in turns)
            {
                var trace = await _bridge.JsonAsync("/api/traces/" + turn.GetProperty("traceId").GetString());
                trace.GetProperty("trace").GetProperty("observations").EnumerateArray().Sum(Cost).ShouldBe(Cost(turn));
            }
        }

        var observations = (await _bridge.JsonAsync("/api/export/observations")).GetProperty("items").EnumerateArray().ToList();
        observations.Sum(static row => Cost(row.GetProperty("observation"))).ShouldBe(_counts.Sum(static count => count.Cost));
    }

    [Fact]
    public async Task A_session_is_what_show_prints()
    {
        var shown = fixture.Bridge.Bridge.Queries;
        foreach (var summary in shown.Sessions())
        {
            var expected = JsonSerializer.SerializeToElement(shown.Session(summary.SessionId)!, StoreJson.Compact.SessionDetail);

            var answer = await _bridge.JsonAsync($"/api/sessions/{summary.SessionId}?limit=1000&maxContent=1000000");

            foreach (var property in expected.EnumerateObject())
            {
                answer.GetProperty(property.Name).GetRawText().ShouldBe(property.Value.GetRawText(), property.Name);
            }

            answer.GetProperty("tenant").GetString().ShouldBe("");
            answer.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task Turns_of_a_session_come_in_pages_that_hold_each_once()
    {
        var session = (await _bridge.AllAsync("/api/sessions")).MaxBy(static row => row.GetProperty("traces").GetInt32());
        var id = session.GetProperty("sessionId").GetString()!;
        List<string> found = [];
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await _bridge.JsonAsync(
                $"/api/sessions/{id}?limit=1" + (cursor.Length == 0 ? "" : "&cursor=" + Uri.EscapeDataString(cursor))
            );
            found.AddRange(
                page.GetProperty("traceList").EnumerateArray().Select(static trace => trace.GetProperty("traceId").GetString()!)
            );
            cursor = page.GetProperty("next").GetString();
            found.Count.ShouldBeLessThan(1000);
        }

        found.Count.ShouldBe(session.GetProperty("traces").GetInt32());
        found.ShouldBeUnique();
    }

    [Fact]
    public async Task Contents_are_cut_where_asked_for_and_whole_for_one_observation()
    {
        var turn = (await _bridge.AllAsync("/api/traces")).First(static row => row.GetProperty("tools").GetInt32() > 0);
        var id = turn.GetProperty("traceId").GetString();
        var whole = (await _bridge.JsonAsync($"/api/traces/{id}")).GetProperty("trace");
        var cut = await _bridge.JsonAsync($"/api/traces/{id}?maxContent=5");

        cut.GetProperty("contentsCut").GetBoolean().ShouldBeTrue();
        cut.GetProperty("trace")
            .GetProperty("observations")
            .EnumerateArray()
            .Select(static one => one.GetProperty("input").GetString()?.Length ?? 0)
            .Max()
            .ShouldBeLessThanOrEqualTo(6);
        foreach (var observation in whole.GetProperty("observations").EnumerateArray())
        {
            (await _bridge.JsonAsync($"/api/traces/{id}/observations/{observation.GetProperty("id").GetString()}"))
                .GetRawText()
                .ShouldBe(observation.GetRawText());
        }
    }

    [Theory]
    [InlineData("model", "model")]
    [InlineData("metadata.user.name", "user")]
    [InlineData("session", "session")]
    [InlineData("day", "day")]
    [InlineData("metadata.terminal", "terminal")]
    [InlineData("model,day", "model,day")]
    public async Task Messages_are_added_up_by_group_as_totals_are(string groupBy, string by)
    {
        var answer = await _bridge.JsonAsync(
            $"/api/v1/messages/aggregate?type=ai.generation&groupBy={groupBy}&metric=sum(costMicrocents)&metric=count(),sum(totalTokens)&metric=avg(outputTokens)"
        );
        var totals = (await _bridge.JsonAsync("/api/totals?by=" + by))
            .GetProperty("rows")
            .EnumerateArray()
            .ToDictionary(static row => KeyOf(row.GetProperty("key")));

        var data = answer.GetProperty("data").EnumerateArray().ToList();
        data.Count.ShouldBe(totals.Values.Count(static row => row.GetProperty("generations").GetInt64() > 0));
        foreach (var group in data)
        {
            var row = totals[KeyOf(group.GetProperty("group"))];
            var values = group.GetProperty("values");
            group.GetProperty("key").GetString().ShouldBe(KeyOf(row.GetProperty("key")));
            group.GetProperty("value").GetRawText().ShouldBe((Cost(row) * 100_000_000m).ToString("0", CultureInfo.InvariantCulture));
            values.GetProperty("count()").GetInt64().ShouldBe(row.GetProperty("generations").GetInt64());
            values
                .GetProperty("sum(totalTokens)")
                .GetInt64()
                .ShouldBe(row.GetProperty("usage").EnumerateObject().Sum(static kind => kind.Value.GetInt64()));
            values
                .GetProperty("avg(outputTokens)")
                .GetDecimal()
                .ShouldBe(
                    decimal.Round(
                        (decimal)row.GetProperty("usage").GetProperty("output").GetInt64() / row.GetProperty("generations").GetInt64(),
                        6
                    )
                );
        }

        static string KeyOf(JsonElement key) => string.Join(" / ", key.EnumerateObject().Select(static value => value.Value.GetString()));
    }

    [Fact]
    public async Task Times_of_messages_are_cut_to_the_hour()
    {
        var times = (await _bridge.JsonAsync("/api/export/observations?format=json"))
            .GetProperty("items")
            .EnumerateArray()
            .Select(static row => row.GetProperty("observation"))
            .Where(static one =>
                one.GetProperty("type").GetString() == "GENERATION" && one.GetProperty("usage").ValueKind == JsonValueKind.Object
            )
            .Select(static one => one.GetProperty("startTime").GetDateTimeOffset())
            .ToList();
        var from = times.Order().ElementAt(times.Count / 2);
        var hour = from.AddTicks(-(from.Ticks % TimeSpan.TicksPerHour));

        (await CountAsync($"from={from.UtcDateTime:O}")).ShouldBe(times.Count(time => time >= hour));
        (await CountAsync($"to={hour.UtcDateTime:O}")).ShouldBe(times.Count(time => time < hour));

        async Task<long> CountAsync(string query)
        {
            var answer = await _bridge.JsonAsync($"/api/v1/messages/aggregate?{query}");
            return answer.GetProperty("data").EnumerateArray().Sum(static group => group.GetProperty("value").GetInt64());
        }
    }

    [Fact]
    public async Task An_overview_has_the_same_sums()
    {
        var total = (await _bridge.JsonAsync("/api/totals")).GetProperty("total");
        var overview = await _bridge.JsonAsync("/api/overview?from=2026-01-01&to=2026-12-31&step=day");

        Cost(overview.GetProperty("total")).ShouldBe(Cost(total));
        Steps("generations").ShouldBe(total.GetProperty("generations").GetInt64());
        Steps("requests").ShouldBe(overview.GetProperty("total").GetProperty("requests").GetInt64());

        long Steps(string figure) => overview.GetProperty("steps").EnumerateArray().Sum(step => step.GetProperty(figure).GetInt64());
    }

    [Fact]
    public async Task The_day_after_the_last_one_is_empty_and_the_last_one_counts_whole()
    {
        var days = (await _bridge.JsonAsync("/api/totals?by=day")).GetProperty("rows").EnumerateArray().ToList();
        var (last, first) = (days[0], days[^1]);
        var from = first.GetProperty("key").GetProperty("day").GetString();
        var to = last.GetProperty("key").GetProperty("day").GetString();

        Cost((await _bridge.JsonAsync($"/api/totals?from={from}&to={to}")).GetProperty("total"))
            .ShouldBe(_counts.Sum(static count => count.Cost));
        Cost((await _bridge.JsonAsync($"/api/totals?from={to}T00:00:00Z")).GetProperty("total")).ShouldBe(Cost(last));
        Cost((await _bridge.JsonAsync($"/api/totals?from={to}&to={to}")).GetProperty("total")).ShouldBe(Cost(last));
    }

    [Fact]
    public async Task Values_members_and_events_tell_of_the_recordings()
    {
        (await _bridge.JsonAsync("/api/values")).GetProperty("models").GetArrayLength().ShouldBeGreaterThan(0);
        var members = await _bridge.AllAsync("/api/members?limit=1");
        members.Count.ShouldBeGreaterThan(0);
        members.Sum(Cost).ShouldBe(_counts.Sum(static count => count.Cost));
        var events = await _bridge.AllAsync("/api/events?limit=7");
        events.Count.ShouldBeGreaterThan(100);
        events.Select(static one => one.GetProperty("cursor").GetInt64()).ShouldBeUnique();
        (await _bridge.AllAsync("/api/events?name=api_request")).Count.ShouldBe(
            events.Count(static one => one.GetProperty("name").GetString() == "api_request")
        );
        var session = events[0].GetProperty("sessionId").GetString()!;
        (await _bridge.AllAsync($"/api/sessions/{session}/events?limit=1000")).Count.ShouldBe(
            events.Count(one => one.GetProperty("sessionId").GetString() == session)
        );
    }

    [Fact]
    public async Task The_status_tells_who_sent_what()
    {
        var senders = (await _bridge.JsonAsync("/api/status")).GetProperty("senders").EnumerateArray().ToList();

        senders.Count.ShouldBeGreaterThan(0);
        senders
            .SelectMany(static sender => sender.GetProperty("names").EnumerateArray())
            .Where(static name => name.GetProperty("name").GetString() == "api_request")
            .Sum(static name => name.GetProperty("count").GetInt64())
            .ShouldBeGreaterThanOrEqualTo(_counts.Sum(static count => count.Requests));
        senders.ShouldAllBe(static sender => sender.GetProperty("lacks").ValueKind == JsonValueKind.Array);
    }

    private static decimal Cost(JsonElement row) =>
        row.GetProperty("cost").GetString() is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : 0;
}
