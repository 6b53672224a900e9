using ClaudeBridge.EndToEndTests.Fixtures;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.EndToEndTests;

/// <summary>Real traffic, in the protocol it was recorded in, through the real sockets of a running bridge.</summary>
public sealed class RecordingsThroughSocketsTests(RecordedTraffic traffic) : IClassFixture<RecordedTraffic>
{
    public static TheoryData<string> Recordings => [.. Recording.Names];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void A_recording_over_its_own_protocol_shows_the_same_as_its_replay(string recording)
    {
        var expected = traffic.Replayed(recording).Trees;

        expected.ShouldNotBeEmpty();
        foreach (var (session, tree) in expected)
        {
            traffic.Live.Trees.Keys.ShouldContain(session);
            traffic.Live.Trees[session].ShouldBe(tree);
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Langfuse_gets_every_observation_of_a_recording_as_it_is_shown(string recording)
    {
        var expected = traffic.Replayed(recording);
        var sessions = expected.Trees.Keys.ToHashSet();

        var rows = traffic.Langfuse.Table.Observations.Where(row => sessions.Contains(row.SessionId)).ToList();

        Shown.Rows(rows).MustBe(expected.Rows());
        rows.Where(static row => row.Deliveries > 1).Select(static row => $"{row.Name} {row.Id}").ShouldBeEmpty("sent once is enough");
    }

    [Fact]
    public void Nothing_else_is_shown_or_delivered()
    {
        var sessions = Recording.Names.SelectMany(name => traffic.Replayed(name).Trees.Keys).Order(StringComparer.Ordinal);

        traffic.Live.Trees.Keys.ShouldBe(sessions);
        traffic.Langfuse.Table.Observations.Count.ShouldBe(Recording.Names.Sum(name => traffic.Replayed(name).Rows().Count));
        traffic.Langfuse.MustBeConsistent();
        traffic.Langfuse.Table.Orphans.Select(static row => $"{row.TraceId} {row.Name}").ShouldBeEmpty();
    }

    [Fact]
    public void The_bridge_ends_well_after_it_and_has_nothing_to_complain_of()
    {
        traffic.ExitCode.ShouldBe(0);
        traffic.Bridge.Output.ShouldNotContain("wait for");
        traffic.Bridge.Errors.Trim().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2.1.329-plain-answer-http-json", "2.1.329-plain-answer-http-protobuf", "2.1.329-plain-answer-grpc")]
    [InlineData("2.1.329-bash-tool-http-json", "2.1.329-bash-tool-grpc", "2.1.329-bash-tool-gzip-grpc")]
    [InlineData("2.1.329-subagent-http-json", "2.1.329-subagent-grpc")]
    [InlineData("2.1.329-file-edits-http-json", "2.1.329-file-edits-http-protobuf")]
    [InlineData("2.0.10-legacy-tools-http-json", "2.0.10-legacy-tools-grpc")]
    public void The_protocols_of_one_scenario_give_one_tree(params string[] forms)
    {
        var shapes = forms.Select(form => TreeShape.Of(traffic.Replayed(form).Trees.Keys.Select(session => traffic.Live.Trees[session])));

        foreach (var (shape, form) in shapes.Zip(forms))
        {
            shape.ShouldNotBeEmpty();
            shape.ShouldBe(shapes.First(), form);
        }
    }
}
