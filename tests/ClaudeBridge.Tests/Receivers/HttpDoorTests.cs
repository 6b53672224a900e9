using System.Net;
using System.Text.Json;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>OTLP/HTTP with a well-behaved client: what is taken and how it is answered.</summary>
public sealed class HttpDoorTests
{
    public static TheoryData<Signal, OtlpEncoding> SignalsAndEncodings =>
        new(from signal in Enum.GetValues<Signal>() from encoding in Enum.GetValues<OtlpEncoding>() select (signal, encoding));

    [Theory]
    [Trait("row", "A2")]
    [Trait("row", "A3")]
    [Trait("row", "B1")]
    [Trait("row", "B2")]
    [Trait("row", "C1")]
    [Trait("row", "C2")]
    [Trait("row", "C10")]
    [MemberData(nameof(SignalsAndEncodings))]
    public async Task A2_A3_B1_B2_C1_C2_each_signal_is_journalled_and_answered_in_its_own_encoding_with_nothing_set(
        Signal signal,
        OtlpEncoding encoding
    )
    {
        await using var doors = await RunningDoors.StartAsync();
        var body = Some.Body(signal, encoding);
        var type = encoding == OtlpEncoding.Json ? HttpSending.Json : HttpSending.Protobuf;

        using var response = await doors.Http.PostAsync(Some.Path(signal), body, type);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Type().ShouldBe(type);
        (await response.BytesAsync()).ShouldBe(encoding == OtlpEncoding.Json ? Some.Utf8("{}") : []);
        var entry = doors.Journal.Entries.ShouldHaveSingleItem();
        entry.Kind.ShouldBe(JournalEntryKind.Export);
        entry.Signal.ShouldBe(signal);
        entry.Encoding.ShouldBe(encoding);
        entry.Body.ToArray().ShouldBe(body);
        entry.ReceivedAt.ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));
        doors.Journal.Decoded[0]!.Accepted.ShouldBe(1);
    }

    [Theory]
    [Trait("row", "A5")]
    [Trait("row", "B6")]
    [Trait("row", "B7")]
    [InlineData("gzip", OtlpEncoding.Protobuf)]
    [InlineData("GZip", OtlpEncoding.Json)]
    [InlineData("x-gzip", OtlpEncoding.Json)]
    public async Task A5_B6_B7_a_gzip_body_is_journalled_as_it_was_before_compression(string coding, OtlpEncoding encoding)
    {
        await using var doors = await RunningDoors.StartAsync();
        var body = Some.Body(Signal.Logs, encoding);
        var type = encoding == OtlpEncoding.Json ? HttpSending.Json : HttpSending.Protobuf;

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Gzip(body), type, coding);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        doors.Journal.Entries.ShouldHaveSingleItem().Body.ToArray().ShouldBe(body);
    }

    [Theory]
    [Trait("row", "B7")]
    [InlineData("identity")]
    [InlineData("Identity")]
    public async Task B7_identity_is_no_coding_at_all(string coding)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf, coding);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        doors.Journal.Entries.Count.ShouldBe(1);
    }

    [Theory]
    [Trait("row", "B3")]
    [InlineData("application/json; charset=utf-8", OtlpEncoding.Json)]
    [InlineData("Application/JSON", OtlpEncoding.Json)]
    [InlineData("application/json;charset=utf-8;q=1", OtlpEncoding.Json)]
    [InlineData("APPLICATION/X-PROTOBUF ; v=1", OtlpEncoding.Protobuf)]
    public async Task B3_parameters_and_letter_case_of_the_type_do_not_matter(string contentType, OtlpEncoding encoding)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/traces", Some.Body(Signal.Traces, encoding), contentType);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        doors.Journal.Entries.ShouldHaveSingleItem().Encoding.ShouldBe(encoding);
    }

    [Fact]
    [Trait("row", "A8")]
    public async Task A8_a_query_string_is_ignored()
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/logs?tenant=a&v1/traces", Some.Logs(), HttpSending.Protobuf);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        doors.Journal.Entries.ShouldHaveSingleItem().Signal.ShouldBe(Signal.Logs);
    }

    [Theory]
    [Trait("row", "C3")]
    [Trait("row", "C4")]
    [InlineData(HttpSending.Protobuf, "")]
    [InlineData(HttpSending.Json, "{}")]
    [InlineData(HttpSending.Json, """{"resourceLogs":[]}""")]
    [InlineData(HttpSending.Json, """{"resourceLogs":[{"scopeLogs":[{"logRecords":[]}]}]}""")]
    public async Task C3_C4_an_export_of_nothing_succeeds_and_is_not_journalled(string contentType, string body)
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/logs", Some.Utf8(body), contentType);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.BytesAsync()).ShouldBe(contentType == HttpSending.Json ? Some.Utf8("{}") : []);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Fact]
    [Trait("row", "C5")]
    [Trait("row", "C6")]
    [Trait("row", "C8")]
    [Trait("row", "G6")]
    public async Task C5_C6_C8_a_bad_span_is_rejected_alone_and_the_answer_says_how_many_and_why()
    {
        await using var doors = await RunningDoors.StartAsync();
        var body = Some.Spans(Some.Span(), Some.Span(traceId: new byte[16]), Some.Span());

        using var response = await doors.Http.PostAsync("/v1/traces", body, HttpSending.Protobuf);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var reply = ExportTraceServiceResponse.Parser.ParseFrom(await response.BytesAsync());
        reply.PartialSuccess.RejectedSpans.ShouldBe(1);
        reply.PartialSuccess.ErrorMessage.ShouldNotBeEmpty();
        var entry = doors.Journal.Entries.ShouldHaveSingleItem();
        entry.Body.ToArray().ShouldBe(body);
        doors.Journal.Decoded[0]!.Accepted.ShouldBe(2);
    }

    [Fact]
    [Trait("row", "C5")]
    [Trait("row", "E2")]
    public async Task C5_E2_a_rejection_in_JSON_is_told_in_JSON()
    {
        await using var doors = await RunningDoors.StartAsync();
        var body = Some.Utf8(
            """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz","spanId":"0102030405060708","name":"a"},{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"b"}]}]}]}"""
        );

        using var response = await doors.Http.PostAsync("/v1/traces", body, HttpSending.Json);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var partial = JsonDocument.Parse(await response.BytesAsync()).RootElement.GetProperty("partialSuccess");
        partial.GetProperty("rejectedSpans").ToString().ShouldBe("1");
        partial.GetProperty("errorMessage").GetString().ShouldNotBeNullOrEmpty();
        doors.Journal.Entries.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("row", "C5")]
    public async Task C5_an_export_of_which_nothing_can_be_kept_is_answered_as_partial_success_and_not_journalled()
    {
        await using var doors = await RunningDoors.StartAsync();

        using var response = await doors.Http.PostAsync("/v1/traces", Some.Spans(Some.Span(new byte[16])), HttpSending.Protobuf);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        ExportTraceServiceResponse.Parser.ParseFrom(await response.BytesAsync()).PartialSuccess.RejectedSpans.ShouldBe(1);
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Fact]
    [Trait("row", "C10")]
    public async Task C10_the_answer_waits_until_the_journal_has_the_export()
    {
        await using var doors = await RunningDoors.StartAsync();
        var gate = new TaskCompletionSource();
        doors.Journal.Gate = gate.Task;

        var sending = doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
        await doors.Journal.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));
        sending.IsCompleted.ShouldBeFalse();
        gate.SetResult();

        using var response = await sending;
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        doors.Journal.Entries.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("row", "D13")]
    public async Task D13_the_same_request_sent_again_is_accepted_again()
    {
        await using var doors = await RunningDoors.StartAsync();
        var body = Some.Logs();

        for (var i = 0; i < 2; i++)
        {
            using var response = await doors.Http.PostAsync("/v1/logs", body, HttpSending.Protobuf);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task The_memory_of_every_request_is_given_back_whatever_became_of_it()
    {
        await using var doors = await RunningDoors.StartAsync([("MaxBodyBytes", "100000"), ("MaxInFlightBytes", "1000000")]);
        var good = Some.Logs(200);

        for (var i = 0; i < 50; i++)
        {
            (await doors.Http.PostAsync("/v1/logs", good, HttpSending.Protobuf)).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await doors.Http.PostAsync("/v1/logs", Some.Gzip(good), HttpSending.Protobuf, "gzip")).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await doors.Http.PostAsync("/v1/logs", good[..^1], HttpSending.Protobuf)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await doors.Http.PostAsync("/v1/logs", Some.Gzip(good)[..^9], HttpSending.Protobuf, "gzip")).StatusCode.ShouldBe(
                HttpStatusCode.BadRequest
            );
            (await doors.Http.PostAsync("/v1/logs", Some.Gzip(new byte[200_000]), HttpSending.Protobuf, "gzip")).StatusCode.ShouldBe(
                HttpStatusCode.RequestEntityTooLarge
            );
            (await doors.Grpc.CallAsync(GrpcCaller.Logs, good)).Code.ShouldBe(0);
        }

        SpinWait.SpinUntil(() => doors.Budget.Used == 0, TimeSpan.FromSeconds(5)).ShouldBeTrue();
    }
}
