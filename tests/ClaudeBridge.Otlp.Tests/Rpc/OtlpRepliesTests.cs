using System.Text;
using System.Text.Json;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Otlp.Rpc.Messages;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Otlp.Tests.Rpc;

public sealed class OtlpRepliesTests
{
    private const int MaxReplyBytes = 4 * 1024 * 1024;

    [Theory, InlineData(Signal.Logs), InlineData(Signal.Metrics), InlineData(Signal.Traces), Trait("row", "C1"), Trait("row", "C2")]
    public void C2_Full_success_sets_nothing(Signal signal)
    {
        OtlpReplies.Success(OtlpEncoding.Protobuf, Export(signal, 0, null)).ShouldBeEmpty();
        Encoding.UTF8.GetString(OtlpReplies.Success(OtlpEncoding.Json, Export(signal, 0, null))).ShouldBe("{}");
    }

    [Fact, Trait("row", "C5"), Trait("row", "C6"), Trait("row", "B1")]
    public void C5_Partial_success_in_protobuf_has_the_number_and_the_reason()
    {
        var logs = ExportLogsServiceResponse.Parser.ParseFrom(OtlpReplies.Success(OtlpEncoding.Protobuf, Export(Signal.Logs, 3, "why")));
        (logs.PartialSuccess.RejectedLogRecords, logs.PartialSuccess.ErrorMessage).ShouldBe((3, "why"));
        var spans = ExportTraceServiceResponse.Parser.ParseFrom(
            OtlpReplies.Success(OtlpEncoding.Protobuf, Export(Signal.Traces, 4, "why"))
        );
        (spans.PartialSuccess.RejectedSpans, spans.PartialSuccess.ErrorMessage).ShouldBe((4, "why"));
        var points = ExportMetricsServiceResponse.Parser.ParseFrom(
            OtlpReplies.Success(OtlpEncoding.Protobuf, Export(Signal.Metrics, 5, "why"))
        );
        (points.PartialSuccess.RejectedDataPoints, points.PartialSuccess.ErrorMessage).ShouldBe((5, "why"));
    }

    [Theory]
    [
        InlineData(Signal.Logs, "rejectedLogRecords"),
        InlineData(Signal.Traces, "rejectedSpans"),
        InlineData(Signal.Metrics, "rejectedDataPoints")
    ]
    [Trait("row", "C5"), Trait("row", "C6"), Trait("row", "B2"), Trait("row", "E8")]
    public void C5_Partial_success_in_JSON_has_the_number_and_the_reason(Signal signal, string name) =>
        Encoding
            .UTF8.GetString(OtlpReplies.Success(OtlpEncoding.Json, Export(signal, 3, "wrong \"id\"")))
            .ShouldBe($$$"""{"partialSuccess":{"{{{name}}}":"3","errorMessage":"wrong \"id\""}}""");

    [Fact, Trait("row", "C6")]
    public void C6_The_reason_says_what_to_do_and_holds_no_value()
    {
        var export = Exports.JsonRecords(
            """{"attributes":[{"key":"secret-key","value":{"intValue":"secret-value"}}],"body":{"stringValue":"secret-body"}}"""
        );
        var message = Encoding.UTF8.GetString(OtlpReplies.Success(OtlpEncoding.Json, export));

        message.ShouldContain("Correct it");
        message.ShouldNotContain("secret");
    }

    [Fact, Trait("row", "C7")]
    public void C7_A_warning_has_a_text_and_nothing_rejected()
    {
        var json = Encoding.UTF8.GetString(OtlpReplies.Success(OtlpEncoding.Json, Export(Signal.Logs, 0, "careful")));
        json.ShouldBe("""{"partialSuccess":{"errorMessage":"careful"}}""");
        var message = ExportLogsServiceResponse.Parser.ParseFrom(
            OtlpReplies.Success(OtlpEncoding.Protobuf, Export(Signal.Logs, 0, "careful"))
        );
        (message.PartialSuccess.RejectedLogRecords, message.PartialSuccess.ErrorMessage).ShouldBe((0, "careful"));
    }

    [Theory, InlineData(OtlpEncoding.Json), InlineData(OtlpEncoding.Protobuf), Trait("row", "C9")]
    public void C9_An_over_long_diagnostic_is_shortened(OtlpEncoding encoding)
    {
        var endless = string.Concat(Enumerable.Repeat("\U0001F600\u0001", 3_000_000));

        OtlpReplies.Success(encoding, Export(Signal.Logs, 1, endless)).Length.ShouldBeLessThan(MaxReplyBytes);
        var error = OtlpReplies.Error(encoding, new RpcError(RpcCode.InvalidArgument, endless, endless));
        error.Length.ShouldBeLessThan(MaxReplyBytes);
        var text =
            encoding == OtlpEncoding.Json
                ? JsonDocument.Parse(error).RootElement.GetProperty("message").GetString()!
                : Status.Parser.ParseFrom(error).Message;
        text.ShouldEndWith("(shortened)");
        text.ShouldNotContain("\uFFFD");
        Encoding.UTF8.GetByteCount(text).ShouldBeLessThanOrEqualTo(4096);
    }

    [Fact, Trait("row", "B5"), Trait("row", "D2"), Trait("row", "D8")]
    public void B5_An_error_in_protobuf_is_a_Status_with_its_details()
    {
        var error = new RpcError(RpcCode.InvalidArgument, "The body is cut.", "resourceLogs[0]", TimeSpan.FromSeconds(1.5));
        var status = Status.Parser.ParseFrom(OtlpReplies.Error(OtlpEncoding.Protobuf, error));

        (status.Code, status.Message).ShouldBe((3, "The body is cut."));
        status
            .Details.Select(detail => detail.TypeUrl)
            .ShouldBe(["type.googleapis.com/google.rpc.BadRequest", "type.googleapis.com/google.rpc.RetryInfo"]);
        var violation = status.Details[0].Unpack<BadRequest>().FieldViolations.ShouldHaveSingleItem();
        (violation.Field, violation.Description).ShouldBe(("resourceLogs[0]", "The body is cut."));
        var delay = status.Details[1].Unpack<RetryInfo>().RetryDelay;
        (delay.Seconds, delay.Nanos).ShouldBe((1L, 500_000_000));
    }

    [Fact, Trait("row", "B5"), Trait("row", "D2")]
    public void B5_An_error_in_JSON_is_a_Status_with_its_details()
    {
        var error = new RpcError(RpcCode.ResourceExhausted, "Too much.", "byte 5", TimeSpan.FromSeconds(1.5));
        Encoding
            .UTF8.GetString(OtlpReplies.Error(OtlpEncoding.Json, error))
            .ShouldBe(
                """{"code":8,"message":"Too much.","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"byte 5","description":"Too much."}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}"""
            );
    }

    [Fact, Trait("row", "D5")]
    public void D5_Without_a_delay_there_is_no_RetryInfo()
    {
        var error = new RpcError(RpcCode.ResourceExhausted, "Too large.");

        Status.Parser.ParseFrom(OtlpReplies.Error(OtlpEncoding.Protobuf, error)).Details.ShouldBeEmpty();
        Encoding.UTF8.GetString(OtlpReplies.Error(OtlpEncoding.Json, error)).ShouldBe("""{"code":8,"message":"Too large."}""");
    }

    [Theory, InlineData(30, "30s"), InlineData(0.25, "0.25s"), InlineData(0, "0s")]
    public void A_delay_in_JSON_is_seconds_with_a_unit(double seconds, string expected) =>
        Encoding
            .UTF8.GetString(
                OtlpReplies.Error(OtlpEncoding.Json, new RpcError(RpcCode.Unavailable, "Wait.", RetryAfter: TimeSpan.FromSeconds(seconds)))
            )
            .ShouldContain($"\"retryDelay\":\"{expected}\"");

    private static DecodedExport Export(Signal signal, int rejected, string? reason) =>
        new()
        {
            Signal = signal,
            Accepted = 1,
            Rejected = rejected,
            RejectedReason = reason,
        };
}
