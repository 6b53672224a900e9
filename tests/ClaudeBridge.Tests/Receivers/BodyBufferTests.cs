using System.Buffers;
using System.Security.Cryptography;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Tests.Receivers;

public sealed class BodyBufferTests
{
    [Fact]
    public void Pieces_of_any_size_come_out_as_they_went_in()
    {
        var data = RandomNumberGenerator.GetBytes(1_000_000);
        using var buffer = new BodyBuffer(new InFlightBudget(10_000_000), data.Length);

        for (int at = 0, size = 1; at < data.Length; at += size, size = Math.Min(size * 2, data.Length - at))
        {
            buffer.Append(new ReadOnlySequence<byte>(data, at, size)).ShouldBe(BodyOutcome.Complete);
        }

        buffer.Written.Span.SequenceEqual(data).ShouldBeTrue();
        buffer.Append(new ReadOnlySequence<byte>(data, 0, 1)).ShouldBe(BodyOutcome.TooLarge);
    }

    [Fact]
    public void A_claim_costs_at_most_256_KiB_before_anything_has_arrived()
    {
        var budget = new InFlightBudget(long.MaxValue);
        using var buffer = new BodyBuffer(budget, 64 * 1024 * 1024);

        buffer.TryStart(long.MaxValue).ShouldBeTrue();

        budget.Used.ShouldBe(256 * 1024);
    }

    [Fact]
    public void What_a_sender_says_will_come_takes_nothing_until_it_has_come()
    {
        var budget = new InFlightBudget(1_000_000);
        var claimers = Enumerable.Range(0, 1000).Select(_ => new BodyBuffer(budget, 700_000)).ToList();

        claimers.ShouldAllBe(buffer => buffer.TryExpect(700_000));

        budget.Used.ShouldBe(0);
        claimers[0].Append(new(new byte[400_000])).ShouldBe(BodyOutcome.Complete);
        claimers[1].TryExpect(700_000).ShouldBeFalse("what has come counts");
        claimers[1].TryExpect(1_000).ShouldBeTrue("there is room for small ones");
    }

    [Fact]
    public void All_buffers_together_stay_within_the_budget_and_give_everything_back()
    {
        var budget = new InFlightBudget(1_000_000);
        var buffers = Enumerable.Range(0, 8).Select(_ => new BodyBuffer(budget, 400_000)).ToList();
        var piece = new ReadOnlySequence<byte>(new byte[10_000]);

        var outcomes = Enumerable.Range(0, 320).Select(i => buffers[i % 8].Append(piece)).ToList();

        outcomes.ShouldContain(BodyOutcome.Complete);
        outcomes.ShouldContain(BodyOutcome.Overloaded);
        budget.Used.ShouldBeLessThanOrEqualTo(1_000_000);
        buffers.ForEach(buffer => buffer.Dispose());
        buffers.ForEach(buffer => buffer.Dispose());
        budget.Used.ShouldBe(0);
    }
}
