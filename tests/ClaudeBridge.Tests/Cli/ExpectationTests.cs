using ClaudeBridge.Cli.Expect;
using FsCheck;
using FsCheck.Fluent;

namespace ClaudeBridge.Tests.Cli;

public sealed class ExpectationTests
{
    private const string Request = "req_001HVp169UgWCLqaMd3FX2fse";

    [Fact]
    public void Two_results_that_differ_only_in_ids_are_the_same_document()
    {
        var one = Document("ba7d0de2-a043-4f55-82b9-acd0de0a49ad", "581b9a500530f1b992020cec693fb334", Request, "00f067aa0ba902b7");
        var two = Document(
            "11111111-2222-4333-8444-555555555555",
            "0123456789abcdef0123456789abcde0",
            "req_009zzzzzzzzzzzzzzzzzzzzzz",
            "10f067aa0ba902b8"
        );

        one.ShouldBe(two);
        one.ShouldNotContain("ba7d0de2");
        one.ShouldNotContain("581b9a50");
        one.ShouldNotContain(Request);
        one.ShouldContain("see request1 in session1, parent observation1");
    }

    [Fact]
    public void An_id_that_is_joined_to_another_one_is_seen()
    {
        var tool = Some.Observation("t1t1t1t1t1t1t1t1", "r1r1r1r1r1r1r1r1") with
        {
            Metadata = new Dictionary<string, string> { ["request_id"] = Request },
        };
        var other = tool with { Metadata = new Dictionary<string, string> { ["request_id"] = "req_00other00other00other00oth" } };
        var root = Some.Observation("r1r1r1r1r1r1r1r1", type: "AGENT") with { Input = Request };

        var same = Write(Some.Trace("aa", root, tool));
        var changed = Write(Some.Trace("aa", root, other));

        Expectation
            .Compare(same, changed, "kept")
            .ShouldBe(["at [0].traceList[0].observations[1].metadata", "  - request_id: \"request1\"", "  + request_id: \"request2\""]);
    }

    [Fact]
    public void Order_of_siblings_does_not_hang_on_their_ids()
    {
        var root = Some.Observation("rr", type: "AGENT") with { StartTime = Some.Time };
        var first = Some.Observation("b", "rr", name: "Read");
        var second = Some.Observation("a", "rr", name: "Write");

        Write(Some.Trace("t", root, first, second)).ShouldBe(Write(Some.Trace("t", root, second with { Id = "z" }, first)));
    }

    [Fact]
    public void A_difference_names_the_place_and_both_values_and_an_insertion_does_not_shift_the_rest()
    {
        var root = Some.Observation("rr", type: "AGENT", name: "claude-code") with { StartTime = Some.Time };
        var tools = Enumerable
            .Range(1, 5)
            .Select(i => Some.Observation($"t{i}", "rr") with { StartTime = Some.Time.AddSeconds(i), EndTime = Some.Time.AddSeconds(i) })
            .ToList();
        var kept = Write(Some.Trace("t", [root, .. tools]));
        var actual = Write(Some.Trace("t", [root, .. tools[..2], .. tools[3..4], tools[4] with { Level = "ERROR" }]));

        var difference = Expectation.Compare(kept, actual, "kept");

        difference.ShouldContain("at [0].traceList[0].observations[3] (TOOL Bash)");
        difference.ShouldContain("  - level: \"DEFAULT\"");
        difference.ShouldContain("  + level: \"ERROR\"");
        difference.Count.ShouldBeLessThan(30);
    }

    [Fact]
    public void Equal_documents_have_no_difference_whatever_their_white_space()
    {
        Expectation.Compare("[{\"a\":1,\"b\":[]}]", "[ {\n\"a\": 1, \"b\": [ ] } ]", "kept").ShouldBeEmpty();
        Expectation.Compare("[]", "[{\"a\":1}]", "kept").ShouldNotBeEmpty();
    }

    [Fact]
    public void The_difference_turns_the_one_list_into_the_other() =>
        Prop.ForAll<int[], int[]>(
                (before, after) =>
                {
                    var difference = LineDiff.Compare(Lines(before), Lines(after));
                    var removed = difference
                        .Where(line => line.StartsWith("  - ", StringComparison.Ordinal))
                        .Select(line => line[4..])
                        .ToList();
                    var added = difference
                        .Where(line => line.StartsWith("  + ", StringComparison.Ordinal))
                        .Select(line => line[4..])
                        .ToList();
                    var left = Lines(before).Select(line => line.Text).ToList();
                    removed.ForEach(line => left.Remove(line).ShouldBeTrue());
                    left.AddRange(added);
                    left.Order().ShouldBe(Lines(after).Select(line => line.Text).Order());
                    (difference.Count == 0).ShouldBe(before.Select(Small).SequenceEqual(after.Select(Small)));
                }
            )
            .QuickCheckThrowOnFailure();

    private static List<PathLine> Lines(int[] values) => [.. values.Select(value => new PathLine("p", Small(value).ToString()))];

    private static int Small(int value) => value % 4;

    private static string Write(ClaudeBridge.Store.TraceDetail trace) =>
        Expectation.Write(ExpectedResult.Of(new SomeStore(Some.Session("s", trace))));

    private static string Document(string session, string trace, string request, string observation)
    {
        var root = Some.Observation(observation, type: "AGENT") with
        {
            Input = $"see {request} in {session}, parent {observation}",
            Metadata = new Dictionary<string, string> { ["request_id"] = request, ["trace"] = trace },
        };
        return Expectation.Write(ExpectedResult.Of(new SomeStore(Some.Session(session, Some.Trace(trace, root)))));
    }
}
