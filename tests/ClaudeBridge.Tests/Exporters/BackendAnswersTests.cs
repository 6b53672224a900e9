using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;
using Google.Protobuf;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Tests.Exporters;

/// <summary>Whatever a backend answers, on either way and for scores: what was not taken for certain is sent again, and nothing else is harmed.</summary>
public sealed class BackendAnswersTests
{
    private const string Json = "Content-Type: application/json\r\n";
    private static readonly string[] Ways = ["otlp", "ingestion", "scores"];

    private static readonly Dictionary<string, Action<FaultyFront>> Faults = new()
    {
        ["refused"] = front => front.Refuse(),
        ["connections ignored"] = front => front.IgnoreConnections(),
        ["black hole"] = front => front.Hang(),
        ["no answer"] = front => front.Answer(""),
        ["cut in the status line"] = front => front.Answer("HTTP/1.1 2"),
        ["cut in the headers"] = front => front.Answer($"HTTP/1.1 200 OK\r\n{Json}Content-Le"),
        ["cut in the body"] = front => front.Answer($"HTTP/1.1 200 OK\r\n{Json}Content-Length: 900\r\n\r\n{{\"successes\":["),
        ["a chunk too few"] = front => front.Answer($"HTTP/1.1 200 OK\r\n{Json}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"a\":\r\n"),
        ["body never comes"] = front => front.AnswerAndHang($"HTTP/1.1 200 OK\r\n{Json}Content-Length: 900\r\n\r\n"),
        ["headers for ever"] = front => front.AnswerForEver("HTTP/1.1 200 OK\r\n"u8.ToArray(), "X-More: 0123456789\r\n"u8.ToArray()),
        ["a header too large"] = front => front.Answer($"HTTP/1.1 200 OK\r\nX-Large: {new string('x', 200_000)}\r\n\r\n"),
        ["1xx for ever"] = front => front.AnswerForEver([], "HTTP/1.1 102 Processing\r\n\r\n"u8.ToArray()),
        ["no HTTP"] = front => front.Answer("220 mail.example ESMTP\r\n"),
        ["another protocol"] = front => front.Answer([0, 0, 0, 4, 0, 0, 0, 0, 0]),
        ["a chunk of a wrong length"] = front => front.Answer($"HTTP/1.1 200 OK\r\n{Json}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n"),
        ["gzip that is none"] = front => front.Answer($"HTTP/1.1 200 OK\r\n{Json}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}"),
        ["500"] = front => front.Answer(Status(500)),
        ["502 as a web page"] = front =>
            front.Answer("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"),
        ["504"] = front => front.Answer(Status(504)),
        ["520"] = front => front.Answer(Status(520)),
        ["429 for a year"] = front => front.Answer(Status(429, "Retry-After: 31536000\r\n")),
        ["503 until next year"] = front => front.Answer(Status(503, "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n")),
        ["503 with a wish of nonsense"] = front => front.Answer(Status(503, "Retry-After: -7\r\nRetry-After: soon\r\n")),
        ["400 to all"] = front => front.Answer(Status(400)),
        ["401"] = front => front.Answer(Status(401)),
        ["404"] = front => front.Answer(Status(404)),
        ["409"] = front => front.Answer(Status(409)),
        ["413 to all"] = front => front.Answer(Status(413)),
        ["422 to all"] = front => front.Answer(Status(422)),
        ["101"] = front => front.Answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
        ["web page"] = front => front.Answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"),
        ["web page that says it is JSON"] = front => front.Answer($"HTTP/1.1 200 OK\r\n{Json}Content-Length: 7\r\n\r\n <html> "),
        ["web page, compressed"] = front => front.Answer(Compressed("<!doctype html>")),
        ["redirect in a circle"] = front => front.Answer(Status(308, "Location: /again\r\n")),
        ["redirect to nowhere"] = front => front.Answer(Status(307, "Location: ::::\r\n")),
    };

    public static TheoryData<string> FaultNames => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task Nothing_is_lost_or_set_aside_by_what_a_backend_answers_to_everything(string fault)
    {
        foreach (var way in Ways)
        {
            await using var harness = await CreateAsync(way);
            await using var front = FaultyFront.Of(harness.Langfuse.Address);
            harness.Options.Host = front.Address.ToString();
            if (fault == "connections ignored")
            {
                // In real time, unlike everything else.
                harness.Options.ConnectTimeout = TimeSpan.FromMilliseconds(200);
            }

            Faults[fault](front);
            await harness.StartAsync(withScores: true);
            Add(harness, way);
            var loop = way == "scores" ? harness.Scores : harness.Loop;
            await harness.UntilAsync(
                () => loop.Progress.State is DeliveryState.Waiting or DeliveryState.Paused,
                step: TimeSpan.FromSeconds(20)
            );

            harness
                .Log.Count("interrupted")
                .ShouldBe(0, $"{way}: an answer is no error of our own: {string.Join('\n', harness.Log.Texts)}");
            harness.Log.Texts.ShouldAllBe(text => !text.Contains("sk-lf") && !text.Contains("pk-lf"));
            loop.Progress.DeadLetters.ShouldBe(0, way);

            front.Recover();
            await harness.UntilAsync(
                () => harness.Loop.Progress.IsDrained && harness.Scores.Progress.IsDrained,
                step: TimeSpan.FromSeconds(2)
            );
            MustHaveAll(harness, way);
        }
    }

    private static readonly Dictionary<string, Action<FaultyFront>> Taken = new()
    {
        ["204"] = front => front.Answer("HTTP/1.1 204 No Content\r\n\r\n"),
        ["206"] = front => front.Answer(Status(206)),
        ["207 that says nothing"] = front => front.Answer(Status(207)),
        ["HTTP/1.0 without a length"] = front => front.Answer($"HTTP/1.0 200 OK\r\n{Json}\r\n{{}}"),
        ["after some 1xx"] = front => front.Answer($"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n{Status(200)}"),
        ["partial success"] = front =>
            front.Answer(Status(200, body: """{"partialSuccess":{"rejectedSpans":"1","errorMessage":"one is bad"}}""")),
        ["gzip though nobody asked"] = front => front.Answer(Compressed("{}")),
    };

    public static TheoryData<string> TakenNames => [.. Taken.Keys];

    [Theory]
    [MemberData(nameof(TakenNames))]
    public async Task What_was_taken_is_not_sent_again_however_it_is_said(string answer)
    {
        foreach (var way in Ways)
        {
            await using var harness = await CreateAsync(way);
            await using var front = FaultyFront.Of(harness.Langfuse.Address);
            (harness.Options.Host, harness.Options.InFlight) = (front.Address.ToString(), 1);
            await harness.StartAsync(withScores: true);
            await harness.UntilNowAsync(() => harness.Log.Count("takes exports") == 1);
            Taken[answer](front);
            Add(harness, way);
            await harness.UntilNowAsync(() => harness.Loop.Progress.IsDrained && harness.Scores.Progress.IsDrained);

            front.Heads.Count(static head => head.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1, way);
            harness.Log.Count("takes nothing").ShouldBe(0, way);
        }
    }

    public static TheoryData<string, byte[], long> Rejections =>
        new()
        {
            { "application/json", """{"partialSuccess":{"rejectedSpans":"2","errorMessage":"two <b>are</b> bad"}}"""u8.ToArray(), 2 },
            { "application/json", """{"partialSuccess":{"rejectedSpans":2,"errorMessage":"two <b>are</b> bad"}}"""u8.ToArray(), 2 },
            { "application/x-protobuf", PartlyTaken(2), 2 },
            { "application/x-protobuf", PartlyTaken(long.MaxValue), 6 },
            { "application/x-protobuf", PartlyTaken(-1), 0 },
            { "application/json", """{"partialSuccess":{"rejectedSpans":"many","errorMessage":7}}"""u8.ToArray(), 0 },
            { "application/json", """{"partialSuccess":[]}"""u8.ToArray(), 0 },
            { "text/plain", "ok"u8.ToArray(), 0 },
        };

    [Theory]
    [MemberData(nameof(Rejections))]
    public async Task What_a_backend_rejects_of_a_request_that_it_takes_is_counted_and_said_and_not_sent_again(
        string type,
        byte[] body,
        long rejected
    )
    {
        await using var harness = await CreateAsync("otlp");
        await using var front = FaultyFront.Of(harness.Langfuse.Address);
        (harness.Options.Host, harness.Options.InFlight) = (front.Address.ToString(), 1);
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Log.Count("takes exports") == 1);
        var head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n");
        front.Answer([.. head, .. body]);
        Add(harness, "otlp");
        await harness.UntilNowAsync(() => harness.Loop.Progress.IsDrained);

        front.Heads.Count(static line => line.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
        var progress = harness.Loop.Progress;
        progress.Rejected.ShouldBe(rejected);
        progress.LastRejection.ShouldBe(rejected > 0 ? "two <b>are</b> bad" : null);
        harness.Log.Count($"rejected {rejected} of the observations").ShouldBe(rejected > 0 ? 1 : 0);
        harness.Log.Count("are</b> bad").ShouldBe(0, "what a backend says may quote contents");
    }

    [Fact]
    public async Task Keys_that_a_backend_says_back_are_not_kept_with_its_reason()
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.DrainAsync();
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{harness.Options.PublicKey}:{harness.Options.SecretKey}"));
        harness.Langfuse.FailNext(
            LangfuseFault.Answer(400) with
            {
                Body = $$"""{"message":"no: Basic {{basic}}, {{harness.Options.SecretKey}}"}""",
            }
        );
        harness.Feed.Add(Some.Tool(9), Some.Trace(2));
        await harness.DrainAsync();

        harness.Ledger.DeadLetters().ShouldHaveSingleItem().Reason.ShouldBe("no: Basic [key], [key]");
    }

    private static byte[] PartlyTaken(long rejected) =>
        new ExportTraceServiceResponse
        {
            PartialSuccess = new() { RejectedSpans = rejected, ErrorMessage = "two <b>are</b> bad" },
        }.ToByteArray();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_without_end_is_read_up_to_a_limit(bool isCompressed)
    {
        await using var harness = await CreateAsync("otlp");
        await using var front = FaultyFront.Of(harness.Langfuse.Address);
        harness.Options.Host = front.Address.ToString();
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Log.Count("takes exports") == 1);
        var encoding = isCompressed ? "Content-Encoding: gzip\r\n" : "";
        var more = isCompressed ? Gzip(new string(' ', 10_000_000)) : Encoding.Latin1.GetBytes(new string(' ', 10_000));
        front.AnswerForEver(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{Json}{encoding}\r\n"), more);
        Add(harness, "otlp");

        await harness.UntilNowAsync(() => harness.Loop.Progress.IsDrained);

        front.Faulted.ShouldBe(1);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_gets_no_keys()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await using var harness = await CreateAsync("otlp");
        await using var front = FaultyFront.Of(harness.Langfuse.Address);
        harness.Options.Host = $"https://127.0.0.1:{front.Address.Port}/";
        front.SpeakTls(certificate);
        Add(harness, "otlp");
        await harness.StartAsync();

        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Waiting);

        harness.Loop.Progress.LastFault.ShouldBe("no secure connection can be made");
        front.Heads.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(301, "same path")]
    [InlineData(302, "same path")]
    [InlineData(303, "same path")]
    [InlineData(301, "other server")]
    [InlineData(302, "other server")]
    [InlineData(303, "other server")]
    [InlineData(307, "other server")]
    [InlineData(308, "other server")]
    [InlineData(307, "other name")]
    [InlineData(308, "with a user")]
    [InlineData(308, "http://169.254.169.254/latest/meta-data/")]
    [InlineData(307, "//169.254.169.254/latest/meta-data/")]
    [InlineData(308, "file:///etc/passwd")]
    public async Task Keys_follow_no_redirect_away(int status, string target)
    {
        await using var other = await LangfuseStandIn.StartAsync();
        await using var harness = await DeliveryHarness.CreateAsync();
        const string path = "/api/public/otel/v1/traces";
        var location = target switch
        {
            "same path" => path,
            "other server" => new Uri(other.Address, path).ToString(),
            "other name" => $"http://localhost:{harness.Langfuse.Address.Port}{path}",
            "with a user" => $"http://name:password@127.0.0.1:{harness.Langfuse.Address.Port}{path}",
            _ => target,
        };
        harness.Langfuse.Fail(LangfuseFault.Redirect(location) with { Status = status });
        harness.AddTurns(1);
        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);

        harness.Loop.Progress.PausedReason!.ShouldContain($"sends requests elsewhere ({status}");
        harness.Loop.Progress.PausedReason!.ShouldNotContain("password");
        other.Requests.ShouldBe(0);
        harness.Table.Observations.ShouldBeEmpty();
        harness.Langfuse.Requests.ShouldBeLessThanOrEqualTo(2, "asked, and asked once more before it counts as paused");
    }

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_to_another_path_of_the_same_server_is_followed_once(int status)
    {
        await using var harness = await DeliveryHarness.CreateAsync();
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Log.Count("takes exports") == 1);
        var redirect = LangfuseFault.Redirect("/api/public/otel/v1/traces?moved=1") with { Status = status };
        harness.Langfuse.FailNext(redirect);
        harness.AddTurns(1);
        await harness.UntilNowAsync(() => harness.Loop.Progress.IsDrained);
        (harness.Langfuse.Exports, harness.Table.Observations.Count).ShouldBe((2, 3));

        harness.Langfuse.Fail(redirect);
        harness.AddTurns(3);
        await harness.UntilNowAsync(() => harness.Loop.Progress.State == DeliveryState.Paused);
        harness.Langfuse.Exports.ShouldBe(4, "in a circle it goes round once");
    }

    [Theory]
    [InlineData("31536000", 300)]
    [InlineData("99999999999999999999", 1)]
    [InlineData("Fri, 31 Dec 2100 23:59:59 GMT", 300)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 1)]
    [InlineData("-5", 1)]
    [InlineData("soon", 1)]
    public async Task A_wish_to_be_left_alone_is_granted_within_reason(string retryAfter, int seconds)
    {
        await using var harness = await CreateAsync("otlp");
        await harness.StartAsync();
        await harness.UntilNowAsync(() => harness.Log.Count("takes exports") == 1);
        harness.Langfuse.FailNext(LangfuseFault.TooMany(retryAfter));
        Add(harness, "otlp");

        var waited = await harness.WaitedUntilAsync(() => harness.Table.Observations.Count == 6);

        waited.TotalSeconds.ShouldBeLessThanOrEqualTo(seconds);
        waited.TotalSeconds.ShouldBeGreaterThanOrEqualTo(seconds - 1);
    }

    [Theory]
    [InlineData("otlp")]
    [InlineData("ingestion")]
    [InlineData("scores")]
    public async Task One_in_a_thousand_that_is_refused_costs_itself(string way)
    {
        const int all = 3_000;
        await using var harness = await CreateAsync(way);
        harness.Langfuse.Poison(span => span.Name == "poison");
        harness.Langfuse.Ingestion.Judge = item => item.GetProperty("body").GetProperty("name").GetString() == "poison" ? 400 : 0;
        harness.Feed.AtOnce(() =>
        {
            for (var i = 1; i <= all; i++)
            {
                var name = i % 1_000 == 500 ? "poison" : "well";
                if (way == "scores")
                {
                    harness.Feed.Add(Some.Scores($"session-{i}", (name, i)));
                }
                else
                {
                    harness.Feed.Add(Some.Tool(i, parent: all + 1) with { Name = name }, Some.Trace(i), Some.Context($"session-{i}"));
                }
            }
        });
        await harness.StartAsync(withScores: true);
        await harness.DrainAsync();

        var letters = (way == "scores" ? harness.ScoresLedger : harness.Ledger).DeadLetters();
        letters
            .Select(static letter => (letter.SessionId, letter.Status))
            .Order()
            .ShouldBe([("session-1500", 400), ("session-2500", 400), ("session-500", 400)]);
        (harness.Table.Observations.Count + harness.Table.Scores.Count).ShouldBe(all - 3);
        harness.Table.ResentRows.ShouldBeEmpty();
        harness.Log.Count("dead letter").ShouldBe(1, "the others are counted");
    }

    private static async Task<DeliveryHarness> CreateAsync(string way) =>
        await DeliveryHarness.CreateAsync(
            options =>
            {
                options.AttemptTimeout = TimeSpan.FromMinutes(10);
                options.Transport = way == "ingestion" ? LangfuseTransport.Legacy : LangfuseTransport.Otlp;
            },
            way == "ingestion" ? new LangfuseEdition("3.10.0") : null
        );

    private static void Add(DeliveryHarness harness, string way) =>
        harness.Feed.AtOnce(() =>
        {
            for (var turn = 1; turn <= 6; turn++)
            {
                if (way == "scores")
                {
                    harness.Feed.Add(Some.Scores($"session-{turn}", ("commits", turn)));
                }
                else
                {
                    harness.Feed.Add(Some.Root(turn), Some.Trace(turn));
                }
            }
        });

    private static void MustHaveAll(DeliveryHarness harness, string way)
    {
        (way == "scores" ? harness.Table.Scores.Count : harness.Table.Observations.Count).ShouldBe(6, way);
        harness.Table.DuplicateRows.ShouldBeEmpty();
        (harness.Loop.Progress.DeadLetters + harness.Scores.Progress.DeadLetters).ShouldBe(0, way);
    }

    private static string Status(int status, string headers = "", string body = "{}") =>
        $"HTTP/1.1 {status} {(HttpStatusCode)status}\r\n{Json}{headers}Content-Length: {body.Length}\r\n\r\n{body}";

    private static byte[] Compressed(string body)
    {
        var bytes = Gzip(body);
        var head = $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {bytes.Length}\r\n\r\n";
        return [.. Encoding.Latin1.GetBytes(head), .. bytes];
    }

    private static byte[] Gzip(string body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(body));
        }

        return compressed.ToArray();
    }
}
