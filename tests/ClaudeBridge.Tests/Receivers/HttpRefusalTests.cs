using System.Net;
using System.Text.Json;
using ClaudeBridge.Otlp;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Otlp.Rpc.Messages;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>OTLP/HTTP with a client that does something wrong: each is told what, in its own encoding, and nothing is kept.</summary>
public sealed class HttpRefusalTests
{
    [Theory]
    [Trait("row", "A7")]
    [Trait("row", "A8")]
    [Trait("row", "A12")]
    [Trait("row", "B5")]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/log")]
    [InlineData("/V1/LOGS")]
    [InlineData("/v1/logs/")]
    [InlineData("/v1/logs/x")]
    [InlineData("/v1development/profiles")]
    [InlineData("/page")]
    [InlineData("/metrics")]
    public async Task A7_A8_A12_any_other_path_is_404_with_a_Status(string path)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync(path, Some.Logs(), HttpSending.Protobuf);

        await ShouldBeRefusedAsync(doors, response, HttpStatusCode.NotFound, OtlpEncoding.Protobuf, RpcCode.NotFound);
    }

    [Theory]
    [Trait("row", "A9")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PATCH")]
    public async Task A9_any_method_but_POST_and_GET_is_405_and_they_are_named(string method)
    {
        await using var doors = await RunningDoors.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/traces");

        using var response = await doors.Http.SendAsync(request);

        response.Content.Headers.Allow.ShouldBe(["GET", "HEAD", "POST"]);
        response.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        await ShouldBeRefusedAsync(doors, response, HttpStatusCode.MethodNotAllowed, OtlpEncoding.Json, RpcCode.Unimplemented);
    }

    [Theory]
    [Trait("row", "B4")]
    [Trait("row", "B5")]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/grpc")]
    [InlineData("application/protobuf")]
    [InlineData("application/jsonx")]
    [InlineData(";")]
    [InlineData("application/json, application/x-protobuf")]
    public async Task B4_B5_a_missing_or_unknown_type_is_415_with_a_JSON_Status(string? contentType)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Logs(), contentType);

        await ShouldBeRefusedAsync(doors, response, HttpStatusCode.UnsupportedMediaType, OtlpEncoding.Json, RpcCode.InvalidArgument);
    }

    [Theory]
    [Trait("row", "B8")]
    [Trait("row", "B9")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    [InlineData("identity, gzip")]
    public async Task B8_B9_an_unknown_or_stacked_coding_is_415_and_the_known_ones_are_named(string coding)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf, coding);

        response.Headers.GetValues("Accept-Encoding").ShouldContain(value => value.Contains("gzip"));
        await ShouldBeRefusedAsync(doors, response, HttpStatusCode.UnsupportedMediaType, OtlpEncoding.Protobuf, RpcCode.InvalidArgument);
    }

    [Theory]
    [Trait("row", "B5")]
    [Trait("row", "D1")]
    [Trait("row", "D2")]
    [Trait("row", "F6")]
    [InlineData("0A")]
    [InlineData("0AFFFFFFFF07")]
    [InlineData("0A05")]
    [InlineData("0880808080808080808080808080")]
    public async Task D1_D2_F6_undecodable_protobuf_is_400_with_a_BadRequest_that_says_where(string hex)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/logs", Convert.FromHexString(hex), HttpSending.Protobuf);

        var status = await ShouldBeRefusedAsync(doors, response, HttpStatusCode.BadRequest, OtlpEncoding.Protobuf, RpcCode.InvalidArgument);
        GrpcCaller.Detail<BadRequest>(status!).FieldViolations.ShouldHaveSingleItem();
    }

    [Theory]
    [Trait("row", "D1")]
    [Trait("row", "E15")]
    [Trait("row", "E16")]
    [InlineData("\uFEFF{}")]
    [InlineData("{} x")]
    [InlineData("{ /* no */ }")]
    [InlineData("""{"resourceLogs":[],}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("""{"resourceLogs":[""")]
    [InlineData("""{"resourceLogs":"secret-value"}""")]
    public async Task D1_E15_E16_a_body_that_is_no_JSON_object_of_this_kind_is_400_with_a_valid_JSON_Status(string body)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Utf8(body), HttpSending.Json);

        (await response.Content.ReadAsStringAsync()).ShouldNotContain("secret-value");
        await ShouldBeRefusedAsync(doors, response, HttpStatusCode.BadRequest, OtlpEncoding.Json, RpcCode.InvalidArgument);
    }

    [Fact]
    [Trait("row", "B6")]
    public async Task B6_gzip_that_is_cut_or_damaged_anywhere_is_400()
    {
        await using var doors = await RunningDoors.StartAsync();
        var whole = Some.Gzip(Some.Logs(3));
        List<byte[]> broken =
        [
            [],
            Some.Utf8("this is not gzip"),
            .. Enumerable.Range(0, whole.Length).Select(length => whole[..length]),
        ];
        broken.Add([.. whole[..^5], (byte)~whole[^5], .. whole[^4..]]);

        foreach (var body in broken)
        {
            using var response = await doors.Http.PostAsync("/v1/logs", body, HttpSending.Protobuf, "gzip");
            response.StatusCode.ShouldBe(HttpStatusCode.BadRequest, $"{body.Length} of {whole.Length} bytes");
        }

        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Theory]
    [Trait("row", "D3")]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task D3_a_body_over_the_limit_is_413_however_it_is_sent(bool isChunked, bool isGzip)
    {
        await using var doors = await RunningDoors.StartAsync([("MaxBodyBytes", "65536"), ("MaxInFlightBytes", "1000000")]);
        var tooLarge = Some.Logs(1, 65_536);
        var body = isGzip ? Some.Gzip(tooLarge) : tooLarge;

        using var response = await doors.Http.PostAsync(
            "/v1/logs",
            body,
            HttpSending.Protobuf,
            isGzip ? "gzip" : null,
            request => request.Headers.TransferEncodingChunked = isChunked
        );

        response.Headers.Contains("Retry-After").ShouldBeFalse();
        await ShouldBeRefusedAsync(doors, response, HttpStatusCode.RequestEntityTooLarge, OtlpEncoding.Protobuf, RpcCode.ResourceExhausted);
    }

    [Theory]
    [Trait("row", "D3")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task D3_a_body_of_exactly_the_limit_is_taken(bool isGzip)
    {
        var body = Some.Logs(1, 60_000);
        await using var doors = await RunningDoors.StartAsync([("MaxBodyBytes", body.Length.ToString()), ("MaxInFlightBytes", "1000000")]);

        using var response = await doors.Http.PostAsync(
            "/v1/logs",
            isGzip ? Some.Gzip(body) : body,
            HttpSending.Protobuf,
            isGzip ? "gzip" : null
        );

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    [Trait("row", "D4")]
    public async Task D4_the_default_limit_is_64_MiB()
    {
        await using var doors = await RunningDoors.StartAsync();
        var tooLarge = Some.Logs(1, 64 * 1024 * 1024);

        using var taken = await doors.Http.PostAsync("/v1/logs", Some.Logs(1, 64 * 1024 * 1024 - 100), HttpSending.Protobuf);
        using var refused = await doors.Http.PostAsync("/v1/logs", tooLarge, HttpSending.Protobuf);
        using var bomb = await doors.Http.PostAsync("/v1/logs", Some.Gzip(tooLarge), HttpSending.Protobuf, "gzip");

        taken.StatusCode.ShouldBe(HttpStatusCode.OK);
        refused.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        bomb.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Every_refusal_is_remembered_and_none_is_logged_above_debug()
    {
        await using var doors = await RunningDoors.StartAsync();

        await doors.Http.PostAsync("/v1/logs", Some.Utf8("{"), HttpSending.Json);
        await doors.Http.PostAsync("/nowhere?key=secret", Some.Utf8("{"), HttpSending.Json);

        doors.Refusals.Recent().Select(refusal => (refusal.Path, refusal.Status)).ShouldBe([("/nowhere", 404), ("/v1/logs", 400)]);
        doors.Log.Lines.ShouldNotContain(line => line.Level > Microsoft.Extensions.Logging.LogLevel.Debug);
    }

    /// <summary>Status code, body in the right encoding, nothing journalled. Returns the Status where it came as protobuf.</summary>
    private static async Task<Status?> ShouldBeRefusedAsync(
        RunningDoors doors,
        HttpResponseMessage response,
        HttpStatusCode expected,
        OtlpEncoding encoding,
        RpcCode code
    )
    {
        var body = await response.BytesAsync();
        response.StatusCode.ShouldBe(expected, string.Join('\n', doors.Log.Lines));
        doors.Journal.Entries.ShouldBeEmpty();
        if (encoding == OtlpEncoding.Json)
        {
            response.Type().ShouldBe(HttpSending.Json);
            var json = JsonDocument.Parse(body).RootElement;
            json.GetProperty("code").GetInt32().ShouldBe((int)code);
            json.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
            return null;
        }

        response.Type().ShouldBe(HttpSending.Protobuf);
        var status = Status.Parser.ParseFrom(body);
        status.Code.ShouldBe((int)code);
        status.Message.ShouldNotBeEmpty();
        return status;
    }
}
