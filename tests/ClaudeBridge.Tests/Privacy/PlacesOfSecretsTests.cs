using ClaudeBridge.Otlp;
using ClaudeBridge.Privacy;
using ClaudeBridge.Sessions;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Tests.Privacy;

/// <summary>Secrets where nobody looks at first: under names that tell of them, in names, in units, keys and addresses of schemas, in huge texts.</summary>
public sealed class PlacesOfSecretsTests
{
    private const string Secret = "sk-ant-" + "api03-CANARY0123456789";

    [Theory]
    [InlineData("db.password", "CANARYx")]
    [InlineData("api_key", "CANARY")]
    [InlineData("http.request.header.authorization", "Basic CANARY")]
    [InlineData("http.request.header.cookie", "sid=CANARY")]
    [InlineData("github.token", "CANARYx")]
    public void A_value_is_masked_when_the_name_of_its_attribute_says_that_it_is_secret(string name, string value)
    {
        var list = new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { StringValue = value } } } };
        var map = new AnyValue { KvlistValue = new KeyValueList { Values = { Pair(name, value) } } };
        var log = new LogRecord
        {
            Body = map,
            Attributes =
            {
                Pair(name, value),
                new KeyValue { Key = name, Value = list },
                new KeyValue { Key = "nested", Value = map },
            },
        };

        var kept = ContentPolicy.Default.Apply(log);

        Shown(kept).ShouldNotContain("CANARY");
        Shown(kept).ShouldContain("[masked:secret]");
        ContentPolicy.Default.Apply(kept).ShouldBeSameAs(kept);
    }

    [Fact]
    public void What_another_program_says_of_a_failure_may_be_what_a_tool_gave_back()
    {
        var policy = new ContentPolicy(new PrivacyOptions { ToolOutput = "drop" });
        var span = new OpenTelemetry.Proto.Trace.V1.Span
        {
            Name = "execute_tool lookup",
            Status = new() { Code = OpenTelemetry.Proto.Trace.V1.Status.Types.StatusCode.Error, Message = "no such row: CANARY" },
            Events =
            {
                new OpenTelemetry.Proto.Trace.V1.Span.Types.Event
                {
                    Name = "exception",
                    Attributes = { Pair("exception.message", "no such row: CANARY") },
                },
            },
        };

        policy.Apply(span).ToString().ShouldNotContain("CANARY");
        ContentPolicy.Default.Apply(span).ShouldBeSameAs(span);
    }

    [Theory]
    [InlineData("input_tokens", "4096")]
    [InlineData("gen_ai.token.type", "output")]
    [InlineData("llm.token_count.completion", "4096")]
    [InlineData("api_key_source", "ANTHROPIC_API_KEY")]
    [InlineData("secret_name", "my-database")]
    [InlineData("token", "12345")]
    [InlineData("password", "<REDACTED>")]
    [InlineData("tokenizer", "cl100k_base")]
    public void A_name_that_only_speaks_of_secrets_changes_nothing(string name, string value)
    {
        var log = new LogRecord { Attributes = { Pair(name, value) } };

        ContentPolicy.Default.Apply(log).ShouldBeSameAs(log);
    }

    [Fact]
    public void A_secret_in_the_name_of_an_attribute_is_masked_and_the_value_stays()
    {
        var kept = ContentPolicy.Default.Apply(new LogRecord { Attributes = { Pair("env." + Secret, "value") } });

        kept.Attributes[0].Key.ShouldBe("env.[masked:anthropic]");
        kept.Attributes[0].Value.StringValue.ShouldBe("value");
    }

    [Fact]
    public void The_length_of_what_was_dropped_stands_under_a_name_without_its_secret()
    {
        var log = new LogRecord { Attributes = { Pair("gen_ai.prompt.0." + Secret + ".content", "CANARY") } };

        Shown(ContentPolicyTests.Policy(("Prompt", "drop")).Apply(log)).ShouldNotContain("CANARY");
    }

    [Theory]
    [InlineData("ai.prompt.messages")]
    [InlineData("ai.response.text")]
    [InlineData("ai.toolCall.args")]
    [InlineData("llm.prompts.0.user")]
    [InlineData("retrieval.documents.0.document.content")]
    [InlineData("langfuse.observation.metadata.note")]
    [InlineData("mlflow.spanInputs")]
    [InlineData("tool.parameters")]
    [InlineData("gen_ai.completion.0.reasoning")]
    public void Contents_of_other_programs_follow_the_rules_under_every_name_they_use(string name)
    {
        (string, string)[] drop = [("Prompt", "drop"), ("Response", "drop"), ("ToolInput", "drop"), ("ToolOutput", "drop")];

        Shown(ContentPolicyTests.Policy(drop).Apply(new LogRecord { Attributes = { Pair(name, "CANARY") } })).ShouldNotContain("CANARY");
    }

    [Theory]
    [InlineData("gen_ai.choice")]
    [InlineData("gen_ai.user.message")]
    [InlineData("gen_ai.client.inference.operation.details")]
    public void Span_events_about_a_model_are_contents(string name)
    {
        var span = new OpenTelemetry.Proto.Trace.V1.Span
        {
            Events =
            {
                new OpenTelemetry.Proto.Trace.V1.Span.Types.Event { Name = name, Attributes = { Pair("message", "CANARY") } },
            },
        };

        ContentPolicyTests.Policy(("Prompt", "drop")).Apply(span).ToByteString().ToStringUtf8().ShouldNotContain("CANARY");
    }

    [Fact]
    public void Points_of_metrics_hold_no_secret_in_unit_or_name_and_no_withheld_address_in_their_key()
    {
        var point = new NumberDataPoint
        {
            TimeUnixNano = 5,
            AsInt = 1,
            Attributes = { Pair("user.id", "canary@example.com") },
        };
        var metrics = new ExportMetricsServiceRequest
        {
            ResourceMetrics =
            {
                new ResourceMetrics
                {
                    Resource = new Resource { Attributes = { Pair("service.name", "claude-code") } },
                    ScopeMetrics =
                    {
                        new ScopeMetrics
                        {
                            Metrics =
                            {
                                new Metric
                                {
                                    Name = "claude_code." + Secret,
                                    Unit = Secret,
                                    Sum = new Sum { DataPoints = { point } },
                                },
                            },
                        },
                    },
                },
            },
        };
        var export = new DecodedExport
        {
            Signal = Signal.Metrics,
            Metrics = metrics,
            Accepted = 1,
        };

        var read = RecordReader.Read(export, DateTimeOffset.UnixEpoch, ContentPolicyTests.Policy(("Email", "drop")));

        var (key, points) = read.Points.ShouldHaveSingleItem();
        key.ShouldNotContain("canary");
        points[0].Series.Unit.ShouldBe("[masked:anthropic]");
        points[0].Series.Metric.ShouldBe("claude_code.[masked:anthropic]");
    }

    [Fact]
    public void The_address_of_a_schema_is_masked_before_it_is_written_down()
    {
        var export = OtlpDecoder.Decode(
            Signal.Logs,
            OtlpEncoding.Json,
            """{"resourceLogs":[{"schemaUrl":"https://u:CANARYx@a.b/1","scopeLogs":[{"schemaUrl":"https://u:CANARYx@a.b/1","logRecords":[{"body":{"stringValue":"x"}}]}]}]}"""u8.ToArray()
        );

        ByteString.CopyFrom(ContentPolicy.Default.Apply(export).ToProtobuf()).ToStringUtf8().ShouldNotContain("CANARY");
    }

    [Fact]
    public void A_secret_that_begins_in_what_is_kept_of_a_long_text_and_ends_behind_it_is_masked()
    {
        for (var place = 990; place <= 1030; place++)
        {
            var text = new string('x', place) + " " + Secret + " " + new string('y', 50_000);

            var kept = Text(ContentPolicyTests.Policy(("MaxLength", "1024")).Apply(new LogRecord { Attributes = { Pair("a", text) } }));

            kept.ShouldNotContain("sk-ant");
            kept.ShouldEndWith($" of {text.Length} characters]");
        }
    }

    [Fact]
    public void Secrets_that_shrink_a_long_text_pull_no_half_of_one_into_what_is_kept()
    {
        var text = string.Concat(Enumerable.Repeat(Secret + " ", 3_000));

        var policy = ContentPolicyTests.Policy(("MaxLength", "1024"));
        var kept = policy.Apply(new LogRecord { Attributes = { Pair("a", text) } });

        Text(kept).ShouldNotContain("sk-ant");
        Text(kept).ShouldNotContain("CANARY");
        policy.Apply(kept).ShouldBeSameAs(kept);
    }

    [Theory]
    [InlineData("a=")]
    [InlineData("sk-")]
    [InlineData("token=\\\"")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    public void Only_so_much_of_a_huge_text_is_searched_as_can_be_kept(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 60_000_000 / unit.Length));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        var kept = ContentPolicy.Default.Apply(new LogRecord { Attributes = { Pair("a", text) } });

        Text(kept).Length.ShouldBeLessThan(103_000);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    private static string Shown(LogRecord log) => log.ToByteString().ToStringUtf8();

    private static string Text(LogRecord log) => log.Attributes[0].Value.StringValue;

    private static KeyValue Pair(string key, string value) =>
        new()
        {
            Key = key,
            Value = new AnyValue { StringValue = value },
        };
}
