using System.Text.RegularExpressions;
using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests;

/// <summary>The real program and real traffic, to a new Langfuse and to an old one: both ways to traces, and the scores of sessions.</summary>
public sealed partial class TransportTests
{
    private static readonly string[] Names =
    [
        "2.1.329-subagent-http-json",
        "2.1.329-bash-tool-gzip-grpc",
        "2.1.119-bash-tool-http-protobuf",
    ];

    [Theory]
    [InlineData("4.16.0", false)]
    [InlineData("3.21.0", true)]
    public async Task A_Langfuse_of_any_age_gets_the_same_trees_and_the_scores(string version, bool isOld)
    {
        await using var langfuse = await LangfuseStandIn.StartAsync();
        langfuse.Edition = new LangfuseEdition(version);
        await using var bridge = await BridgeProcess.StartAsync(BridgeProcess.Settings());
        using (var client = new OtlpClient(bridge))
        {
            foreach (var name in Names)
            {
                await client.SendAllAsync(WireRequest.Of(Recording.Open(name)));
            }
        }

        // It knows of Langfuse only once it has everything: so nothing is sent before it is whole, however slow the machine is.
        var shown = await Shown.OfReplayAsync([.. Names.Select(static name => Recording.Open(name).Folder)]);
        await Shown.MustBecomeAsync(bridge.Folder, shown);
        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        await bridge.RestartAsync(BridgeProcess.Settings(langfuse));
        var expected = shown.Rows().Select(row => InWholeMillis(isOld ? AsOldTypes(row) : row)).Order(StringComparer.Ordinal).ToList();
        await Wait.UntilAsync(
            "every observation and every session's scores are there",
            () =>
                langfuse.Table.Observations.Count >= expected.Count
                && langfuse.Table.Scores.Count(static score => score.Name == "telemetry_complete") == shown.Trees.Count
        );

        Shown.Rows(langfuse.Table.Observations).Select(InWholeMillis).Order(StringComparer.Ordinal).ToList().MustBe(expected);
        langfuse.MustBeConsistent();
        langfuse.Ingestion.LastContentError.ShouldBeNull();
        langfuse.Ingestion.Repeated.ShouldBeEmpty();
        (langfuse.Exports == 0).ShouldBe(isOld);
        langfuse.Table.Scores.ShouldAllBe(score => isOld ? score.TraceId != null : score.SessionId != null);
        if (!isOld)
        {
            langfuse.Table.Scores.Select(static score => score.SessionId!).Distinct().ShouldBe(shown.Trees.Keys, ignoreOrder: true);
        }

        (await bridge.TerminateAsync()).ShouldBe(0, bridge.Errors);
        bridge.Errors.Trim().ShouldBeEmpty();
    }

    /// <summary>Before 3.99 the ingestion API has no agents and no tools.</summary>
    private static string AsOldTypes(string row) =>
        row.Replace(" agent '", " span '", StringComparison.Ordinal).Replace(" tool '", " span '", StringComparison.Ordinal);

    private static string InWholeMillis(string row) => Moment().Replace(row, "${millis}");

    [GeneratedRegex(@"(?<millis>\d\d:\d\d:\d\d\.\d{3})\d{4}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Moment();
}
