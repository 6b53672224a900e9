using System.Text.Json;
using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>What callers say of a session lands on its turns.</summary>
public sealed class ContextTests
{
    private const ulong Milli = 1_000_000;
    private const ulong Second = 1000 * Milli;

    private ulong _taken = Some.Epoch;

    /// <summary>Turns at 0, 100 and 200 s, each of one second.</summary>
    private static readonly DecodedExport[] Turns = [Turn(0, "p1"), Turn(100_000, "p2"), Turn(200_000, "p3")];

    [Fact]
    public void A_turn_takes_the_latest_value_that_held_when_it_began()
    {
        var assembled = Assembled.From(Turns);
        assembled.Add(At(0, ("branch", "main")));
        assembled.Add(At(100_000, ("branch", "feature")));
        assembled.Add(At(150_000, ("ticket", "PAY-1")));

        Said(assembled).ShouldBe(["branch=main", "branch=feature", "branch=feature ticket=PAY-1"]);
        assembled.All.First().Context.Tags.ShouldBe(["branch:main"]);
    }

    [Fact]
    public void A_key_given_as_null_is_taken_back_and_the_others_stay()
    {
        var assembled = Assembled.From(Turns);
        assembled.Add(At(0, ("branch", "main"), ("ticket", "PAY-1")));
        assembled.Add(At(90_000, ("ticket", null)));

        Said(assembled).ShouldBe(["branch=main ticket=PAY-1", "branch=main", "branch=main"]);
    }

    [Fact]
    public void A_key_without_value_takes_the_first_that_is_said_during_the_turn()
    {
        var assembled = Assembled.From(Turns);
        assembled.Add(At(0, ("branch", "main")));
        assembled.Add(At(500, ("pullRequest", "7"), ("branch", "other")));
        assembled.Add(At(700, ("pullRequest", "8")));

        Said(assembled).ShouldBe(["branch=main pullRequest=7", "branch=other pullRequest=8", "branch=other pullRequest=8"]);
    }

    [Fact]
    public void What_is_said_between_two_turns_is_not_of_the_turn_before()
    {
        var assembled = Assembled.From(Turns);
        assembled.Add(At(50_000, ("ticket", "PAY-1")));

        Said(assembled).ShouldBe(["", "ticket=PAY-1", "ticket=PAY-1"]);
    }

    [Fact]
    public void From_the_start_holds_for_all_turns_and_instead_of_what_was_said_before()
    {
        var assembled = Assembled.From(Turns);
        assembled.Add(At(0, ("ticket", "PAY-1"), ("branch", "main")));
        assembled.Add(At(150_000, ("ticket", "PAY-2")));
        assembled.Add(Entry(true, 0, 0, ("ticket", "PAY-3"))).Count.ShouldBe(3);

        Said(assembled).ShouldBe(["branch=main ticket=PAY-3", "branch=main ticket=PAY-3", "branch=main ticket=PAY-3"]);

        assembled.Add(At(150_000, ("ticket", "PAY-4")));
        Said(assembled).ShouldBe(["branch=main ticket=PAY-3", "branch=main ticket=PAY-3", "branch=main ticket=PAY-4"]);
    }

    [Fact]
    public void The_turn_that_began_just_before_is_the_one_that_was_meant_and_no_earlier_one()
    {
        var assembled = Assembled.From([Turn(0, "p1"), Turn(1500, "p2")]);
        assembled.Add(Entry(false, Some.Epoch + (100 * Milli), 2 * Second, ("branch", "first")));
        assembled.Add(Entry(false, Some.Epoch + (1600 * Milli), 2 * Second, ("branch", "second")));

        Said(assembled).ShouldBe(["branch=first", "branch=second"]);
    }

    [Fact]
    public void A_new_word_computes_exactly_the_turns_anew_that_it_touches()
    {
        var assembled = Assembled.From(Turns);

        assembled.Add(At(90_000, ("branch", "main"))).Count.ShouldBe(2);
        assembled.Add(At(90_000, ("branch", "main"))).ShouldBeEmpty();
        assembled.Add(At(150_000, ("branch", "feature"))).Count.ShouldBe(1);
        assembled.Add(At(100_500, ("pullRequest", "7"))).Count.ShouldBe(2);
        assembled.Add(At(900_000, ("branch", "late"))).ShouldBeEmpty();
    }

    [Fact]
    public void What_a_caller_says_counts_before_an_attribute_of_the_same_key()
    {
        var assembled = Assembled.From([
            new Some().UserPrompt(0).Request(200, 100, "r1", ("vcs.repository.name", "shop"), ("terminal.type", "xterm")).Export(),
        ]);
        assembled.Add(Entry(false, 0, 0, ("repository", "acme/shop")));

        var context = assembled.All.Single().Context;
        context.Tags.ShouldBe(["repository:acme/shop", "terminal:xterm"]);
        context.Metadata["repository"].ShouldBe("acme/shop");
    }

    [Fact]
    public void What_is_said_is_no_turn_and_no_session_and_waits_for_one()
    {
        var assembled = new Assembled();
        assembled.Add(Entry(false, 0, 0, ("branch", "main"))).ShouldBeEmpty();
        assembled.All.ShouldBeEmpty();

        assembled.Add(Turns[0]);
        Said(assembled).ShouldBe(["branch=main"]);
    }

    [Fact]
    public void The_set_of_records_and_entries_decides_not_their_order_or_repetition()
    {
        ContextEntry[] entries =
        [
            Entry(false, 0, 0, ("branch", "a"), ("repository", "acme/shop")),
            Entry(false, Some.Epoch + (100_100 * Milli), 2 * Second, ("branch", "b")),
            At(100_400, ("pullRequest", "7")),
            Entry(true, 0, 0, ("ticket", "PAY-1")),
            At(150_000, ("ticket", "PAY-2"), ("repository", null)),
            At(150_000, ("ticket", "PAY-3")),
        ];
        string? expected = null;
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var steps = Turns
                .Concat(Turns)
                .Select(static turn => (Action<Assembled>)(assembled => assembled.Add(turn)))
                .Concat(entries.Concat(entries).Select(static entry => (Action<Assembled>)(assembled => assembled.Add(entry))))
                .ToArray();
            random.Shuffle(steps);
            var assembled = new Assembled();
            foreach (var step in steps)
            {
                step(assembled);
                if (random.Next(4) == 0)
                {
                    assembled.Restart();
                }
            }

            var views = JsonSerializer.Serialize(assembled.All);
            views.ShouldBe(expected ??= views, $"seed {seed}");
            Said(assembled)
                .ShouldBe([
                    "branch=a repository=acme/shop ticket=PAY-1",
                    "branch=b pullRequest=7 repository=acme/shop ticket=PAY-1",
                    "branch=b pullRequest=7 ticket=PAY-3",
                ]);
        }
    }

    [Fact]
    public void An_entry_reads_back_as_it_was_written_and_others_are_left_alone()
    {
        var entry = Entry(false, ulong.MaxValue, 5, ("a", "ä\"\\"), ("b", null));
        var read = ContextEntry.Read(entry.Body);

        read.SessionId.ShouldBe("S");
        read.EffectiveUnixNano.ShouldBe(ulong.MaxValue);
        read.Keys.ShouldBe(new Dictionary<string, string?> { ["a"] = "ä\"\\", ["b"] = null }, ignoreOrder: true);
        read.ToFact().Id.ShouldBe(entry.ToFact().Id);
        ContextEntry.TryRead("{\"kind\":\"another\"}"u8.ToArray()).ShouldBeNull();
        Should.Throw<FormatException>(() => ContextEntry.TryRead("{\"kind\":\"session.context\"}"u8.ToArray()));
        Should.Throw<FormatException>(() => ContextEntry.TryRead("nonsense"u8.ToArray()));
    }

    [Theory]
    [InlineData("nothing has arrived: all that comes is later", null, 0UL, 0UL)]
    [InlineData("a record of just now", -5_000L, 1_000_000_000UL, 2_000UL)]
    [InlineData("the client's clock is a little ahead", 60_000L, 1_060_000_000UL, 2_000UL)]
    [InlineData("the session was left for an hour", -3_600_000L, null, 0UL)]
    [InlineData("the client's clock is wrong by an hour", 3_600_000L, null, 0UL)]
    public void Now_is_decided_when_it_is_taken(string because, long? lastMs, ulong? effectiveMs, ulong graceMs)
    {
        const ulong Now = 1_000_000_000 * Milli;
        var last = lastMs is { } ms ? (ulong)((long)Now + (ms * (long)Milli)) : (ulong?)null;

        var (effective, grace) = ContextTime.FromNow(Now, new KnownSession(true, last, []), new ContextOptions());

        effective.ShouldBe(effectiveMs is { } expected ? (lastMs == 60_000 ? last!.Value : expected * Milli) : last!.Value + 1, because);
        grace.ShouldBe(graceMs * Milli, because);
    }

    [Fact]
    public void A_later_word_is_never_put_before_an_earlier_one()
    {
        const ulong Now = 1_000_000_000 * Milli;
        var earlier = Entry(false, Now - (1800 * Second), 2 * Second, ("branch", "a"));

        var (effective, _) = ContextTime.FromNow(Now, new KnownSession(true, Now - (1810 * Second), [earlier]), new ContextOptions());

        effective.ShouldBe(earlier.EffectiveUnixNano);
    }

    [Fact]
    public void Where_the_store_cannot_say_now_is_now()
    {
        ContextTime.FromNow(77, KnownSession.Uncertain, new ContextOptions()).ShouldBe((77UL, 2 * Second));
    }

    private ContextEntry At(int atMs, params (string Key, string? Value)[] keys) =>
        Entry(false, Some.Epoch + ((ulong)atMs * Milli), 0, keys);

    private ContextEntry Entry(bool fromStart, ulong effective, ulong grace, params (string Key, string? Value)[] keys) =>
        ContextEntry.Create(
            "S",
            fromStart,
            _taken += 100,
            effective,
            grace,
            keys.ToDictionary(static pair => pair.Key, static pair => pair.Value)
        );

    private static DecodedExport Turn(int atMs, string prompt) =>
        new Some(prompt: prompt).UserPrompt(atMs).Request(atMs + 1000, 500, "r-" + prompt).Export();

    private static string[] Said(Assembled assembled) =>
        [
            .. assembled.All.Select(static trace =>
                string.Join(' ', trace.Context.Metadata.Select(static pair => $"{pair.Key}={pair.Value}"))
            ),
        ];
}
