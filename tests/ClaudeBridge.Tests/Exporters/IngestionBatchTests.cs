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
    [InlineData("""{"status":"OK","version":"4.16.0"}""", 4, 16)]
    [InlineData("""{"version":"v3.98.1-rc.2"}""", 3, 98)]
    [InlineData("""{"status":"no database","version":"2.95.12"}""", 2, 95)]
    public void Health_tells_the_version(string health, int major, int minor) =>
        LangfuseVersion.Parse(Encoding.UTF8.GetBytes(health)).ShouldBe(new LangfuseVersion(major, minor));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"version":3}""")]
    [InlineData("""{"version":"latest"}""")]
    [InlineData("<html>")]
    [InlineData("")]
    public void Health_of_another_program_tells_none(string health) => LangfuseVersion.Parse(Encoding.UTF8.GetBytes(health)).ShouldBeNull();

    private static DeliveryVerdict Judge(string answer, params string[] ids) =>
        new IngestionBatch([.. ids.Select(static IReadOnlyList<IngestionEvent> (id) => [new IngestionEvent(id, "{}"u8.ToArray())])]).Judge(
            Taken,
            Encoding.UTF8.GetBytes(answer)
        );
}
