using System.Net;
using ClaudeBridge.Journal;
using ClaudeBridge.Otlp;

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
}
