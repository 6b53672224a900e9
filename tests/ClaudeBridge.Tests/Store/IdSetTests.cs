using ClaudeBridge.Store.Breakdowns;

namespace ClaudeBridge.Tests.Store;

public sealed class IdSetTests
{
    [Fact]
    public void Counts_each_id_once_however_they_lie()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (set, expected) = (new IdSet(), new HashSet<long>());
            foreach (var id in Ids(random))
            {
                set.Add(id);
                expected.Add(id);
                set.Count.ShouldBe(expected.Count, $"seed {seed}");
            }

            var (other, ofOther) = (new IdSet(), Ids(random).ToList());
            ofOther.ForEach(other.Add);
            set.UnionWith(other);
            expected.UnionWith(ofOther);
            set.Count.ShouldBe(expected.Count, $"seed {seed}, together");
            set.UnionWith(other);
            set.Count.ShouldBe(expected.Count, $"seed {seed}, together again");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_million_rows_take_less_than_a_byte_each(int step)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var set = new IdSet();
        for (var id = 0; id < 1_000_000; id++)
        {
            set.Add(5_000_000 + ((long)step * id));
        }

        set.Count.ShouldBe(1_000_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public void One_far_from_the_others_takes_no_room_for_all_that_lies_between()
    {
        var set = new IdSet();
        for (var id = 0; id < 1_000; id++)
        {
            set.Add(id);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        set.Add(1_000_000_000);
        set.Count.ShouldBe(1_001);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(200_000);
    }

    /// <summary>Runs that lie together, near and far, some of them there already; among them one that is alone.</summary>
    private static IEnumerable<long> Ids(Random random)
    {
        for (var run = random.Next(6); run >= 0; run--)
        {
            var first = random.NextInt64(random.Next(2) == 0 ? 2_000 : 1_000_000);
            var (length, step) = (random.Next(random.Next(2) == 0 ? 2 : 400), random.Next(-3, 4));
            for (var i = 0; i <= length; i++)
            {
                yield return first + (i * step);
            }
        }
    }
}
