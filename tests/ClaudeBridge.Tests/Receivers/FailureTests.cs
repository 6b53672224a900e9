using System.Net;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Otlp.Rpc.Messages;
using ClaudeBridge.Receivers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>When the bridge itself cannot: the sender is told to come back, and data is neither half kept nor lost without a word.</summary>
public sealed class FailureTests
{
    [Theory]
    [Trait("row", "D6")]
    [Trait("row", "D7")]
    [Trait("row", "D9")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task D6_D7_D9_a_journal_that_takes_nothing_is_503_with_a_delay_to_wait(bool isKnownFailure)
    {
        await using var doors = await RunningDoors.StartAsync();
        doors.Journal.Failure = isKnownFailure ? new JournalUnavailableException("the disk is full") : new IOException("unforeseen");

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 30);
        var status = Status.Parser.ParseFrom(await response.BytesAsync());
        status.Code.ShouldBe((int)RpcCode.Unavailable);
        GrpcCaller.Detail<RetryInfo>(status).RetryDelay.ToTimeSpan().ShouldBe(response.Headers.RetryAfter.Delta.Value);
    }

    [Fact]
    [Trait("row", "D7")]
    public async Task D7_a_journal_that_takes_nothing_is_UNAVAILABLE_with_RetryInfo_over_gRPC()
    {
        await using var doors = await RunningDoors.StartAsync([("HoldFor", "00:00:00.5")]);
        doors.Journal.Failure = new JournalUnavailableException("the disk is full");

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs());

        outcome.Code.ShouldBe((int)RpcCode.Unavailable);
        GrpcCaller.Detail<RetryInfo>(outcome.Details!).RetryDelay.ToTimeSpan().TotalSeconds.ShouldBeInRange(1, 30);
    }

    [Fact]
    public async Task A_failing_journal_is_told_once_shows_in_health_and_is_forgotten_when_it_works_again()
    {
        await using var doors = await RunningDoors.StartAsync();
        var handler = doors.Services.GetRequiredService<ExportHandler>();

        doors.Journal.Failure = new JournalUnavailableException("the disk is full");
        for (var i = 0; i < 5; i++)
        {
            await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
        }

        handler.Check().State.ShouldBe(HealthState.Degraded);
        doors.Log.Lines.Count(line => line.Level == LogLevel.Error).ShouldBe(1);

        doors.Journal.Failure = null;
        (await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)).IsSuccessStatusCode.ShouldBeTrue();
        handler.Check().State.ShouldBe(HealthState.Ok);
    }

    [Fact]
    [Trait("row", "D7")]
    public async Task D7_a_journal_that_hangs_does_not_hold_the_client_longer_than_configured()
    {
        await using var doors = await RunningDoors.StartAsync([("AppendTimeout", "00:00:00.2")]);
        doors.Journal.Gate = new TaskCompletionSource().Task;

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Fact]
    [Trait("row", "D7")]
    [Trait("row", "D8")]
    public async Task D7_D8_too_much_at_once_is_503_or_UNAVAILABLE_and_passes()
    {
        await using var doors = await RunningDoors.StartAsync([("MaxBodyBytes", "65536"), ("MaxInFlightBytes", "262144")]);
        doors.Budget.TryReserve(262_000, ofBody: 1).ShouldBeTrue();

        using var overHttp = await doors.Http.PostAsync("/v1/logs", Some.Logs(50, 1000), HttpSending.Protobuf);
        var overGrpc = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(50, 1000));
        doors.Budget.Release(262_000);
        using var after = await doors.Http.PostAsync("/v1/logs", Some.Logs(50, 1000), HttpSending.Protobuf);

        overHttp.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        overHttp.Headers.RetryAfter.ShouldNotBeNull();
        overGrpc.Code.ShouldBe((int)RpcCode.Unavailable);
        GrpcCaller.Has<RetryInfo>(overGrpc.Details!).ShouldBeTrue();
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    [Trait("row", "D11")]
    public async Task D11_a_bridge_that_shuts_down_sends_new_requests_away_with_a_delay()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);
        await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs());
        var request = "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        await connection.SendAsync(request);
        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);

        doors.BeginShutdown();
        await connection.SendAsync(request);
        var (status, headers, _) = await connection.ReadAnswerAsync();

        status.ShouldBe(503);
        headers.ShouldContain("Retry-After:");
        (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs())).Code.ShouldBe((int)RpcCode.Unavailable);
    }
}
