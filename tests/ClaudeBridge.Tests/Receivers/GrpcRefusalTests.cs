using System.Net;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Otlp.Rpc.Messages;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>OTLP/gRPC with a caller that does something wrong, or whose time is up.</summary>
public sealed class GrpcRefusalTests
{
    [Theory]
    [Trait("row", "A12")]
    [InlineData("/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export")]
    [InlineData("/opentelemetry.proto.collector.logs.v1.LogsService/Import")]
    [InlineData("/grpc.health.v1.Health/Check")]
    [InlineData("/v1/logs")]
    [InlineData("/")]
    public async Task A12_an_unknown_service_or_method_is_UNIMPLEMENTED_in_trailers_only(string path)
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.CallAsync(path, Some.Logs());

        outcome.HttpStatus.ShouldBe(HttpStatusCode.OK);
        outcome.Code.ShouldBe((int)RpcCode.Unimplemented);
        outcome.IsTrailersOnly.ShouldBeTrue();
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Theory]
    [Trait("row", "B4")]
    [InlineData("application/json")]
    [InlineData("application/x-protobuf")]
    [InlineData("application/grpc+json")]
    [InlineData("application/grpc-web")]
    public async Task B4_a_content_type_that_is_not_gRPC_is_HTTP_415(string contentType)
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("content-type", contentType));

        outcome.HttpStatus.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Theory]
    [Trait("row", "B11")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip,gzip")]
    public async Task B11_an_unknown_encoding_is_UNIMPLEMENTED_and_the_known_ones_are_named(string encoding)
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.SendAsync(
            GrpcCaller.Logs,
            new ByteArrayContent(GrpcCaller.Frame(Some.Logs(), compressed: true)),
            ("grpc-encoding", encoding)
        );

        outcome.Code.ShouldBe((int)RpcCode.Unimplemented);
        outcome.Headers.GetValues("grpc-accept-encoding").ShouldBe(["identity,gzip"]);
    }

    [Fact]
    [Trait("row", "B11")]
    public async Task B11_a_message_marked_as_compressed_by_nothing_is_INTERNAL()
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.SendAsync(GrpcCaller.Logs, new ByteArrayContent(GrpcCaller.Frame(Some.Logs(), compressed: true)));

        outcome.Code.ShouldBe((int)RpcCode.Internal);
    }

    [Fact]
    [Trait("row", "D1")]
    [Trait("row", "D2")]
    public async Task D1_D2_a_message_that_cannot_be_read_is_INVALID_ARGUMENT_with_a_BadRequest_that_says_where()
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Logs, [0x0A, 0x05]);

        outcome.Code.ShouldBe((int)RpcCode.InvalidArgument);
        outcome.Message.ShouldNotBeNullOrEmpty();
        outcome.IsTrailersOnly.ShouldBeTrue();
        outcome.Details!.Code.ShouldBe((int)RpcCode.InvalidArgument);
        outcome.Details.Message.ShouldBe(outcome.Message);
        GrpcCaller.Detail<BadRequest>(outcome.Details).FieldViolations.ShouldHaveSingleItem();
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Theory]
    [Trait("row", "D1")]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00000000")]
    [InlineData("0000000002" + "0A")]
    [InlineData("0000000001" + "0A" + "00")]
    [InlineData("0000000000" + "0000000000")]
    [InlineData("0200000000")]
    [InlineData("FF00000000")]
    public async Task D1_anything_but_exactly_one_whole_frame_is_INVALID_ARGUMENT(string hex)
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.SendAsync(GrpcCaller.Logs, new ByteArrayContent(Convert.FromHexString(hex)));

        outcome.Code.ShouldBe((int)RpcCode.InvalidArgument);
    }

    [Fact]
    [Trait("row", "B6")]
    [Trait("row", "D1")]
    public async Task B6_D1_a_compressed_message_that_is_cut_is_INVALID_ARGUMENT()
    {
        await using var doors = await RunningDoors.StartAsync();
        var cut = Some.Gzip(Some.Logs(5))[..^9];

        var outcome = await doors.Grpc.SendAsync(
            GrpcCaller.Logs,
            new ByteArrayContent(GrpcCaller.Frame(cut, compressed: true)),
            ("grpc-encoding", "gzip")
        );

        outcome.Code.ShouldBe((int)RpcCode.InvalidArgument);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Theory]
    [Trait("row", "D3")]
    [Trait("row", "D5")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task D3_D5_a_message_over_the_limit_before_or_after_decompression_is_RESOURCE_EXHAUSTED_without_RetryInfo(bool isGzip)
    {
        await using var doors = await RunningDoors.StartAsync([("MaxBodyBytes", "65536"), ("MaxInFlightBytes", "1000000")]);
        var tooLarge = Some.Logs(1, 65_536);

        var outcome = isGzip
            ? await doors.Grpc.SendAsync(
                GrpcCaller.Logs,
                new ByteArrayContent(GrpcCaller.Frame(Some.Gzip(tooLarge), compressed: true)),
                ("grpc-encoding", "gzip")
            )
            : await doors.Grpc.CallAsync(GrpcCaller.Logs, tooLarge);

        outcome.Code.ShouldBe((int)RpcCode.ResourceExhausted);
        GrpcCaller.Has<RetryInfo>(outcome.Details!).ShouldBeFalse();
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Fact]
    [Trait("row", "D5")]
    [Trait("row", "F6")]
    public async Task D5_F6_a_claimed_length_is_refused_before_any_memory_is_taken_for_it()
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.SendAsync(GrpcCaller.Logs, new ByteArrayContent([0, 0xFF, 0xFF, 0xFF, 0xFF, 1]));

        outcome.Code.ShouldBe((int)RpcCode.ResourceExhausted);
        GrpcCaller.Has<RetryInfo>(outcome.Details!).ShouldBeFalse();
    }

    [Fact]
    public async Task A_deadline_that_passes_while_the_journal_works_is_DEADLINE_EXCEEDED()
    {
        await using var doors = await RunningDoors.StartAsync();
        doors.Journal.Gate = new TaskCompletionSource().Task;

        var outcome = await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("grpc-timeout", "100m"));

        outcome.Code.ShouldBe((int)RpcCode.DeadlineExceeded);
    }

    [Fact]
    public async Task A_deadline_that_passes_while_the_message_arrives_is_DEADLINE_EXCEEDED()
    {
        await using var doors = await RunningDoors.StartAsync();

        var outcome = await doors.Grpc.SendAsync(GrpcCaller.Logs, new NeverEndingContent(), ("grpc-timeout", "200m"));

        outcome.Code.ShouldBe((int)RpcCode.DeadlineExceeded);
    }

    [Theory]
    [InlineData("10S")]
    [InlineData("99999999H")]
    [InlineData("soon")]
    [InlineData("-5S")]
    [InlineData("123456789S")]
    public async Task A_deadline_that_is_far_or_cannot_be_read_changes_nothing(string timeout)
    {
        await using var doors = await RunningDoors.StartAsync();

        (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs(), ("grpc-timeout", timeout))).Code.ShouldBe(0);
    }

    [Fact]
    [Trait("row", "D10")]
    public async Task D10_a_caller_gone_in_the_middle_leaves_nothing_behind()
    {
        await using var doors = await RunningDoors.StartAsync();
        using (var caller = new GrpcCaller(doors.Ports.Grpc))
        {
            var call = caller.SendAsync(GrpcCaller.Logs, new NeverEndingContent());
            SpinWait.SpinUntil(() => doors.Budget.Used > 0, TimeSpan.FromSeconds(10)).ShouldBeTrue();
            caller.Dispose();
            await Should.ThrowAsync<Exception>(call);
        }

        SpinWait.SpinUntil(() => doors.Budget.Used == 0, TimeSpan.FromSeconds(10)).ShouldBeTrue();
        doors.Journal.Entries.ShouldBeEmpty();
        doors.Log.Lines.ShouldNotContain(line => line.Level > LogLevel.Debug);
    }

    [Fact]
    public async Task Another_method_than_POST_is_HTTP_405()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{doors.Ports.Grpc}{GrpcCaller.Logs}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    /// <summary>Begins a message of a thousand bytes and never ends it.</summary>
    private sealed class NeverEndingContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 0, 3, 0xE8, 1, 2, 3 }, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
