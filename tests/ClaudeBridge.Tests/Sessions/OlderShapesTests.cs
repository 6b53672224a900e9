using System.Text;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Names, shapes and spellings that clients had before, or that other senders make of their records: the same tree comes out.</summary>
public sealed class OlderShapesTests
{
    private const string Arrival = "2026-11-20T12:00:00Z";

    [Theory]
    [InlineData("cost_usd", "0.0125", "0.0125")]
    [InlineData("cost", "0.0125", "0.0125")]
    [InlineData("cost_usd_micros", "12500", "0.0125")]
    [InlineData("cost_usd_micros", "12500.0", "0.0125")]
    [InlineData("cost_usd", "1.25E-2", "0.0125")]
    [InlineData("cost_usd", " 0.0125 ", "0.0125")]
    [InlineData("cost_usd", "0.045377999999999995", "0.045377999999999995")]
    [InlineData("cost_usd", "NaN", null)]
    [InlineData("cost_usd", "1,234", null)]
    [InlineData("cost_usd", "", null)]
    [InlineData("cost_usd", "-1", null)]
    [InlineData("cost_usd", "1e400", null)]
    public void A_cost_is_read_under_each_of_its_names_exactly_or_not_at_all(string name, string value, string? cost) =>
        Request((name, value)).Cost.ShouldBe(cost is null ? null : decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("input_tokens", "1e3", 1000, 0)]
    [InlineData("input_tokens", " 7 ", 7, 0)]
    [InlineData("input_tokens", "7.0", 7, 0)]
    [InlineData("input_tokens", "+7", 7, 0)]
    [InlineData("input_tokens", "7.5", 0, 1)]
    [InlineData("input_tokens", "1,234", 0, 1)]
    [InlineData("input_tokens", "NaN", 0, 1)]
    [InlineData("input_tokens", "Infinity", 0, 1)]
    [InlineData("input_tokens", "", 0, 1)]
    [InlineData("input_tokens", "0x10", 0, 1)]
    [InlineData("input_tokens", "99999999999999999999999999999999", 0, 1)]
    public void A_count_that_cannot_be_read_is_left_out_and_counted(string name, string value, long tokens, int unreadable)
    {
        var export = Bare("api_request", ("session.id", "S"), ("request_id", "r"), ("output_tokens", "1"), (name, value));
        Assembled.From([export]).All.Single().Observations.Single(static o => !o.IsRoot).Usage!.Input.ShouldBe(tokens);
        RecordReader.Read(export, default).UnreadableValues.Values.Sum().ShouldBe(unreadable);
    }

    [Theory]
    [InlineData("duration_ms")]
    [InlineData("duration")]
    [InlineData("api.response_time")]
    public void A_duration_is_read_under_each_of_its_names(string name)
    {
        var request = Request((name, "250"));
        (request.EndUnixNano - request.StartUnixNano).ShouldBe(250_000_000UL);
    }

    [Theory]
    [InlineData("cache_read_tokens", "cache_creation_tokens")]
    [InlineData("cache_read_input_tokens", "cache_creation_input_tokens")]
    public void Cache_tokens_are_read_under_each_of_their_names(string read, string creation)
    {
        var usage = Request((read, "5"), (creation, "6")).Usage!;
        (usage.CacheRead, usage.CacheCreation).ShouldBe((5, 6));
    }

    [Theory]
    [InlineData("tool_name", "tool_use_id", "error", "False")]
    [InlineData("tool", "use_id", "error_message", "false")]
    [InlineData("tool", "use_id", "error", "0")]
    [InlineData("tool_name", "use_id", "error", "FALSE")]
    public void A_tool_result_is_read_under_each_of_its_names(string tool, string use, string error, string success)
    {
        var shown = Assembled
            .From([
                Bare("tool_decision", ("session.id", "S"), (tool, "Bash"), (use, "t1"), ("decision", "accept"), ("source", "config")),
                Bare("tool_result", ("session.id", "S"), (tool, "Bash"), (use, "t1"), ("success", success), (error, "went wrong")),
            ])
            .All.Single()
            .Observations.Single(static o => o.Type == ObservationType.Tool);
        (shown.Name, shown.Level, shown.StatusMessage).ShouldBe(("Bash", ObservationLevel.Error, "went wrong"));
        shown.Metadata["decision"].ShouldBe("accept");
    }

    [Theory]
    [InlineData("True")]
    [InlineData("true")]
    [InlineData("1")]
    [InlineData(" true ")]
    public void Success_is_read_in_every_spelling(string success) =>
        Assembled
            .From([Bare("tool_result", ("session.id", "S"), ("tool", "Bash"), ("success", success))])
            .All.Single()
            .Observations.Single(static o => o.Type == ObservationType.Tool)
            .Level.ShouldBe(ObservationLevel.Default);

    [Fact]
    public void A_tool_without_a_name_and_a_prompt_without_a_text_are_still_shown()
    {
        var trace = Assembled
            .From([
                Bare("user_prompt", ("session.id", "S"), ("event.timestamp", "2026-11-20T11:45:18.1Z"), ("prompt_length", "12")),
                Bare("tool_result", ("session.id", "S"), ("event.timestamp", "2026-11-20T11:45:18.2Z"), ("success", "true")),
            ])
            .All.Single();
        trace.Input.ShouldBe("[prompt not recorded, 12 chars]");
        trace.Observations.Single(static o => o.Type == ObservationType.Tool).Name.ShouldBe("tool");
    }

    [Theory]
    [InlineData("prompt")]
    [InlineData("prompt_text")]
    public void A_prompt_is_read_under_each_of_its_names(string name) =>
        Assembled.From([Bare("user_prompt", ("session.id", "S"), (name, "go"))]).All.Single().Input.ShouldBe("go");

    [Theory]
    [InlineData(""" "body":{"stringValue":"claude_code.user_prompt"}, """, "")]
    [InlineData(""" "body":{"stringValue":"user_prompt"}, """, "")]
    [InlineData(""" "eventName":"claude_code.user_prompt", """, "")]
    [InlineData(""" "eventName":"user_prompt", "body":{"stringValue":"some text"}, """, "")]
    [InlineData("", """ ,{"key":"event.name","value":{"stringValue":"user_prompt"}} """)]
    [InlineData(
        """ "body":{"stringValue":"A prompt was sent."}, """,
        """ ,{"key":"event.name","value":{"stringValue":"claude_code.user_prompt"}} """
    )]
    [InlineData(""" "body":{"kvlistValue":{"values":[{"key":"event","value":{"stringValue":"claude_code.user_prompt"}}]}}, """, "")]
    [InlineData(""" "body":{"kvlistValue":{"values":[{"key":"event.name","value":{"stringValue":"user_prompt"}}]}}, """, "")]
    public void An_event_names_itself_by_attribute_event_name_or_body_with_or_without_prefix(string members, string attribute)
    {
        var trace = Assembled
            .From([
                Json(
                    $$$"""
                    { {{{members}}} "attributes":[{"key":"session.id","value":{"stringValue":"S"}},{"key":"prompt","value":{"stringValue":"go"}} {{{attribute}}}]}
                    """
                ),
            ])
            .All.Single();
        (trace.Context.SessionId, trace.Input).ShouldBe(("S", "go"));
    }

    [Fact]
    public void A_body_that_is_a_map_may_hold_the_attributes_too()
    {
        var trace = Assembled
            .From([
                Json(
                    """
                    {"body":{"kvlistValue":{"values":[
                      {"key":"event","value":{"stringValue":"claude_code.api_request"}},
                      {"key":"session.id","value":{"stringValue":"S"}},
                      {"key":"attributes","value":{"kvlistValue":{"values":[
                        {"key":"model","value":{"stringValue":"opus"}},
                        {"key":"input_tokens","value":{"stringValue":"12"}},
                        {"key":"event.timestamp","value":{"stringValue":"2026-11-20T11:45:18.173Z"}}]}}}]}}}
                    """
                ),
            ])
            .All.Single();
        var request = trace.Observations.Single(static o => o.Type == ObservationType.Generation);
        (trace.Context.SessionId, request.Model, request.Usage!.Input).ShouldBe(("S", "opus", 12L));
        Clock.ToTime(request.EndUnixNano).ShouldBe(DateTimeOffset.Parse("2026-11-20T11:45:18.173Z", null));
    }

    [Fact]
    public void A_record_without_times_has_the_one_among_its_attributes()
    {
        var export = Bare("user_prompt", ("session.id", "S"), ("prompt", "go"), ("event.timestamp", "2026-11-20T11:45:18.173Z"));
        var fact = RecordReader.Read(export, DateTimeOffset.Parse(Arrival, null)).Sessions.Single().Value.Single();
        Clock.ToTime(fact.Time).ShouldBe(DateTimeOffset.Parse("2026-11-20T11:45:18.173Z", null));
        var broken = Bare("user_prompt", ("session.id", "S"), ("event.timestamp", "yesterday"));
        Clock
            .ToTime(RecordReader.Read(broken, DateTimeOffset.Parse(Arrival, null)).Sessions.Single().Value.Single().Time)
            .ShouldBe(DateTimeOffset.Parse(Arrival, null));
    }

    [Fact]
    public void An_older_session_id_and_ids_in_capital_letters_are_the_same_ids()
    {
        var lower = Json(Record("0102030405060708090a0b0c0d0e0f10", "010203040506070a"));
        var upper = Json(Record("0102030405060708090A0B0C0D0E0F10", "010203040506070A"));
        var assembled = Assembled.From([lower, upper]);
        assembled.Duplicates.ShouldBe(1);
        var trace = assembled.All.Single();
        trace.Id.ToString().ShouldBe("0102030405060708090a0b0c0d0e0f10");
        trace.Context.SessionId.ShouldBe("old");

        static string Record(string traceId, string spanId) =>
            $$$"""
                {"body":{"stringValue":"claude_code.user_prompt"},"traceId":"{{{traceId}}}","spanId":"{{{spanId}}}",
                "attributes":[{"key":"claude.session.id","value":{"stringValue":"old"} }]}
                """;
    }

    [Fact]
    public void A_bare_record_without_session_or_of_another_name_is_not_taken_for_claude_codes()
    {
        RecordReader.Read(Bare("user_prompt", ("x", "y")), default).Foreign.ShouldBe(0, "the prefix says whose it is");
        RecordReader.Read(Json("""{"body":{"stringValue":"user_prompt"}}"""), default).Foreign.ShouldBe(1);
        RecordReader
            .Read(Json("""{"body":{"stringValue":"checkout"},"attributes":[{"key":"session.id","value":{"stringValue":"S"}}]}"""), default)
            .Foreign.ShouldBe(1);
    }

    private static Observation Request(params (string Key, string Value)[] attributes) =>
        Assembled
            .From([
                Bare(
                    "api_request",
                    [("session.id", "S"), ("event.timestamp", Arrival), ("model", "opus"), ("input_tokens", "1"), .. attributes]
                ),
            ])
            .All.Single()
            .Observations.Single(static o => !o.IsRoot);

    /// <summary>Nothing but a body and attributes, all of them text.</summary>
    private static DecodedExport Bare(string name, params (string Key, string Value)[] attributes) =>
        Json(
            $$"""
            {"body":{"stringValue":"claude_code.{{name}}"},"attributes":[{{string.Join(',', attributes.Select(Attribute))}}]}
            """
        );

    private static string Attribute((string Key, string Value) pair) =>
        $$$"""{"key":"{{{pair.Key}}}","value":{"stringValue":"{{{pair.Value}}}"} }""";

    private static DecodedExport Json(string record) =>
        OtlpDecoder.Decode(
            Signal.Logs,
            OtlpEncoding.Json,
            Encoding.UTF8.GetBytes($$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[ {{record}} ]}]}]}""")
        );
}
