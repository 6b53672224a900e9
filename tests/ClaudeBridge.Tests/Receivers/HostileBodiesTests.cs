using System.Net;
using System.Text.Json;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Otlp.Rpc.Messages;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>Whatever the bytes, the answer is one that the protocol knows, and the next sender is served.</summary>
public sealed class HostileBodiesTests
{
    private static readonly HttpStatusCode[] Known =
    [
        HttpStatusCode.OK,
        HttpStatusCode.BadRequest,
        HttpStatusCode.RequestEntityTooLarge,
        HttpStatusCode.UnsupportedMediaType,
    ];

    private static readonly int[] KnownCodes = [(int)RpcCode.Ok, (int)RpcCode.InvalidArgument, (int)RpcCode.ResourceExhausted];

    [Fact]
    [Trait("row", "D6")]
    public async Task D6_any_bytes_over_HTTP_are_answered_with_a_known_status_and_a_readable_Status()
    {
        await using var doors = await RunningDoors.StartAsync();

        foreach (var (signal, encoding, isGzip, body) in Bodies().Sample(400))
        {
            var type = encoding == OtlpEncoding.Json ? HttpSending.Json : HttpSending.Protobuf;
            using var response = await doors.Http.PostAsync(
                Some.Path(signal),
                isGzip ? Some.Gzip(body) : body,
                type,
                isGzip ? "gzip" : null
            );
            var answer = await response.BytesAsync();

            Known.ShouldContain(response.StatusCode, $"{signal} {encoding} {Convert.ToHexString(body)}");
            response.Type().ShouldBe(type);
            if (!response.IsSuccessStatusCode)
            {
                (
                    encoding == OtlpEncoding.Json
                        ? JsonDocument.Parse(answer).RootElement.GetProperty("code").GetInt32()
                        : Status.Parser.ParseFrom(answer).Code
                ).ShouldBe((int)RpcCode.InvalidArgument);
            }
        }

        (await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    [Trait("row", "D1")]
    public async Task D1_any_bytes_over_gRPC_are_answered_with_a_known_code()
    {
        await using var doors = await RunningDoors.StartAsync();
        string[] paths = [GrpcCaller.Logs, GrpcCaller.Metrics, GrpcCaller.Traces];

        foreach (var (signal, _, isFramed, body) in Bodies().Sample(300))
        {
            var sent = isFramed ? GrpcCaller.Frame(body) : body;
            var outcome = await doors.Grpc.SendAsync(paths[(int)signal - 1], new ByteArrayContent(sent));

            outcome.HttpStatus.ShouldBe(HttpStatusCode.OK);
            KnownCodes.ShouldContain(outcome.Code!.Value, Convert.ToHexString(sent));
        }

        (await doors.Grpc.CallAsync(GrpcCaller.Logs, Some.Logs())).Code.ShouldBe(0);
    }

    /// <summary>Noise, and good bodies with a byte changed, cut off or doubled.</summary>
    private static Gen<(Signal Signal, OtlpEncoding Encoding, bool Flag, byte[] Body)> Bodies() =>
        from signal in Gen.Elements(Enum.GetValues<Signal>())
        from encoding in Gen.Elements(Enum.GetValues<OtlpEncoding>())
        from flag in Gen.Elements(true, false)
        from body in Gen.OneOf(
            ArbMap.Default.GeneratorFor<byte[]>(),
            from good in Gen.Constant(Some.Body(signal, encoding))
            from at in Gen.Choose(0, good.Length - 1)
            from value in Gen.Choose(0, 255)
            from kind in Gen.Choose(0, 2)
            select kind switch
            {
                0 => (byte[])[.. good[..at], (byte)value, .. good[(at + 1)..]],
                1 => good[..at],
                _ => [.. good, .. good[at..]],
            }
        )
        select (signal, encoding, flag, body);
}
