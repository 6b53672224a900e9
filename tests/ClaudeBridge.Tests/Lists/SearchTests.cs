using ClaudeBridge.Store.Pages;

namespace ClaudeBridge.Tests.Lists;

public sealed class SearchTests : IDisposable
{
    private readonly RecordedStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("parser", 1)]
    [InlineData("PARS", 1)]
    [InlineData("fix pars", 1)]
    [InlineData("parser ple", 1)]
    [InlineData("pars fix", 0)]
    [InlineData("fi parser", 0)]
    [InlineData("src/Parser.cs", 1)]
    [InlineData("cafe", 1)]
    [InlineData("bye", 3)]
    [InlineData("session-x", 1)]
    [InlineData("SESSION-X", 1)]
    [InlineData("prompt", 3)]
    [InlineData("req_1", 3)]
    [InlineData("0000000000000007000000000000000", 3)]
    [InlineData("00000000000000070000000000000002", 1)]
    [InlineData("nothing of this", 0)]
    [InlineData("!!!", 0)]
    public void Words_and_beginnings_of_ids_are_found(string text, int found)
    {
        _store.Store.Apply(
            RecordedStore.Change("session-x", 1, input: "Please fix the Parser in src/Parser.cs"),
            RecordedStore.Change("other", 2, input: "a Café"),
            RecordedStore.Change("third", 3, input: null)
        );
        _store.SettleAll();

        _store.Turns(new ViewFilter { Text = text }).Count.ShouldBe(found);
        _store.Sessions(new ViewFilter { Text = text }).Count.ShouldBe(found);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("' OR 1=1 --")]
    [InlineData("a* OR b")]
    [InlineData("NEAR(a b)")]
    [InlineData("input:hello")]
    [InlineData("^hello")]
    [InlineData("-hello +x AND NOT OR")]
    [InlineData("(((((")]
    [InlineData("hello\0world")]
    [InlineData("\ud800 \udfff x")]
    [InlineData("%_[]?*")]
    [InlineData("{a b} : c")]
    [InlineData("１２３ ﷽ 👩‍👩‍👧")]
    public void No_text_breaks_the_search(string text)
    {
        _store.Store.Apply(RecordedStore.Change("s", 1, input: "hello"));

        _store.Turns(new ViewFilter { Text = text });
        _store.Sessions(
            new ViewFilter
            {
                Text = text,
                User = text,
                Model = text,
                Tool = text,
                SessionId = text,
            }
        );
        _store.Turns(new ViewFilter { Text = string.Concat(Enumerable.Repeat(text + " ", 1000)) });
        _store.Pages.Events(new ViewFilter { Text = text }, new PageRequest(10));
        _store.Pages.Session(null, text).ShouldBeNull();
        _store.Pages.Trace(null, text, null, 10, 10).ShouldBeNull();
        _store.Pages.Observation(null, text, text).ShouldBeNull();
    }

    [Fact]
    public void A_changed_text_is_found_by_what_it_says_now_alone()
    {
        var filter = new ViewFilter { Text = "zebra" };
        _store.Store.Apply(RecordedStore.Change("s", 1, input: "a zebra"));
        _store.Turns(filter).Count.ShouldBe(1);
        _store.Store.Apply(RecordedStore.Change("s", 1, input: "a giraffe"));

        _store.Turns(filter).ShouldBeEmpty();
        _store.Turns(new ViewFilter { Text = "giraffe" }).Count.ShouldBe(1);
    }

    [Fact]
    public void An_answer_is_found_once_its_turn_is_settled_and_after_every_change()
    {
        var filter = new ViewFilter { Text = "bye" };
        _store.Store.Apply(RecordedStore.Change("s", 1));
        _store.SettleAll();
        _store.Turns(filter).Count.ShouldBe(1);
        var change = RecordedStore.Change("s", 1, cost: 5);
        _store.Store.Apply(change with { Traces = [change.Traces[0] with { Output = "see you" }] });
        _store.Turns(filter).ShouldBeEmpty();
        _store.SettleAll();

        _store.Turns(filter).ShouldBeEmpty();
        _store.Turns(new ViewFilter { Text = "see you" }).Count.ShouldBe(1);
    }

    [Fact]
    public void A_trace_that_is_gone_is_not_found()
    {
        var change = RecordedStore.Change("s", 1, input: "zebra");
        _store.Store.Apply(change);
        _store.Store.Apply(change with { Traces = [], RemovedTraces = [change.Traces[0].Id], NewFacts = [] });

        _store.Turns(new ViewFilter { Text = "zebra" }).ShouldBeEmpty();
        _store.Sessions().ShouldBeEmpty();
        _store.Turns(new ViewFilter { Model = "claude-sonnet-4-5" }).ShouldBeEmpty();
        _store.Pages.Values(null).Models.ShouldBeEmpty();
    }
}
