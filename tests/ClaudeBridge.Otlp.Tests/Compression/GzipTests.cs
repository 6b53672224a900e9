using System.IO.Compression;
using System.Text;
using ClaudeBridge.Otlp.Compression;

namespace ClaudeBridge.Otlp.Tests.Compression;

public sealed class GzipTests
{
    private const int Limit = 10_000_000;

    private static readonly byte[] s_text = Encoding.UTF8.GetBytes(
        string.Concat(Enumerable.Range(0, 5000).Select(i => $"record {i * 7919} "))
    );

    public static TheoryData<int> Sizes => [0, 1, 10, 63, 64, 65, 255, 256, 4095, 4096, 4097, 20_000, 70_000];

    [Theory, MemberData(nameof(Sizes)), Trait("row", "B6")]
    public void B6_A_body_comes_back_as_it_was(int size) => Gzip.Inflate(Zip(s_text[..size]), Limit).ShouldBe(s_text[..size]);

    [Theory, MemberData(nameof(Sizes)), Trait("row", "B6")]
    public void B6_Several_members_are_one_body(int size)
    {
        var part = Zip(s_text[..size]);
        byte[] members = [.. Zip(s_text), .. part, .. Zip([]), .. part];

        Gzip.Inflate(members, Limit).ShouldBe([.. s_text, .. s_text[..size], .. s_text[..size]]);
        Gzip.Inflate((byte[])[.. part, .. Zip([])], Limit).ShouldBe(s_text[..size]);
    }

    [Theory, MemberData(nameof(Sizes)), Trait("row", "B6")]
    public void B6_A_body_cut_anywhere_is_malformed(int size)
    {
        var whole = Zip(s_text[..size]);
        byte[] two = [.. Zip(s_text[..100]), .. whole];
        foreach (
            var cut in Enumerable.Range(1, Math.Min(40, whole.Length)).Append(whole.Length / 2).Where(cut => cut > 0 && cut < whole.Length)
        )
        {
            Should.Throw<MalformedGzipException>(() => Gzip.Inflate(whole.AsMemory(..^cut), Limit), $"cut by {cut}");
            Should.Throw<MalformedGzipException>(() => Gzip.Inflate(two.AsMemory(..^cut), Limit), $"second member cut by {cut}");
        }

        Should.Throw<MalformedGzipException>(() => Gzip.Inflate(ReadOnlyMemory<byte>.Empty, Limit));
    }

    [Theory, MemberData(nameof(Sizes)), Trait("row", "B6")]
    public void B6_What_follows_the_last_member_is_malformed(int size)
    {
        var whole = Zip(s_text[..size]);

        Should.Throw<MalformedGzipException>(() => Gzip.Inflate((byte[])[.. whole, 0], Limit));
        Should.Throw<MalformedGzipException>(() => Gzip.Inflate((byte[])[.. whole, .. "garbage after it"u8], Limit));
    }

    [Fact, Trait("row", "B6")]
    public void B6_A_flipped_bit_is_malformed_or_harmless()
    {
        var text = s_text[..3000];
        var whole = Zip(text);
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x10;
            try
            {
                // Time and operating system in the header, and the bits that fill the last byte of the data, are covered by no checksum.
                Gzip.Inflate(damaged, Limit).ShouldBe(text);
                (at < 10 || at == whole.Length - 9).ShouldBeTrue($"byte {at}");
            }
            catch (MalformedGzipException) { }
        }
    }

    [Fact, Trait("row", "B6")]
    public void B6_Optional_parts_of_the_header_are_skipped()
    {
        var plain = Zip(s_text);
        var empty = Zip([]);
        byte[] extra = [0x1F, 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3, .. "name\0"u8, .. "comment\0"u8];
        // The checksum of the header is the low half of its CRC.
        var sum = Crc32.Of(extra);
        byte[] header = [.. extra, (byte)sum, (byte)(sum >> 8)];

        Gzip.Inflate((byte[])[.. header, .. plain[10..]], Limit).ShouldBe(s_text);
        Gzip.Inflate((byte[])[.. empty, .. header, .. plain[10..]], Limit).ShouldBe(s_text);
        Should.Throw<MalformedGzipException>(() => Gzip.Inflate((byte[])[.. empty, .. header[..18]], Limit));
    }

    [Fact, Trait("row", "D3")]
    public void D3_The_limit_holds_while_inflating()
    {
        var bomb = Zip(new byte[50_000_000]);
        bomb.Length.ShouldBeLessThan(1_000_000);
        Gzip.Inflate(Zip(new byte[1000]), 1000).Length.ShouldBe(1000);
        Should.Throw<InflatedTooLargeException>(() => Gzip.Inflate(Zip(new byte[1001]), 1000)).Limit.ShouldBe(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<InflatedTooLargeException>(() => Gzip.Inflate(bomb, 1_000_000));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(5_000_000);
    }

    [Fact, Trait("row", "D3")]
    public void D3_The_limit_counts_all_members_together_and_a_claimed_size_is_not_believed()
    {
        byte[] two = [.. Zip(new byte[600]), .. Zip(new byte[600])];
        Should.Throw<InflatedTooLargeException>(() => Gzip.Inflate(two, 1000));

        var liar = Zip(s_text[..100]);
        liar.AsSpan(^4..).Fill(0x7F);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<MalformedGzipException>(() => Gzip.Inflate(liar, int.MaxValue));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void A_body_of_very_many_members_is_refused_soon() =>
        Should.Throw<MalformedGzipException>(() =>
            Gzip.Inflate((byte[])[.. Enumerable.Repeat(Zip([]), 20_000).SelectMany(member => member)], Limit)
        );

    [Fact]
    public void Random_damage_never_ends_in_another_exception()
    {
        var random = new Random(7);
        byte[] whole = [.. Zip(s_text[..500]), .. Zip([]), .. Zip(s_text[..50])];
        for (var i = 0; i < 5000; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var n = random.Next(1, 4); n > 0; n--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                Gzip.Inflate(damaged.AsMemory(0, random.Next(damaged.Length + 1)), 2000);
            }
            catch (Exception expected) when (expected is MalformedGzipException or InflatedTooLargeException) { }
        }
    }

    private static byte[] Zip(byte[] content)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        var zipped = output.ToArray();
        return zipped.Length > 0 ? zipped : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }
}
