using ClaudeBridge.Receivers;
using ClaudeBridge.Tests.StandIns;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Tests.Receivers;

/// <summary>Large bodies are refused while the heap is full, whatever fills it; small ones are not asked about.</summary>
public sealed class HeapRoomTests
{
    private const long MaxInFlight = 64L * 1024 * 1024;

    private long _inUse;

    [Theory]
    [InlineData(0, true)]
    [InlineData(2 * MaxInFlight, true)]
    [InlineData(2 * MaxInFlight + 257L * 1024 * 1024, false)]
    public void A_large_body_is_begun_only_where_the_heap_has_room(long inUse, bool isBegun)
    {
        _inUse = inUse;
        Budget().TryReserve(1024 * 1024, ofBody: 1024 * 1024).ShouldBe(isBegun);
    }

    [Fact]
    public void A_refused_body_takes_nothing_and_is_taken_once_there_is_room()
    {
        var budget = Budget();
        _inUse = long.MaxValue / 2;
        budget.TryReserve(1024 * 1024, ofBody: 1024 * 1024).ShouldBeFalse();
        budget.Used.ShouldBe(0);

        _inUse = 0;
        budget.TryReserve(1024 * 1024, ofBody: 1024 * 1024).ShouldBeTrue();
    }

    [Fact]
    public void A_small_body_is_begun_whatever_the_heap_holds()
    {
        _inUse = long.MaxValue / 2;
        Budget().TryReserve(1024, ofBody: 1024).ShouldBeTrue();
    }

    private InFlightBudget Budget() =>
        new(
            MaxInFlight,
            new HeapRoom(Options.Create(new ReceiverOptions { MaxInFlightBytes = MaxInFlight }), new ManualTimeProvider(), () => _inUse)
        );
}
