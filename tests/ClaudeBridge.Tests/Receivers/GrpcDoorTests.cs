using System.Net;
using ClaudeBridge.Otlp;

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
}
