using System.Net;
using ClaudeBridge.Otlp;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>OTLP/gRPC with frames made by hand.</summary>
public sealed class GrpcDoorTests
{
    [Theory]
    [Trait("row", "A1")]
    [Trait("row", "C1")]
    [Trait("row", "C2")]
    [InlineData(Signal.Logs, GrpcCaller.Logs)]
    [InlineData(Signal.Metrics, GrpcCaller.Metrics)]
    [InlineData(Signal.Traces, GrpcCaller.Traces)]
    public async Task A1_C1_C2_each_service_journals_the_message_and_answers_OK_with_nothing_set(Signal signal, string path)
    {
        await using var doors = await RunningDoors.StartAsync();
        var message = Some.Body(signal, OtlpEncoding.Protobuf);

        var outcome = await doors.Grpc.CallAsync(path, message);

        outcome.HttpStatus.ShouldBe(HttpStatusCode.OK);
        outcome.Code.ShouldBe(0);
        outcome.Reply.ShouldBe([]);
        var entry = doors.Journal.Entries.ShouldHaveSingleItem();
        entry.Signal.ShouldBe(signal);
        entry.Encoding.ShouldBe(OtlpEncoding.Protobuf);
        entry.Body.ToArray().ShouldBe(message);
    }

    [Theory]
    [Trait("row", "A1")]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc; charset=utf-8")]
    public async Task A1_all_names_of_the_content_type_are_understood(string contentType)
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("content-type", contentType));

        outcome.Code.ShouldBe(0);
        doors.Journal.Entries.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("row", "A5")]
    [Trait("row", "B11")]
    public async Task A5_B11_a_compressed_message_is_journalled_as_it_was_before_compression()
    {
        await using var doors = await RunningDoors.StartAsync();
        var message = Some.Logs(20);

        var compressed = await doors.Grpc.SendAsync(
            GrpcCaller.Logs,
            new ByteArrayContent(GrpcCaller.Frame(Some.Gzip(message), compressed: true)),
            ("grpc-encoding", "gzip")
        );
        var plain = await doors.Grpc.CallAsync(GrpcCaller.Logs, message, ("grpc-encoding", "gzip"));

        compressed.Code.ShouldBe(0);
        plain.Code.ShouldBe(0, "a message may be sent as it is although the call names a coding");
        doors.Journal.Entries.Select(entry => entry.Body.ToArray()).ShouldAllBe(body => body.SequenceEqual(message));
        doors.Journal.Entries.Count.ShouldBe(2);
    }

    [Fact]
    [Trait("row", "C3")]
    public async Task C3_an_empty_message_is_OK_and_not_journalled()
    {
        await using var doors = await RunningDoors.StartAsync();

        (await doors.Grpc.CallAsync(GrpcCaller.Traces, [])).Code.ShouldBe(0);

        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Fact]
    [Trait("row", "C5")]
    [Trait("row", "C8")]
    public async Task C5_C8_a_bad_span_is_rejected_alone()
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Traces, Some.Spans(Some.Span(), Some.Span(traceId: [1, 2, 3])));

        outcome.Code.ShouldBe(0);
        var partial = ExportTraceServiceResponse.Parser.ParseFrom(outcome.Reply).PartialSuccess;
        partial.RejectedSpans.ShouldBe(1);
        partial.ErrorMessage.ShouldNotBeEmpty();
        doors.Journal.Entries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Many_calls_share_one_connection()
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(100, 500))));

        outcomes.ShouldAllBe(outcome => outcome.Code == 0);
        doors.Journal.Entries.Count.ShouldBe(300);
    }

    [Fact]
    public async Task A_message_of_many_megabytes_arrives_whole()
    {
        await using var doors = await RunningDoors.StartAsync();
        var message = Some.Logs(1, 20 * 1024 * 1024);

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Logs, message);

        outcome.Code.ShouldBe(0);
        doors.Journal.Entries.ShouldHaveSingleItem().Body.Span.SequenceEqual(message).ShouldBeTrue();
    }
}
