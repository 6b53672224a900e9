using System.Diagnostics;
using System.Text;
using ClaudeBridge.Tests.StandIns;
using Google.Protobuf;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>What a stranger may send is read alike by two decoders, or refused by both; and costs next to nothing.</summary>
[Trait(Soak.Category, Soak.Name)]
public sealed class MutationTests
{
    private const int MaxSampleBytes = 1500;
    private const int ASeed = 20_261_120;

    // A mutation's number is its seed, so one that fails is made again from its number alone.
    private const int Block = 500;

    /// <summary>What a decoder may allocate for a body: the messages of empty fields are far larger than the two bytes that ask for them.</summary>
    private const int MaxBytesPerByte = 400;
    private const int MaxBytesForNothing = 64 * 1024;

    /// <summary>No body of this size may take longer. Protects from reading that grows faster than the body.</summary>
    private static readonly TimeSpan s_hang = TimeSpan.FromMilliseconds(100);

    [Theory, InlineData(OtlpEncoding.Protobuf), InlineData(OtlpEncoding.Json), Trait("row", "F6"), Trait("row", "E14")]
    public void Two_decoders_read_the_same_from_every_mutated_body_or_both_refuse_it(OtlpEncoding encoding)
    {
        var samples = Samples(encoding).ToList();
        var count = Soak.Count(50_000, 5_000_000);
        var accepted = 0;
        Parallel.For(
            0,
            count / Block,
            block =>
            {
                var mutator = new Mutator(ASeed + block, samples);
                for (var i = 0; i < Block; i++)
                {
                    var sample = mutator.Next();
                    try
                    {
                        Interlocked.Add(ref accepted, Check(sample, again: i % 10 == 0) ? 1 : 0);
                    }
                    catch (Exception failure)
                    {
                        throw new InvalidOperationException(
                            $"{failure.Message} Seed {ASeed + block}, mutation {i}: {sample.Signal} in {sample.Encoding}: {Shown(sample)}",
                            failure
                        );
                    }
                }
            }
        );

        // Else nothing was compared but refusals.
        accepted.ShouldBeGreaterThan(count / 10);
        Soak.Report(
            $"Mutated bodies in {encoding}, read by two decoders",
            ("bodies", count),
            ("accepted by both", accepted),
            ("read differently", 0)
        );
    }

    [Fact]
    public void Random_bytes_are_read_alike_or_refused_by_both()
    {
        var random = new Random(ASeed);
        for (var i = Soak.Count(10_000, 1_000_000); i > 0; i--)
        {
            var body = new byte[random.Next(60)];
            random.NextBytes(body);
            Check(new Sample((Signal)random.Next(1, 4), OtlpEncoding.Protobuf, body), again: true);
            Check(new Sample((Signal)random.Next(1, 4), OtlpEncoding.Json, body), again: true);
        }
    }

    private static bool Check(Sample sample, bool again)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        var export = Decode(sample);
        var took = Stopwatch.GetElapsedTime(started);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        // The machine may have had other things to do: a hang is one every time.
        for (var tries = 0; took > s_hang && tries < 20; tries++)
        {
            started = Stopwatch.GetTimestamp();
            Decode(sample);
            took = Stopwatch.GetElapsedTime(started);
        }

        // What is made once, for the first body of its kind, is not this body's: a body that costs too much does so every time.
        var most = MaxBytesForNothing + ((long)MaxBytesPerByte * sample.Body.Length);
        for (var tries = 0; allocated >= most && tries < 3; tries++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            Decode(sample);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        took.ShouldBeLessThan(s_hang);
        allocated.ShouldBeLessThan(most);

        var expected = Reference.Read(sample.Signal, sample.Encoding, sample.Body);
        if (export is null && expected is null or { MayBeRefused: true })
        {
            return false;
        }

        if (export is null || expected is null)
        {
            throw new ShouldAssertException($"Only the {(export is null ? "first" : "second")} decoder refuses it.");
        }

        (export.Accepted, export.Rejected).ShouldBe((expected.Accepted, expected.Rejected), export.RejectedReason);
        export.Message.Equals(expected.Message).ShouldBeTrue();
        (export.RejectedReason is null).ShouldBe(export.Rejected == 0);
        if (again)
        {
            ShouldBeWritable(export);
        }

        return true;
    }

    // In text, because JSON has one NaN where protobuf has many.
    private static void ShouldBeWritable(DecodedExport export)
    {
        var json = RoundTrip.ToJson(export);
        RoundTrip.ToJson(Exports.Json(export.Signal, json)).ShouldBe(json);
        // In bytes, because protobuf leaves out a zero and with it the sign of one.
        var bytes = export.Message.ToByteArray();
        Exports.Protobuf(export.Signal, bytes).Message.ToByteArray().AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    private static DecodedExport? Decode(Sample sample)
    {
        try
        {
            return OtlpDecoder.Decode(sample.Signal, sample.Encoding, sample.Body);
        }
        catch (MalformedPayloadException)
        {
            return null;
        }
    }

    private static string Shown(Sample sample) =>
        sample.Encoding == OtlpEncoding.Json ? Encoding.Latin1.GetString(sample.Body) : Convert.ToHexString(sample.Body);

    private static IEnumerable<Sample> Samples(OtlpEncoding encoding)
    {
        var generated = Corpus
            .Entries()
            .Where(static entry => entry.Message.CalculateSize() is > 0 and < MaxSampleBytes)
            .Select(static entry => Exports.Protobuf(entry.Signal, entry.Message.ToByteArray()));
        var recorded = Recordings.Bodies().Where(static body => body.Bytes.Length < MaxSampleBytes).Select(static body => body.Decode());
        foreach (
            var export in generated
                .Concat(Examples.All.Select(static example => Exports.Json(example.Signal, example.Body)))
                .Concat(recorded)
        )
        {
            yield return new Sample(
                export.Signal,
                encoding,
                encoding == OtlpEncoding.Json ? Encoding.UTF8.GetBytes(RoundTrip.ToJson(export)) : export.Message.ToByteArray()
            );
        }
    }
}
