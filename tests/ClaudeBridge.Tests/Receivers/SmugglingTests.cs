namespace ClaudeBridge.Tests.Receivers;

/// <summary>Requests whose end could be read in two ways, behind a proxy that reads it the other way: refused, or read in the one way of RFC 9112, and never as two.</summary>
public sealed class SmugglingTests
{
    private const string Hidden = "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Hidden: 1\r\nConnection: close\r\n\r\n";

    private const string Post = "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

    /// <summary>Each is followed by another request on the same connection, which must not be taken for a part of it, nor a part of it for a request.</summary>
    [Theory]
    [InlineData(Post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG")]
    [InlineData(Post + "Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: \u000bchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 2, 2\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 2 2\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 0x2\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 2abc\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: 99999999999999999999\r\n\r\n{}")]
    [InlineData(Post + "Content-Length : 2\r\n\r\n{}")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n100000002\r\n{}\r\n0\r\n\r\n")]
    [InlineData(
        "POST /v1/logs HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    )]
    [InlineData("POST /v1/logs HTTP/1.1\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/logs HTTP/1.1\r\nHost: localhost, evil.example\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST http://evil.example/v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("POST /v1/logs HTTP/1.1\nHost: localhost\nContent-Length: 0\n\nX")]
    [InlineData("POST /v1/logs\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /health\r\n\r\n")]
    [InlineData("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nX\u0000: y\r\n\r\n")]
    [InlineData("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n")]
    [InlineData("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\n: y\r\n\r\n")]
    [InlineData("POST /v1/\u0000logs HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("POST /v1/logs HTTP/3.7\r\nHost: localhost\r\n\r\n")]
    [InlineData("PO ST /v1/logs HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task A_request_that_could_be_read_in_two_ways_is_refused_and_ends_its_connection(string request)
    {
        await using var doors = await RunningDoors.StartAsync();
        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            using var connection = await RawConnection.OpenAsync(port);

            await connection.SendAsync(request + Hidden);

            var statuses = await StatusesAsync(connection);
            statuses.ShouldAllBe(static status => status >= 400, $"{request}: {string.Join(' ', statuses)}");
            statuses.Count.ShouldBeLessThanOrEqualTo(1, $"{request}: {string.Join(' ', statuses)}");
        }

        doors.Journal.Entries.ShouldBeEmpty();
    }

    /// <summary>These have one meaning, and the request behind them is a request of its own.</summary>
    [Theory]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: CHUNKED\r\n\r\n002\r\n{}\r\n0\r\nTrailer: x\r\n\r\n")]
    [InlineData(Post + "Content-Length: 002\r\n\r\n{}")]
    [InlineData(Post + "Content-Length: +2\r\n\r\n{}")]
    [InlineData(
        "POST http://localhost/v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )]
    [InlineData(
        "POST /v1/logs HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )]
    public async Task A_request_with_one_meaning_is_read_so_and_the_next_one_too(string request)
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);

        await connection.SendAsync(request + Hidden);

        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
        (await connection.ReadAnswerAsync()).Status.ShouldBe(200);
    }

    [Fact]
    public async Task An_extension_of_a_chunk_without_end_ends_the_connection()
    {
        await using var doors = await RunningDoors.StartAsync();
        using var connection = await RawConnection.OpenAsync(doors.Ports.Http);

        await connection.SendAsync(Post + "Transfer-Encoding: chunked\r\n\r\n2;");
        try
        {
            for (var i = 0; i < 10_000; i++)
            {
                await connection.SendAsync(new string('x', 10_000));
            }
        }
        catch (IOException)
        {
            // It has.
        }

        doors.Budget.Used.ShouldBeLessThan(1024 * 1024);
        (await StatusesAsync(connection)).ShouldAllBe(static status => status >= 400);
    }

    [Theory]
    [InlineData(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil.example\r\n",
        403
    )]
    [InlineData(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        200
    )]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n", 200)]
    public async Task Nothing_is_upgraded(string headers, int expected)
    {
        await using var doors = await RunningDoors.StartAsync();
        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            using var connection = await RawConnection.OpenAsync(port);

            await connection.SendAsync($"GET /health HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

            (await connection.ReadAnswerAsync()).Status.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("/v1/logs%0d%0aSet-Cookie:%20a=b")]
    [InlineData("/v1%2flogs")]
    [InlineData("/v1/%6cogs/../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/v1/logs%00")]
    [InlineData("/%c0%ae%c0%ae/")]
    [InlineData("/%ff%fe")]
    [InlineData("/%")]
    [InlineData("//evil.example/v1/logs")]
    [InlineData("/login%0d%0aLocation:%20http://evil.example")]
    public async Task Odd_paths_are_refused_and_nothing_of_them_becomes_a_header(string path)
    {
        await using var doors = await RunningDoors.StartAsync([("ApiKey", "the key")]);
        foreach (var port in (int[])[doors.Ports.Http, doors.Ports.Dashboard])
        {
            using var connection = await RawConnection.OpenAsync(port);

            await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nx-api-key: the key\r\n\r\n");
            var (status, headers, _) = await connection.ReadAnswerAsync();
            using var without = await RawConnection.OpenAsync(port);
            await without.SendAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n");
            var (_, led, _) = await without.ReadAnswerAsync();

            status.ShouldBeGreaterThanOrEqualTo(400, $"{path} {headers}");
            (headers + led).ShouldNotContain("\nSet-Cookie");
            led.ShouldNotContain("Location: http");
            led.ShouldNotContain("Location: //");
        }
    }

    /// <summary>All answers until the server closes the connection: it does so after the hidden request, if it sees one. Who ends sending first would get no answer at all.</summary>
    private static async Task<List<int>> StatusesAsync(RawConnection connection)
    {
        List<int> statuses = [];
        try
        {
            while (true)
            {
                statuses.Add((await connection.ReadAnswerAsync()).Status);
            }
        }
        catch (IOException)
        {
            return statuses;
        }
    }
}
