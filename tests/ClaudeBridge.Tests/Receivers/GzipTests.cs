using System.Buffers;
using System.Security.Cryptography;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>Undoing gzip: all of it or nothing, and never more than allowed.</summary>
public sealed class GzipTests
{
    private const int Limit = 100_000;

    [Theory]
    [Trait("row", "B6")]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(8_192)]
    [InlineData(Limit)]
    public void B6_what_was_compressed_comes_out(int length)
    {
        foreach (var data in new[] { new byte[length], RandomNumberGenerator.GetBytes(length) })
        {
            Expand(Some.Gzip(data), out var body).ShouldBe(BodyOutcome.Complete);
            body.ShouldBe(data);
        }
    }

    [Fact]
    [Trait("row", "B6")]
    public void B6_members_that_follow_each_other_are_one_body()
    {
        var empty = Convert.FromHexString("1F8B080000000000000303000000000000000000");

        Expand(empty, out var nothing).ShouldBe(BodyOutcome.Complete);
        nothing.ShouldBeEmpty();
        Expand([.. Some.Gzip([1, 2]), .. empty, .. Some.Gzip([3])], out var body).ShouldBe(BodyOutcome.Complete);

        body.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void A_body_that_ends_like_the_mark_keeps_its_end()
    {
        var data = Some.Utf8("This is the end of the body.");

        Expand(Some.Gzip(data), out var body).ShouldBe(BodyOutcome.Complete);

        body.ShouldBe(data);
    }

    [Fact]
    [Trait("row", "B6")]
    public void B6_no_beginning_of_a_gzip_body_passes_for_the_whole()
    {
        byte[] data = [.. new byte[3000], .. RandomNumberGenerator.GetBytes(3000)];
        var whole = Some.Gzip(data);

        for (var length = 0; length < whole.Length; length++)
        {
            Expand(whole[..length], out _).ShouldBe(BodyOutcome.Malformed, $"{length} of {whole.Length}");
        }
    }

    [Theory]
    [Trait("row", "D3")]
    [InlineData(Limit + 1)]
    [InlineData(Limit + 10)]
    [InlineData(Limit + 17)]
    [InlineData(Limit * 300)]
    public void D3_more_than_the_limit_is_never_expanded(int length)
    {
        Expand(Some.Gzip(new byte[length]), out _).ShouldBe(BodyOutcome.TooLarge);
    }

    [Fact]
    public void Without_room_in_the_budget_nothing_is_expanded_and_all_is_given_back()
    {
        var data = Some.Gzip(RandomNumberGenerator.GetBytes(60_000));
        var budget = new InFlightBudget(100_000);
        using (var compressed = new BodyBuffer(budget, data.Length + Gzip.TailBytes))
        {
            compressed.Append(new ReadOnlySequence<byte>(data)).ShouldBe(BodyOutcome.Complete);
            var outcome = Gzip.Expand(compressed, budget, Limit, out var body);
            body.Dispose();
            outcome.ShouldBe(BodyOutcome.Overloaded);
        }

        budget.Used.ShouldBe(0);
    }

    private static BodyOutcome Expand(byte[] data, out byte[] body)
    {
        var budget = new InFlightBudget(100_000_000);
        using var compressed = new BodyBuffer(budget, data.Length + Gzip.TailBytes);
        compressed.Append(new ReadOnlySequence<byte>(data)).ShouldBe(BodyOutcome.Complete);
        var outcome = Gzip.Expand(compressed, budget, Limit, out var expanded);
        using (expanded)
        {
            expanded.Length.ShouldBeLessThanOrEqualTo(Limit + 16);
            body = expanded.Written.ToArray();
        }

        return outcome;
    }
}
