using ClaudeBridge.Store.Pages;
using Microsoft.Data.Sqlite;

namespace ClaudeBridge.Tests.Lists;

public sealed class SessionListChangeTests : IDisposable
{
    private readonly RecordedStore _all = new();

    public void Dispose() => _all.Dispose();

    [Fact]
    public void What_comes_in_between_two_pages_neither_repeats_nor_hides_a_session()
    {
        for (var i = 1UL; i <= 30; i++)
        {
            _all.Store.Apply(RecordedStore.Change($"s-{i}", i, atSecond: 10 * i));
        }

        var before = _all.Sessions().ConvertAll(static row => row.SessionId);
        var walked = new List<string>();
        string? cursor = null;
        var news = 0UL;
        do
        {
            var page = _all.Pages.Sessions(new ViewFilter(), new PageRequest(4, cursor));
            walked.AddRange(page.Items.Select(static row => row.SessionId));
            cursor = page.Next;
            _all.Store.Apply(RecordedStore.Change($"new-{++news}", 1000 + news, atSecond: 1e6 + news));
        } while (cursor is not null);

        walked.ShouldBe(before);
    }

    [Fact]
    public void A_session_that_expired_is_in_no_list_any_more()
    {
        _all.Take("2.1.329-multi-turn-continue-http-json");
        _all.Take("2.1.329-traceparent-http-json");
        _all.SettleAll();
        _all.Turns(new ViewFilter { Text = "the" }).ShouldNotBeEmpty();

        _all.Store.Writer.DeleteExpired(DateTimeOffset.MaxValue, DateTimeOffset.MaxValue, long.MaxValue, 10_000);

        _all.Sessions(new ViewFilter { Service = ViewFilter.AnyService }).ShouldBeEmpty();
        _all.Turns(new ViewFilter { Service = ViewFilter.AnyService }).ShouldBeEmpty();
        _all.Turns(new ViewFilter { Text = "the" }).ShouldBeEmpty();
        _all.Pages.Values(null).Models.ShouldBeEmpty();
        _all.Pages.Members(null, new PageRequest(10)).Items.ShouldBeEmpty();
        _all.Pages.Events(new ViewFilter { Service = ViewFilter.AnyService }, new PageRequest(10)).Items.ShouldBeEmpty();
    }

    [Fact]
    public void No_word_of_a_session_that_expired_stays_in_the_index()
    {
        const string Word = "zebracrossing";
        _all.Store.Apply(RecordedStore.Change("old", 1, input: Word));
        _all.SettleAll();
        IndexHolds(Word).ShouldBeTrue();

        while (_all.Store.Writer.DeleteExpired(DateTimeOffset.MaxValue, DateTimeOffset.MaxValue, long.MaxValue, 1).Count > 0) { }

        IndexHolds(Word).ShouldBeFalse();
    }

    [Fact]
    public void A_session_row_keeps_its_verdict_through_quiet_and_news()
    {
        _all.Take("2.1.329-fault-400-http-json", "t");
        string Word() => _all.Sessions(new ViewFilter { Tenant = "t" }).Single().Completeness;
        List<string> Found(string word) =>
            [.. _all.Sessions(new ViewFilter { Tenant = "t", Completeness = word }).Select(static row => row.Completeness)];

        Word().ShouldBe("complete");
        Found("complete").ShouldBe(["complete"]);
        _all.SettleAll();
        Word().ShouldBe("conflict");
        Found("conflict").ShouldBe(["conflict"]);
        Found("complete").ShouldBeEmpty();
    }

    /// <summary>In the pages of the index itself, where a search does not look any more.</summary>
    private bool IndexHolds(string word)
    {
        using var reader = _all.Store.Database.OpenReader();
        using var pages = new SqliteCommand("SELECT COUNT(*) FROM words_data WHERE instr(block, CAST(?1 AS BLOB)) > 0", reader);
        pages.Parameters.AddWithValue("?1", word);
        return (long)pages.ExecuteScalar()! > 0;
    }
}
