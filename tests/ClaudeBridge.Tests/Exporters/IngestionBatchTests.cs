using System.Text;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;

namespace ClaudeBridge.Tests.Exporters;

public sealed class IngestionBatchTests
{
    private static readonly DeliveryVerdict Taken = new(DeliveryOutcome.Delivered, 207);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"status":"ok"}""")]
    [InlineData("queued")]
    [InlineData("")]
    public void An_answer_without_lists_means_that_all_was_taken(string answer) => Judge(answer, "a", "b").ShouldBe(Taken);

    [Fact]
    public void Half_a_character_in_an_answer_makes_it_one_without_lists() =>
        Judge("""{"successes":[{"id":"\ud83d","status":201}],"errors":[]}""", "a", "b").ShouldBe(Taken);

    [Fact]
    public void Each_is_judged_by_its_own_id_whatever_the_order()
    {
        var verdict = Judge(
            """{"successes":[{"id":"c","status":201},{"id":"a","status":201}],"errors":[{"id":"b","status":400,"message":"Invalid","error":"name"}]}""",
            "a",
            "b",
            "c"
        );

        verdict.Outcome.ShouldBe(DeliveryOutcome.Itemized);
        verdict
            .Items!.Select(static item => item.Outcome)
            .ShouldBe([DeliveryOutcome.Delivered, DeliveryOutcome.Refused, DeliveryOutcome.Delivered]);
        verdict.Items![1].Reason.ShouldBe("Invalid: name");
    }

    [Fact]
    public void What_the_answer_does_not_speak_of_is_sent_again_alone_and_then_taken_for_done()
    {
        const string answer = """{"successes":[{"id":"a","status":201}],"errors":[]}""";

        Judge(answer, "a", "b").Items![1].Outcome.ShouldBe(DeliveryOutcome.Retry);
        Judge("""{"successes":[],"errors":[]}""", "b").ShouldBe(Taken);
    }

    [Fact]
    public void An_error_without_an_id_is_that_of_what_was_sent_alone() =>
        Judge("""{"successes":[],"errors":[{"id":"unknown","status":400,"error":"no id"}]}""", "b").Items![0].Status.ShouldBe(400);

    [Fact]
    public void All_failed_is_trouble_of_the_server() =>
        Judge("""{"successes":[],"errors":[{"id":"a","status":500},{"id":"b","status":500}]}""", "a", "b")
            .Outcome.ShouldBe(DeliveryOutcome.Retry);

    [Theory]
    [InlineData("""{"successes":[{"id":"a"},{"id":"b"}],"errors":[]}""")]
    [InlineData("""{"successes":[{"id":"a","status":"201"},{"id":"b","status":"created"}]}""")]
    [InlineData("""{"successes":[{"id":1,"status":201},{"id":2,"status":201}],"errors":[]}""")]
    [InlineData("""{"successes":[{"id":"their-1","status":201},{"id":"their-2","status":201}],"errors":[]}""")]
    [InlineData("""{"successes":[],"errors":[]}""")]
    [InlineData("""{"successes":["a","b"],"errors":null}""")]
    public void Successes_told_in_a_way_of_their_own_are_successes(string answer) => Judge(answer, "a", "b").ShouldBe(Taken);

    [Theory]
    [InlineData("""{"successes":[],"errors":[{"id":"unknown","status":400},{"id":"unknown","status":400}]}""")]
    [InlineData("""{"successes":[{"id":1,"status":201}],"errors":[{"id":2,"status":400}]}""")]
    [InlineData("""{"errors":["no id at all"]}""")]
    public void Errors_that_name_none_of_what_was_sent_are_looked_for_in_smaller_requests(string answer) =>
        Judge(answer, "a", "b").Outcome.ShouldBe(DeliveryOutcome.TooLarge);

    [Theory]
    [InlineData("""{"successes":[],"errors":[{"id":"a","message":"no status"}]}""")]
    [InlineData("""{"successes":[],"errors":[{"id":"a","status":"broken"}]}""")]
    public void An_error_without_a_status_is_no_refusal_for_good(string answer) =>
        Judge(answer, "a").Outcome.ShouldBe(DeliveryOutcome.Retry);

    [Fact]
    public void An_answer_that_is_longer_than_what_is_read_of_it_is_no_success()
    {
        var answer = """{"errors":[{"id":"a","status":400,"error":" """ + new string('x', 100_000);

        Judge(answer, isCut: true, "a", "b").Outcome.ShouldBe(DeliveryOutcome.TooLarge);
        Judge(answer, isCut: true, "a").Outcome.ShouldBe(DeliveryOutcome.Retry);
    }

    [Fact]
    public void Of_the_two_events_of_a_root_the_one_that_failed_goes_again_though_the_other_was_refused()
    {
        IReadOnlyList<IngestionEvent> root = [new("root-trace", "{}"u8.ToArray()), new("root", "{}"u8.ToArray())];
        var verdict = new IngestionBatch([root]).Judge(
            Taken,
            Encoding.UTF8.GetBytes("""{"errors":[{"id":"root-trace","status":500},{"id":"root","status":400}]}""")
        );

        verdict.Outcome.ShouldBe(DeliveryOutcome.Retry);
    }

    [Theory]
    [InlineData("""{"status":"OK","version":"4.16.0"}""", 4, 16)]
    [InlineData("""{"version":"4"}""", 4, 0)]
    [InlineData("""{"version":"v2-lts"}""", 2, 0)]
    [InlineData("""{"version":"3.100.0"}""", 3, 100)]
    [InlineData("""{"version":"v3.98.1-rc.2"}""", 3, 98)]
    [InlineData("""{"status":"no database","version":"2.95.12"}""", 2, 95)]
    public void Health_tells_the_version(string health, int major, int minor) =>
        LangfuseVersion.Parse(Encoding.UTF8.GetBytes(health)).ShouldBe(new LangfuseVersion(major, minor));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"version":3}""")]
    [InlineData("""{"version":"3"}""")]
    [InlineData("""{"version":"20240501"}""")]
    [InlineData("""{"version":""}""")]
    [InlineData("""{"version":"latest"}""")]
    [InlineData("<html>")]
    [InlineData("")]
    public void Health_of_another_program_tells_none(string health) => LangfuseVersion.Parse(Encoding.UTF8.GetBytes(health)).ShouldBeNull();

    private static DeliveryVerdict Judge(string answer, params string[] ids) => Judge(answer, false, ids);

    private static DeliveryVerdict Judge(string answer, bool isCut, params string[] ids) =>
        new IngestionBatch([.. ids.Select(static IReadOnlyList<IngestionEvent> (id) => [new IngestionEvent(id, "{}"u8.ToArray())])]).Judge(
            Taken,
            Encoding.UTF8.GetBytes(answer),
            isCut
        );
}
