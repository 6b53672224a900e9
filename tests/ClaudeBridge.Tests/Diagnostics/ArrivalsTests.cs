using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Tests.Diagnostics;

/// <summary>The account of who sent what: right, and bounded whatever comes.</summary>
public sealed class ArrivalsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Arrivals _arrivals = new();

    [Fact]
    public void Counts_and_times_are_kept_by_sender_signal_and_name()
    {
        Note("north", "ada", 0, ("user_prompt", 2));
        Note("north", "ada", 5, ("user_prompt", 1), ("api_request", 4));
        Note("", "ada", 9, ("user_prompt", 1));

        var ada = _arrivals.Of("north").ShouldHaveSingleItem();
        (ada.First, ada.Last).ShouldBe((Noon, Noon.AddMinutes(5)));
        ada.Signals.ShouldBe([new ArrivedSignal("logs", 7, Noon.AddMinutes(5))]);
        ada.Names.ShouldBe([new("logs", "api_request", 4, Noon.AddMinutes(5)), new("logs", "user_prompt", 3, Noon.AddMinutes(5))]);
        _arrivals.Of(null).Select(static sender => sender.Source.Tenant).ShouldBe(["", "north"], "the latest first");
    }

    [Fact]
    public void What_is_read_late_does_not_move_the_last_time_back()
    {
        Note("", "ada", 5, ("a", 1));
        Note("", "ada", 1, ("a", 1));

        _arrivals.Of("").ShouldHaveSingleItem().Last.ShouldBe(Noon.AddMinutes(5));
    }

    [Fact]
    public void A_crowd_of_senders_and_names_becomes_one_and_texts_are_cut()
    {
        for (var i = 0; i < 3_000; i++)
        {
            Note("t", $"sender {i}", i, ("name", 1));
            Note("t", "one", i, ($"name {i}", 1));
        }

        Note("t", new string('x', 10_000), 0, (new string('y', 10_000), 1));

        var all = _arrivals.Of("t");
        all.Count.ShouldBeLessThanOrEqualTo(Arrivals.MaxSenders + 1);
        all.Sum(static sender => sender.Signals.Sum(static signal => signal.Count)).ShouldBe(6_001, "nothing is lost from the sums");
        all.ShouldContain(static sender => sender.Source.Sender == Arrivals.Other);
        var one = all.Single(static sender => sender.Source.Sender == "one");
        one.Names.Count.ShouldBeLessThanOrEqualTo(Arrivals.MaxNames + 3);
        one.Names.Single(static name => name.Name == Arrivals.Other).Count.ShouldBe(3_000 - Arrivals.MaxNames);
        all.ShouldAllBe(static sender => sender.Source.Sender.Length <= Arrivals.MaxTextLength);
    }

    [Fact]
    public void The_crowd_of_one_tenant_hides_nobody_of_another()
    {
        for (var i = 0; i < 3_000; i++)
        {
            Note("north", $"sender {i}", i, ("name", 1));
        }

        Note("south", "ada", 0, ("name", 1));

        _arrivals.Of("south").ShouldHaveSingleItem().Source.Sender.ShouldBe("ada");
    }

    private void Note(string tenant, string sender, int minute, params (string Name, int Count)[] names) =>
        _arrivals.Note(
            new(tenant, sender, "2.1.329"),
            Noon.AddMinutes(minute),
            "logs",
            names.Select(static name => KeyValuePair.Create(name.Name, name.Count)),
            marks: 0
        );
}
