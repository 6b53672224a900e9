using System.Diagnostics;
using Google.Protobuf;

namespace ClaudeBridge.Otlp.Tests;

public sealed class FuzzTests
{
    private const int MaxSeedBytes = 3000;

    // A release is fuzzed with far more: set OTLP_FUZZ_ROUNDS.
    private static readonly int s_rounds = int.TryParse(Environment.GetEnvironmentVariable("OTLP_FUZZ_ROUNDS"), out var rounds)
        ? rounds
        : 12_000;

    private static readonly int s_seed = int.TryParse(Environment.GetEnvironmentVariable("OTLP_FUZZ_SEED"), out var seed)
        ? seed
        : 20_261_120;

    [Theory, InlineData(OtlpEncoding.Protobuf), InlineData(OtlpEncoding.Json), Trait("row", "F6"), Trait("row", "E14")]
    public void Mutated_bodies_decode_or_are_malformed_and_nothing_else(OtlpEncoding encoding)
    {
        var seeds = Seeds(encoding).ToList();
        var random = new Random(s_seed);
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < s_rounds; i++)
        {
            var (signal, seed) = seeds[random.Next(seeds.Count)];
            var body = Mutate(random, seed, seeds[random.Next(seeds.Count)].Body);
            var started = Stopwatch.GetTimestamp();
            try
            {
                var export = OtlpDecoder.Decode(signal, encoding, body);
                (export.RejectedReason is null).ShouldBe(export.Rejected == 0);
                if (i % 8 == 0)
                {
                    RoundTrip.ToJson(export);
                    Exports.Protobuf(signal, export.Message.ToByteArray()).Accepted.ShouldBe(export.Accepted);
                }
            }
            catch (MalformedPayloadException) { }

            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
        }

        // Generous: the machine that runs the tests may be busy; a hang is far beyond.
        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Random_bytes_decode_or_are_malformed_and_nothing_else()
    {
        var random = new Random(s_seed);
        for (var i = 0; i < s_rounds; i++)
        {
            var body = new byte[random.Next(60)];
            random.NextBytes(body);
            foreach (var encoding in Enum.GetValues<OtlpEncoding>())
            {
                try
                {
                    OtlpDecoder.Decode((Signal)random.Next(1, 4), encoding, body);
                }
                catch (MalformedPayloadException) { }
            }
        }
    }

    private static IEnumerable<(Signal Signal, byte[] Body)> Seeds(OtlpEncoding encoding)
    {
        var entries = Corpus
            .Entries()
            .Where(entry => entry.Message.CalculateSize() is > 0 and < MaxSeedBytes)
            .Select(entry => Exports.Protobuf(entry.Signal, entry.Message.ToByteArray()));
        foreach (var export in entries.Concat(Examples.All.Select(example => Exports.Json(example.Signal, example.Body))))
        {
            yield return (
                export.Signal,
                encoding == OtlpEncoding.Json ? System.Text.Encoding.UTF8.GetBytes(RoundTrip.ToJson(export)) : export.Message.ToByteArray()
            );
        }
    }

    private static byte[] Mutate(Random random, byte[] seed, byte[] other)
    {
        var body = seed.ToList();
        for (var n = random.Next(1, 5); n > 0 && body.Count > 0; n--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(7))
            {
                case 0:
                    body[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    body[at] = (byte)random.Next(256);
                    break;
                case 2:
                    body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at));
                    break;
                case 3:
                    body.RemoveRange(at, body.Count - at);
                    break;
                case 4:
                    var length = Math.Min(random.Next(1, 40), body.Count - at);
                    body.InsertRange(random.Next(body.Count), body.GetRange(at, length));
                    break;
                case 5:
                    body.InsertRange(at, other.AsSpan(random.Next(other.Length)));
                    break;
                default:
                    body.InsertRange(at, Enumerable.Repeat(body[at], random.Next(1, 300)));
                    break;
            }
        }

        return [.. body];
    }
}
