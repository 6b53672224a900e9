using System.Text;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>Rules of the OTLP schema that show only once records become observations.</summary>
public sealed class SchemaRulesTests
{
    private static readonly DateTimeOffset Arrival = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    [Trait("row", "G5")]
    public void G5_a_record_without_time_takes_its_observed_time_and_without_that_its_arrival()
    {
        var export = new Some().UserPrompt(0).UserPrompt(0, "later").Export();
        var logs = export.Logs!.ResourceLogs[0].ScopeLogs[0].LogRecords;
        logs[0].ObservedTimeUnixNano = 1_790_000_000_000_000_000;
        logs[0].TimeUnixNano = 0;
        logs[1].TimeUnixNano = 0;

        var facts = RecordReader.Read(export, Arrival).Sessions.Single().Value;

        facts[0].Time.ShouldBe(1_790_000_000_000_000_000UL);
        facts[1].Time.ShouldBe(Clock.ToUnixNano(Arrival));
        logs[1].ObservedTimeUnixNano.ShouldBe(0UL, "what was received is shared and stays as it came");
    }

    [Theory]
    [Trait("row", "G9")]
    [InlineData(0, ObservationLevel.Default, null)]
    [InlineData(1, ObservationLevel.Default, null)]
    [InlineData(2, ObservationLevel.Error, "went wrong")]
    public void G9_a_status_is_kept_and_its_message_counts_with_an_error_only(int code, ObservationLevel level, string? message)
    {
        var export = OtlpDecoder.Decode(
            Signal.Traces,
            OtlpEncoding.Json,
            Encoding.UTF8.GetBytes(
                $$$"""
                {"resourceSpans":[{"scopeSpans":[{"scope":{"name":"com.anthropic.claude_code.tracing"},"spans":[{
                "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"claude_code.something.new",
                "startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000001000000000",
                "attributes":[{"key":"session.id","value":{"stringValue":"S"}}],
                "status":{"code":{{{code}}},"message":"went wrong"}}]}]}]}
                """
            )
        );

        export.Traces!.ResourceSpans[0].ScopeSpans[0].Spans[0].Status.Code.ShouldBe((Status.Types.StatusCode)code);
        var shown = Assembled.From([export]).All.Single().Observations.Single(static o => o.Name == "something.new");
        (shown.Level, shown.StatusMessage).ShouldBe((level, message));
    }
}
