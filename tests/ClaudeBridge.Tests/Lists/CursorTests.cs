using System.Buffers.Text;
using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Lists;

public sealed class CursorTests : IDisposable
{
    private readonly RecordedStore _store = new();

    public CursorTests()
    {
        for (var i = 1UL; i <= 5; i++)
        {
            _store.Store.Apply(RecordedStore.Change($"s-{i}", i, atSecond: i));
        }
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_cursor_that_was_changed_in_any_place_is_refused()
    {
        var cursor = Sessions(2, null).Next!;
        var bytes = Base64Url.DecodeFromChars(cursor);

        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 0x41;
            Should.Throw<BadCursorException>(() => Sessions(2, Base64Url.EncodeToString(changed)));
            Should.Throw<BadCursorException>(() => Sessions(2, Base64Url.EncodeToString(bytes.AsSpan(0, i))));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("not a cursor")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("\0")]
    [InlineData("äöü")]
    public void What_is_no_cursor_is_refused_by_every_list(string cursor)
    {
        Should.Throw<BadCursorException>(() => Sessions(2, cursor));
        Should.Throw<BadCursorException>(() => _store.Pages.Turns(new ViewFilter(), new PageRequest(2, cursor)));
        Should.Throw<BadCursorException>(() => _store.Pages.Members(null, new PageRequest(2, cursor)));
        Should.Throw<BadCursorException>(() => _store.Pages.Events(new ViewFilter(), new PageRequest(2, cursor)));
        Should.Throw<BadCursorException>(() => Sessions(2, new string('A', 100_000)));
    }

    [Fact]
    public void A_cursor_of_another_list_or_order_is_refused()
    {
        var sessions = Sessions(2, null).Next!;
        var turns = _store.Pages.Turns(new ViewFilter(), new PageRequest(2)).Next!;

        Should.Throw<BadCursorException>(() => Sessions(2, turns));
        Should.Throw<BadCursorException>(() => _store.Pages.Turns(new ViewFilter(), new PageRequest(2, sessions)));
        Should.Throw<BadCursorException>(() => Sessions(2, sessions, PageOrder.Cost));
    }

    [Fact]
    public void A_cursor_of_other_filters_is_refused_and_one_of_other_times_is_not()
    {
        var turns = Turns(new ViewFilter(), null).Next!;

        Should.Throw<BadCursorException>(() => Turns(new ViewFilter { OnlyFailed = true }, turns));
        Should.Throw<BadCursorException>(() => Turns(new ViewFilter { Labels = [new("team", "payments")] }, turns));
        Should.Throw<BadCursorException>(() => Turns(new ViewFilter { Tenant = "north" }, turns));
        Should.Throw<BadCursorException>(() => _store.Pages.Members("north", new PageRequest(2, turns)));
        Turns(new ViewFilter { From = DateTimeOffset.UnixEpoch }, turns).Items.Count.ShouldBe(2);

        Page<TurnRow> Turns(ViewFilter filter, string? cursor) => _store.Pages.Turns(filter, new PageRequest(2, cursor));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(int.MaxValue, 5)]
    public void A_limit_out_of_bounds_is_brought_into_them(int limit, int shown) => Sessions(limit, null).Items.Count.ShouldBe(shown);

    [Fact]
    public void Ids_longer_than_a_cursor_may_be_do_not_stop_the_list()
    {
        _store.Store.Apply(
            RecordedStore.Change(new string('l', 50_000) + "1", 10, atSecond: 50),
            RecordedStore.Change("z", 12, atSecond: 40)
        );

        var all = RecordedStore.Walk(cursor => Sessions(1, cursor));

        all.Count.ShouldBe(7);
        all[1].SessionId.ShouldBe("z");
    }

    private Page<SessionRow> Sessions(int limit, string? cursor, PageOrder order = PageOrder.Latest) =>
        _store.Pages.Sessions(new ViewFilter(), new PageRequest(limit, cursor, order));
}
