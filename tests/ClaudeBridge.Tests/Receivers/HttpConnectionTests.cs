using System.Text;
using Microsoft.Extensions.Logging;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>OTLP/HTTP byte by byte: framing, connections that stay, connections that break.</summary>
public sealed class HttpConnectionTests
{
    private const string Head = "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n";

    [Fact]
    [Trait("row", "A10")]
    public async Task A10_a_thousand_requests_come_over_one_connection()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);
        var body = Some.Logs();

        for (var i = 0; i < 1000; i++)
        {
            await connection.SendAsync($"{Head}Content-Length: {body.Length}\r\n\r\n");
            await connection.SendAsync(body);
            (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
        }

        doors.Journal.Entries.Count.ShouldBe(1000);
    }

    [Fact]
    [Trait("row", "A10")]
    public async Task A10_requests_sent_before_the_answers_are_answered_in_order()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);
        var body = Some.Logs();
        byte[] good = [.. Encoding.Latin1.GetBytes($"{Head}Content-Length: {body.Length}\r\n\r\n"), .. body];
        var bad = Encoding.Latin1.GetBytes($"{Head}Content-Length: 1\r\n\r\n\u000A");

        await connection.SendAsync((byte[])[.. good, .. bad, .. good]);

        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
        (await connection.ReadAnswerAsync()).Status.ShouldBe(400);
        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
    }

    [Fact]
    [Trait("row", "A10")]
    public async Task A10_a_chunked_body_arrives_whole_whatever_its_pieces()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);
        var body = Some.Logs(500, 100);

        await connection.SendAsync($"{Head}Transfer-Encoding: chunked\r\n\r\n");
        var sent = 0;
        for (var size = 1; sent < body.Length; size = size * 3 + 1)
        {
            var piece = body.AsMemory(sent, Math.Min(size, body.Length - sent));
            await connection.SendAsync($"{piece.Length:X}\r\n");
            await connection.SendAsync(piece);
            await connection.SendAsync("\r\n");
            sent += piece.Length;
        }

        await connection.SendAsync("0\r\n\r\n");

        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
        doors.Journal.Entries.ShouldHaveSingleItem().Body.ToArray().ShouldBe(body);
    }

    [Fact]
    [Trait("row", "A10")]
    public async Task A10_a_client_that_expects_100_continue_is_told_to_go_on()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);
        var body = Some.Logs();

        await connection.SendAsync($"{Head}Content-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n");
        (await connection.ReadAnswerAsync()).Status.ShouldBe(100);
        await connection.SendAsync(body);

        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
        doors.Journal.Entries.Count.ShouldBe(1);
    }

    [Fact]
    [Trait("row", "A10")]
    [Trait("row", "D3")]
    public async Task A10_D3_a_client_that_expects_100_continue_learns_of_the_limit_before_it_sends()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);

        await connection.SendAsync($"{Head}Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n");

        (await connection.ReadAnswerAsync()).Status.ShouldBe(413);
    }

    [Fact]
    [Trait("row", "D3")]
    public async Task D3_a_client_that_sends_a_far_too_large_body_to_its_end_still_reads_the_413()
    {
        await using var doors = await RunningDoors.StartAsync([("MaxBodyBytes", "65536"), ("MaxInFlightBytes", "1000000")]);
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);
        var piece = new byte[1024 * 1024];

        await connection.SendAsync($"{Head}Content-Length: {20 * piece.Length}\r\n\r\n");
        for (var i = 0; i < 20; i++)
        {
            await connection.SendAsync(piece);
        }

        (await connection.ReadAnswerAsync()).Status.ShouldBe(413);
    }

    [Theory]
    [Trait("row", "D10")]
    [InlineData("Content-Length: 1000\r\n\r\nonly this", true)]
    [InlineData("Content-Length: 1000\r\n\r\nonly this", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFF\r\nonly this", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFF\r\nonly this", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n", true)]
    public async Task D10_a_client_gone_in_the_middle_leaves_nothing_behind(string cut, bool byReset)
    {
        await using var doors = await RunningDoors.StartAsync();
        using (var connection = await RawConnection.OpenAsync(doors.Ports.Http))
        {
            await connection.SendAsync(Head + cut);
            SpinWait.SpinUntil(() => doors.Budget.Used > 0, TimeSpan.FromSeconds(10)).ShouldBeTrue();
            if (byReset)
            {
                connection.Reset();
            }
        }

        SpinWait.SpinUntil(() => doors.Budget.Used == 0, TimeSpan.FromSeconds(10)).ShouldBeTrue();
        await doors.StopAsync();
        doors.Journal.Entries.ShouldBeEmpty();
        doors.Log.Lines.ShouldNotContain(line => line.Level > LogLevel.Debug);
    }

    [Fact]
    [Trait("row", "D10")]
    public async Task D10_a_client_that_ends_its_body_early_never_reads_a_success()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);

        await connection.SendAsync($"{Head}Content-Length: 1000\r\n\r\nonly this");
        connection.EndSending();

        (await connection.IsClosedAsync()).ShouldBeTrue();
        doors.Journal.Entries.ShouldBeEmpty();
    }

    [Theory]
    [Trait("row", "D1")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nnot a size\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length: many\r\n\r\n")]
    public async Task D1_a_body_in_a_broken_frame_is_400_and_the_server_stays_up(string frame)
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);

        await connection.SendAsync(Head + frame);

        (await connection.ReadAnswerAsync()).Status.ShouldBe(400);
        (await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    [Trait("row", "A6")]
    public async Task A6_cleartext_HTTP_2_on_the_HTTP_port_is_refused_cleanly()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);

        await connection.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

        // GOAWAY with HTTP_1_1_REQUIRED, or an HTTP/1.1 400: either way an answer, and then the end.
        await Should.ThrowAsync<IOException>(connection.ReadAnswerAsync);
        (await doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    [Trait("row", "D11")]
    public async Task D11_what_was_whole_when_the_shutdown_began_is_journalled_and_answered()
    {
        await using var doors = await RunningDoors.StartAsync();
        var gate = new TaskCompletionSource();
        doors.Journal.Gate = gate.Task;
        var sending = doors.Http.PostAsync("/v1/logs", Some.Logs(), HttpSending.Protobuf);
        await doors.Journal.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));

        var stopping = doors.StopAsync();
        gate.SetResult();

        using var response = await sending;
        response.IsSuccessStatusCode.ShouldBeTrue();
        await stopping;
        doors.Journal.Entries.Count.ShouldBe(1);
    }
}
