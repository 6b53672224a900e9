using System.Diagnostics;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Otlp.Rpc.Messages;
using ClaudeBridge.Receivers;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>A sender over gRPC does not come back, so it is held while the disk takes nothing: in bounded memory, and never beyond its own deadline.</summary>
public sealed class HeldExportTests
{
    private static readonly JournalUnavailableException Full = new("the disk is full");

    [Fact]
    public async Task A_call_waits_for_the_disk_and_is_answered_OK_once_it_is_stored()
    {
        await using var doors = await RunningDoors.StartAsync();
        doors.Journal.Failure = Full;

        var call = doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(3), ("grpc-timeout", "20S"));
        await HeldAsync(doors, 1);
        doors.Journal.Entries.ShouldBeEmpty();
        call.IsCompleted.ShouldBeFalse();
        doors.Budget.Used.ShouldBe(0);
        doors.Journal.Failure = null;
        var outcome = await call;

        outcome.Code.ShouldBe(0);
        doors.Journal.Entries.Count.ShouldBe(1);
        Reserve(doors).Used.ShouldBe(0);
    }

    [Theory]
    [InlineData("1500m", 0.5, 1.5)]
    [InlineData(null, 0.9, 10)]
    public async Task A_call_is_told_UNAVAILABLE_with_a_delay_shortly_before_its_deadline_or_after_the_default(
        string? timeout,
        double earliest,
        double latest
    )
    {
        await using var doors = await RunningDoors.StartAsync([("HoldFor", "00:00:01")]);
        doors.Journal.Failure = Full;
        var since = Stopwatch.GetTimestamp();

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), timeout is null ? [] : [("grpc-timeout", timeout)]);

        outcome.Code.ShouldBe((int)RpcCode.Unavailable);
        GrpcCaller.Has<RetryInfo>(outcome.Details!).ShouldBeTrue();
        // The upper bound is the deadline itself where there is one: an answer after it would be none.
        Stopwatch.GetElapsedTime(since).TotalSeconds.ShouldBeInRange(earliest, latest);
        doors.Journal.Entries.ShouldBeEmpty();
        Reserve(doors).Used.ShouldBe(0);
    }

    [Fact]
    public async Task Beyond_the_reserve_a_call_is_refused_at_once_and_HTTP_is_never_held()
    {
        await using var doors = await RunningDoors.StartAsync([("ReserveBytes", "20000")]);
        doors.Journal.Failure = Full;
        var held = doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(1, 6000), ("grpc-timeout", "30S"));
        await HeldAsync(doors, 1);
        var since = Stopwatch.GetTimestamp();

        var beyond = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(1, 6000), ("grpc-timeout", "30S"));
        using var http = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);

        beyond.Code.ShouldBe((int)RpcCode.Unavailable);
        GrpcCaller.Has<RetryInfo>(beyond.Details!).ShouldBeTrue();
        ((int)http.StatusCode).ShouldBe(503);
        // At once: far below the deadline of the call.
        Stopwatch.GetElapsedTime(since).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        doors.Journal.Failure = null;
        (await held).Code.ShouldBe(0);
    }

    [Fact]
    public async Task The_end_of_the_program_tells_those_who_wait()
    {
        await using var doors = await RunningDoors.StartAsync();
        doors.Journal.Failure = Full;
        var held = doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("grpc-timeout", "29S"));
        await HeldAsync(doors, 1);

        doors.BeginShutdown();

        (await held.WaitAsync(TimeSpan.FromSeconds(15))).Code.ShouldBe((int)RpcCode.Unavailable);
    }

    [Fact]
    public void Large_exports_leave_the_last_quarter_of_the_reserve_to_small_ones_and_many_tiny_ones_are_bounded_too()
    {
        var reserve = new ExportReserve(1024 * 1024);

        var large = Enumerable.Range(0, 100).Count(_ => reserve.TryTake(100 * 1024));
        var small = Enumerable.Range(0, 100).Count(_ => reserve.TryTake(2 * 1024));
        var tiny = Enumerable.Range(0, 1_000_000).Count(_ => reserve.TryTake(0));

        large.ShouldBe(7);
        small.ShouldBeGreaterThan(40);
        tiny.ShouldBeLessThan(10);
        reserve.Used.ShouldBeLessThanOrEqualTo(1024 * 1024);
    }

    private static ExportReserve Reserve(RunningDoors doors) => doors.Services.GetRequiredService<ExportReserve>();

    private static async Task HeldAsync(RunningDoors doors, int calls)
    {
        var since = Stopwatch.GetTimestamp();
        while (Reserve(doors).Used < calls * 4096)
        {
            Stopwatch.GetElapsedTime(since).ShouldBeLessThan(TimeSpan.FromSeconds(20), "nothing is held");
            await Task.Delay(10);
        }
    }
}
