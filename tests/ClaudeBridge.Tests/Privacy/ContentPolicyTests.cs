using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Privacy;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.Privacy;

/// <summary>What becomes of each class of contents, by its setting.</summary>
public sealed class ContentPolicyTests
{
    private const string Secret = "sk-ant-" + "api03-CANARY0123456789";

    [Fact]
    public void With_defaults_no_record_of_any_recording_changes()
    {
        foreach (var recording in Recording.All)
        {
            foreach (var request in recording.Requests)
            {
                var export = request.Decode();

                var kept = ContentPolicy.Default.Apply(export);

                kept.ToProtobuf().ShouldBe(export.ToProtobuf(), request.File);
            }
        }
    }

    [Fact]
    public void Nothing_that_is_given_is_changed()
    {
        var log = Log("user_prompt", ("prompt", "the key is " + Secret));
        var before = log.ToByteArray();

        var kept = ContentPolicy.Default.Apply(log);

        log.ToByteArray().ShouldBe(before);
        Text(kept, "prompt").ShouldBe("the key is [masked:anthropic]");
    }

    [Fact]
    public void A_record_that_need_not_change_is_handed_back_as_it_is()
    {
        var log = Log("user_prompt", ("prompt", "hello"));

        ContentPolicy.Default.Apply(log).ShouldBeSameAs(log);
    }

    [Theory]
    [InlineData("Prompt", "user_prompt", "prompt")]
    [InlineData("Prompt", "user_prompt", "prompt_text")]
    [InlineData("Response", "assistant_response", "response")]
    [InlineData("ToolInput", "tool_result", "tool_input")]
    [InlineData("ToolInput", "tool_result", "full_command")]
    [InlineData("ToolInput", "tool_result", "file_path")]
    [InlineData("ToolOutput", "tool_result", "error")]
    [InlineData("Bodies", "api_request_body", "body")]
    [InlineData("Bodies", "system_prompt", "system_prompt")]
    [InlineData("Bodies", "tool", "tool")]
    [InlineData("Prompt", "api_request_body", "body")]
    [InlineData("Response", "api_response_body", "body")]
    [InlineData("ToolInput", "api_request_body", "body")]
    [InlineData("ToolOutput", "api_request_body", "body")]
    [InlineData("Paths", "api_request_body", "body")]
    [InlineData("Commands", "api_request_body", "body")]
    [InlineData("Paths", "api_request_body", "body_ref")]
    [InlineData("Paths", "any", "workspace.host_paths")]
    [InlineData("Commands", "hook_execution_start", "hook_definitions")]
    [InlineData("Prompt", "any", "gen_ai.input.messages")]
    [InlineData("Response", "any", "gen_ai.output.messages")]
    [InlineData("Prompt", "any", "gen_ai.prompt.0.content")]
    [InlineData("ToolInput", "any", "gen_ai.tool.call.arguments")]
    [InlineData("ToolOutput", "any", "gen_ai.tool.call.result")]
    [InlineData("Response", "any", "traceloop.entity.output")]
    [InlineData("Prompt", "any", "input.value")]
    public void Each_class_covers_its_attributes(string field, string eventName, string attribute)
    {
        var log = Log(eventName, (attribute, "some CANARY text"));

        Text(Policy((field, "drop")).Apply(log), attribute).ShouldBe("<REDACTED>");
        Text(Policy((field, "hash")).Apply(log), attribute)!.ShouldMatch("^sha256:[0-9a-f]{16}$");
        Text(Policy((field, "truncate(4)")).Apply(log), attribute).ShouldBe("some [truncated: first 4 of 16 characters]");
        Text(Policy((field, "keep")).Apply(log), attribute).ShouldBe("some CANARY text");
    }

    [Fact]
    public void Less_than_came_says_how_long_it_was()
    {
        foreach (var rule in new[] { "drop", "hash", "truncate(4)" })
        {
            var kept = Policy(("Prompt", rule)).Apply(Log("user_prompt", ("prompt", "some CANARY text")));

            Text(kept, Names.OriginalLengthPrefix + "prompt").ShouldBe("16");
        }

        var longText = new string('x', 200_000);
        var cut = ContentPolicy.Default.Apply(Log("any", ("new_thing", longText)));
        Text(cut, "new_thing")!.Length.ShouldBeLessThan(102_400 + 80);
        Text(cut, Names.OriginalLengthPrefix + "new_thing").ShouldBe("200000");
    }

    [Fact]
    public void What_the_client_withheld_stays_as_it_is_and_gets_no_length()
    {
        var log = Log("user_prompt", ("prompt", "<REDACTED>"));

        Policy(("Prompt", "hash")).Apply(log).ShouldBeSameAs(log);
    }

    [Fact]
    public void A_text_is_cut_between_characters_and_never_through_a_secret()
    {
        var log = Log("user_prompt", ("prompt", "abc\U0001F600def " + Secret));

        Text(Policy(("Prompt", "truncate(4)")).Apply(log), "prompt").ShouldStartWith("abc [truncated: first 3 of ");
        Text(Policy(("Prompt", "truncate(18)")).Apply(log), "prompt").ShouldNotBeNull().ShouldNotContain("sk-ant");
    }

    [Fact]
    public void The_parameters_of_a_tool_keep_what_the_tree_is_built_from()
    {
        const string Parameters =
            """{"mcp_server_name":"inventory","mcp_tool_name":"stock_level","note":"CANARY","nested":{"x":"CANARY"},"timeout":5}""";

        var kept = Text(Policy(("ToolInput", "drop")).Apply(Log("tool_result", ("tool_parameters", Parameters))), "tool_parameters");

        kept.ShouldBe(
            """{"mcp_server_name":"inventory","mcp_tool_name":"stock_level","note":"\u003CREDACTED\u003E","nested":{"x":"\u003CREDACTED\u003E"},"timeout":5}"""
        );
    }

    [Theory]
    [InlineData("""{"file_path":"/home/CANARY/a.txt","content":"text"}""")]
    [InlineData("""{"edits":[{"file_path":"/home/CANARY/a.txt"}],"content":"text"}""")]
    [InlineData("""{"content":"text","paths":["/home/CANARY","b"]}""")]
    [InlineData("""{"content":"text","file_path":"/home/CANARY/a""")]
    [InlineData("[TOOL INPUT: Write]\n{\"file_path\":\"/home/CANARY/a.txt\",\"content\":\"text\"}")]
    public void Paths_inside_a_tools_input_are_withheld_and_the_rest_stays(string input)
    {
        var kept = Text(Policy(("Paths", "drop")).Apply(Log("tool_result", ("tool_input", input))), "tool_input")!;

        kept.ShouldNotContain("CANARY");
        kept.ShouldContain("\"content\":\"text\"");
    }

    [Fact]
    public void Commands_inside_a_tools_input_are_withheld()
    {
        var kept = Policy(("Commands", "hash"))
            .Apply(
                Log("tool_result", ("tool_input", """{"command":"cat CANARY","description":"Show it"}"""), ("full_command", "cat CANARY"))
            );

        kept.ToString().ShouldNotContain("CANARY");
        Text(kept, "tool_input")!.ShouldContain("\"description\":\"Show it\"");
    }

    [Fact]
    public void An_address_that_is_dropped_takes_its_attribute_with_it_and_is_withheld_in_texts()
    {
        var log = Log(
            "user_prompt",
            ("user.email", "CANARY@example.com"),
            ("member", "canary@example.com"),
            ("prompt", "write to CANARY@example.com about git@github.com:acme/shop.git")
        );

        var kept = Policy(("Email", "drop")).Apply(log);

        kept.Attributes.ShouldNotContain(static pair => pair.Key == "user.email" || pair.Key == "member");
        Text(kept, "prompt").ShouldBe("write to <REDACTED> about git@github.com:acme/shop.git");
    }

    [Fact]
    public void A_hashed_address_is_the_same_everywhere_and_differs_by_key()
    {
        var log = Log("user_prompt", ("user.email", "alice@example.com"), ("prompt", "I am alice@example.com."));

        var kept = Policy(("Email", "hash")).Apply(log);
        var keyed = Policy(("Email", "hash"), ("HashKey", "k")).Apply(log);

        Text(kept, "prompt").ShouldBe($"I am {Text(kept, "user.email")}.");
        Text(keyed, "user.email").ShouldNotBe(Text(kept, "user.email"));
    }

    [Fact]
    public void The_context_of_a_request_follows_what_it_holds()
    {
        var prompt = Log("any", ("new_context", "[USER]\nCANARY"));
        var result = Log("any", ("new_context", "[TOOL RESULT: Bash]\n{\"stdout\":\"CANARY\"}"));
        var unknown = Log("any", ("new_context", "CANARY"));

        Text(Policy(("Prompt", "drop")).Apply(prompt), "new_context").ShouldBe("<REDACTED>");
        Policy(("Prompt", "drop")).Apply(result).ShouldBeSameAs(result);
        Text(Policy(("ToolOutput", "drop")).Apply(result), "new_context").ShouldBe("<REDACTED>");
        Policy(("ToolOutput", "drop")).Apply(prompt).ShouldBeSameAs(prompt);
        Text(Policy(("Response", "drop")).Apply(unknown), "new_context").ShouldBe("<REDACTED>");
        Text(Policy(("Bodies", "drop")).Apply(prompt), "new_context").ShouldBe("<REDACTED>");
    }

    [Fact]
    public void Span_events_status_links_names_and_nested_values_are_covered()
    {
        var span = new Span
        {
            Name = "claude_code.tool.execution " + Secret,
            Status = new Status { Code = Status.Types.StatusCode.Error, Message = "failed with " + Secret },
            Attributes =
            {
                Pair("deep", Secret),
                new KeyValue { Key = "list", Value = List(Secret, "b") },
            },
            Events =
            {
                new Span.Types.Event { Name = "tool.output", Attributes = { Pair("stdout", "CANARY out " + Secret) } },
            },
            Links = { new Span.Types.Link { Attributes = { Pair("x", Secret) } } },
        };
        span.Attributes.Add(
            new KeyValue
            {
                Key = "map",
                Value = new AnyValue { KvlistValue = new KeyValueList { Values = { Pair("bytes", Secret, asBytes: true) } } },
            }
        );

        var kept = ContentPolicy.Default.Apply(span);

        kept.ToByteString().ToStringUtf8().ShouldNotContain("sk-ant");
        kept.Attributes.Single(static pair => pair.Key == "list").Value.ArrayValue.Values[1].StringValue.ShouldBe("b");
        span.Name = "claude_code.tool";
        Policy(("ToolOutput", "drop")).Apply(span).Events[0].Attributes[0].Value.StringValue.ShouldBe("<REDACTED>");
        span.Name = "claude_code.tool.execution";
        Policy(("ToolOutput", "drop")).Apply(span).Status.Message.ShouldBe("<REDACTED>");
    }

    [Fact]
    public void A_body_that_is_more_than_a_name_is_contents()
    {
        var log = new LogRecord { Body = new AnyValue { StringValue = "some CANARY text" } };
        var named = Log("user_prompt");

        Policy(("Prompt", "drop")).Apply(log).Body.StringValue.ShouldBe("<REDACTED>");
        Policy(("Prompt", "drop")).Apply(named).ShouldBeSameAs(named);
    }

    [Fact]
    public void Applied_to_what_it_gave_back_it_changes_nothing()
    {
        (string, string)[][] policies =
        [
            [],
            [("Prompt", "drop"), ("Email", "hash"), ("Paths", "drop")],
            [("Prompt", "truncate(10)"), ("Response", "hash"), ("ToolInput", "truncate(30)"), ("Bodies", "truncate(100)")],
            [("ToolInput", "drop"), ("ToolOutput", "hash"), ("Commands", "truncate(5)"), ("Email", "drop")],
            [("Paths", "hash"), ("Commands", "drop"), ("HashKey", "k")],
            [("MaxLength", "1024")],
        ];
        foreach (var policy in policies.Select(Policy))
        {
            foreach (var request in Recording.All.SelectMany(static recording => recording.Requests))
            {
                var once = policy.Apply(request.Decode());
                policy.Apply(once).ToProtobuf().ShouldBe(once.ToProtobuf(), request.File);
            }
        }
    }

    internal static ContentPolicy Policy(params (string Name, string Value)[] settings)
    {
        var options = new PrivacyOptions();
        foreach (var (name, value) in settings)
        {
            var property = typeof(PrivacyOptions).GetProperty(name)!;
            property.SetValue(options, Convert.ChangeType(value, property.PropertyType, System.Globalization.CultureInfo.InvariantCulture));
        }

        new PrivacyOptionsRules().Validate(null, options).Failures.ShouldBeNull();
        return new ContentPolicy(options);
    }

    private static LogRecord Log(string name, params (string Key, string Value)[] attributes)
    {
        var log = new LogRecord
        {
            Body = new AnyValue { StringValue = "claude_code." + name },
            Attributes = { Pair("event.name", name) },
        };
        log.Attributes.AddRange(attributes.Select(static pair => Pair(pair.Key, pair.Value)));
        return log;
    }

    private static KeyValue Pair(string key, string value, bool asBytes = false) =>
        new()
        {
            Key = key,
            Value = asBytes ? new AnyValue { BytesValue = ByteString.CopyFromUtf8(value) } : new AnyValue { StringValue = value },
        };

    private static AnyValue List(params string[] values) =>
        new() { ArrayValue = new ArrayValue { Values = { values.Select(static value => new AnyValue { StringValue = value }) } } };

    private static string? Text(LogRecord log, string name) =>
        log.Attributes.FirstOrDefault(pair => pair.Key == name)?.Value is { } value ? Values.Text(value) : null;
}
