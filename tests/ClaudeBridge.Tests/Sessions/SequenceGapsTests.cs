using ClaudeBridge.Sessions;

namespace ClaudeBridge.Tests.Sessions;

public sealed class SequenceGapsTests
{
    [Fact]
    public void A_counter_without_jumps_has_no_gaps() => Missing([4, 5, 6, 7]).ShouldBe(0);

    [Fact]
    public void Nothing_is_missing_before_the_first_number_because_it_may_belong_to_another_session() => Missing([51, 52]).ShouldBe(0);

    [Fact]
    public void A_jump_is_a_gap_with_its_numbers_and_times()
    {
        var gap = SequenceGaps.Find([(10, 1), (20, 2), (30, 6)]).ShouldHaveSingleItem();

        gap.ShouldBe(new SequenceGap(20, 30, 3, 5));
        gap.Missing.ShouldBe(3);
    }

    [Fact]
    public void Each_process_counts_for_itself() => Missing([0, 1, 2, 3, 4, 5, 6, 4, 5, 6, 7]).ShouldBe(0);

    [Fact]
    public void Two_processes_at_the_same_time_are_told_apart_by_their_numbers() => Missing([10, 3, 11, 4, 12, 5, 13]).ShouldBe(0);

    [Fact]
    public void A_gap_in_one_of_two_processes_is_found() => Missing([10, 3, 11, 4, 13, 5]).ShouldBe(1);

    [Fact]
    public void A_session_without_counters_has_no_gaps() => Missing([]).ShouldBe(0);

    private static long Missing(long[] sequences) =>
        SequenceGaps.Find(sequences.Select(static (sequence, place) => ((ulong)place, sequence))).Sum(static gap => gap.Missing);
}
