using ClaudeBridge.Otlp;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Metrics;
using ClaudeBridge.Tests.StandIns;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Tests.Metrics;

public sealed class PointReaderTests
{
    private const string Cost = "claude_code.cost.usage";

    [Fact]
    public void A_double_is_read_by_its_shortest_text_and_an_int_as_it_is()
    {
        Some.Read(Some.Delta(Cost, Some.Point(0.05601999999999999))).OnlyPoint().Value.Sum.ShouldBe(0.05601999999999999m);
        Some.Read(Some.Delta(Cost, Some.Point(0.1))).OnlyPoint().Value.Sum.ShouldBe(0.1m);
        var whole = Some.Point(0);
        whole.AsInt = 123_456_789_012_345;
        Some.Read(Some.Delta(Cost, whole)).OnlyPoint().Value.Sum.ShouldBe(123_456_789_012_345m);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.MaxValue)]
    [InlineData(1e16)]
    [InlineData(-1e16)]
    public void What_is_no_number_or_beyond_belief_is_left_out_and_counted(double value)
    {
        var read = Some.Read(Some.Delta(Cost, Some.Point(value), Some.Point(1)));

        read.OnlyPoint().Value.Sum.ShouldBe(1);
        read.PointsLeftOut.ShouldBe(1);
    }

    [Fact]
    public void A_point_without_value_or_time_is_left_out_and_counted()
    {
        var flagged = Some.Point(1);
        flagged.Flags = 1;
        var empty = Some.Point(1);
        empty.ClearValue();

        var read = Some.Read(Some.Delta(Cost, flagged, empty, Some.Point(1, time: 0), Some.Point(1, time: ulong.MaxValue)));

        read.Points.ShouldBeEmpty();
        read.PointsLeftOut.ShouldBe(4);
    }

    [Fact]
    public void The_session_is_the_points_own_else_the_resources_else_the_users_else_the_senders()
    {
        KeyOf([("session.id", "a"), ("user.id", "u")], [("session.id", "r")]).ShouldBe("session:a");
        KeyOf([("claude.session.id", "b")]).ShouldBe("session:b");
        KeyOf([("user.id", "u")], [("session.id", "r")]).ShouldBe("session:r");
        KeyOf([("user.id", "u")]).ShouldBe("user:u");
        KeyOf([("x", "y")]).ShouldStartWith("origin:");
        KeyOf([("x", "y")]).ShouldBe(KeyOf([("x", "z")]));
        KeyOf([("x", "y")], [("host.name", "h")]).ShouldNotBe(KeyOf([("x", "y")]));

        static string KeyOf((string, string)[] point, (string, string)[]? resource = null) =>
            Some.Read(Some.Resource(resource ?? []), Some.Delta(Cost, Some.Point(1, attributes: point))).Points.ShouldHaveSingleItem().Key;
    }

    [Fact]
    public void A_series_is_the_same_in_any_order_of_attributes_and_another_where_anything_differs()
    {
        var plain = IdOf(Some.Resource(("a", "1"), ("b", "2")), Some.Delta(Cost, Point(("x", "1"), ("y", "2"))));

        IdOf(Some.Resource(("b", "2"), ("a", "1")), Some.Delta(Cost, Point(("y", "2"), ("x", "1")))).ShouldBe(plain);
        IdOf(Some.Resource(("a", "2"), ("b", "2")), Some.Delta(Cost, Point(("x", "1"), ("y", "2")))).ShouldNotBe(plain);
        IdOf(Some.Resource(("a", "1"), ("b", "2")), Some.Delta(Cost, Point(("x", "1"), ("y", "3")))).ShouldNotBe(plain);
        IdOf(Some.Resource(("a", "1"), ("b", "2")), Some.Cumulative(Cost, Point(("x", "1"), ("y", "2")))).ShouldNotBe(plain);
        IdOf(Some.Resource(("a", "1"), ("b", "2")), Some.Delta("claude_code.x", Point(("x", "1"), ("y", "2")))).ShouldNotBe(plain);
        var dollars = Some.Delta(Cost, Point(("x", "1"), ("y", "2")));
        dollars.Unit = "USD";
        IdOf(Some.Resource(("a", "1"), ("b", "2")), dollars).ShouldNotBe(plain);

        static NumberDataPoint Point(params (string, string)[] attributes) => Some.Point(1, attributes: attributes);

        static RecordId IdOf(OpenTelemetry.Proto.Resource.V1.Resource resource, Metric metric) =>
            Some.Read(resource, metric).OnlyPoint().Series.Id;
    }

    [Fact]
    public void A_recorded_series_is_the_same_in_both_encodings()
    {
        var json = Recording
            .Open("2.1.329-file-edits-http-json")
            .Requests.First(static request => request.Signal == Signal.Metrics)
            .Decode();
        var bytes = Google.Protobuf.MessageExtensions.ToByteArray(json.Metrics);
        var protobuf = OtlpDecoder.Decode(Signal.Metrics, OtlpEncoding.Protobuf, bytes);

        Ids(protobuf).ShouldBe(Ids(json));

        static IReadOnlyList<RecordId> Ids(DecodedExport export) =>
            [.. RecordReader.Read(export, DateTimeOffset.UnixEpoch).Points().Select(static point => point.Series.Id)];
    }

    [Fact]
    public void Old_names_become_the_newest_and_unknown_ones_stay()
    {
        MetricOf("claude_code.pr.count").ShouldBe("claude_code.pull_request.count");
        MetricOf("pr.count").ShouldBe("claude_code.pull_request.count");
        MetricOf("claude_code.tool.usage").ShouldBe("claude_code.tool.usage");
        MetricOf("claude_code.brand_new").ShouldBe("claude_code.brand_new");

        static string MetricOf(string name) => Some.Read(Some.Delta(name, Some.Point(1))).OnlyPoint().Series.Metric;
    }

    [Fact]
    public void Metrics_of_other_programs_are_counted_as_foreign_but_for_calls_of_a_model()
    {
        var other = Some.Resource();
        other.Attributes[0].Value.StringValue = "shop";
        var export = Some.Export(
            other,
            "shop",
            Some.Delta("http.server.duration", Some.Point(1), Some.Point(2)),
            Some.Delta("gen_ai.client.token.usage", Some.Point(3)),
            Some.Delta("claude_code.commit.count", Some.Point(4))
        );

        var read = RecordReader.Read(export, DateTimeOffset.UnixEpoch);

        read.Foreign.ShouldBe(2);
        read.PointsLeftOut.ShouldBe(0);
        read.Points().Select(static point => point.Series.Metric).ShouldBe(["gen_ai.client.token.usage", "claude_code.commit.count"]);
        read.Points()[0].Series.Describe("session:s1", Attribution.Default).Figure.ShouldBe(MetricFigure.None);
    }

    [Fact]
    public void Every_shape_is_read()
    {
        var read = Some.Read(
            new Metric
            {
                Name = "claude_code.g",
                Gauge = new Gauge { DataPoints = { Some.Point(1, start: 5) } },
            },
            new Metric
            {
                Name = "claude_code.h",
                Histogram = new Histogram
                {
                    DataPoints =
                    {
                        new HistogramDataPoint
                        {
                            TimeUnixNano = Some.Noon,
                            Sum = 2.5,
                            Count = 3,
                        },
                    },
                },
            },
            new Metric
            {
                Name = "claude_code.e",
                ExponentialHistogram = new ExponentialHistogram
                {
                    AggregationTemporality = AggregationTemporality.Cumulative,
                    DataPoints =
                    {
                        new ExponentialHistogramDataPoint { TimeUnixNano = Some.Noon, Count = 4 },
                    },
                },
            },
            new Metric
            {
                Name = "claude_code.s",
                Summary = new Summary
                {
                    DataPoints =
                    {
                        new SummaryDataPoint
                        {
                            TimeUnixNano = Some.Noon,
                            Sum = 1,
                            Count = 2,
                        },
                    },
                },
            },
            Some.Sum("claude_code.u", AggregationTemporality.Unspecified, points: Some.Point(1)),
            Some.Sum("claude_code.n", AggregationTemporality.Cumulative, isMonotonic: false, Some.Point(1)),
            new Metric { Name = "claude_code.nothing" }
        );

        read.Points()
            .Select(static point => (point.Series.Shape, point.Series.Use, point.Value.Sum, point.Value.Count))
            .Order()
            .ShouldBe([
                (MetricShape.Sum, PointUse.InferredDelta, 1m, 0),
                (MetricShape.Sum, PointUse.CumulativeUpDown, 1m, 0),
                (MetricShape.Gauge, PointUse.Latest, 1m, 0),
                (MetricShape.Histogram, PointUse.InferredDelta, 2.5m, 3),
                (MetricShape.ExponentialHistogram, PointUse.Cumulative, 0m, 4),
                (MetricShape.Summary, PointUse.Cumulative, 1m, 2),
            ]);
        read.Points().Single(static point => point.Series.Shape == MetricShape.Gauge).StartUnixNano.ShouldBe(0UL);
    }

    [Fact]
    public void A_series_says_who_it_is_of_by_the_rules_of_traces()
    {
        var resource = Some.Resource(
            ("team.id", "blue"),
            ("member", "ada"),
            ("deployment.environment", "dev"),
            ("service.version", "2.1.329")
        );
        var point = Some.Point(
            1,
            attributes: [("session.id", "s1"), ("decision", "accept"), ("tool_name", "Edit"), ("language", "Python"), ("model", "opus[1m]")]
        );

        var read = Some.Read(resource, Some.Delta("claude_code.code_edit_tool.decision", point));
        var described = read.OnlyPoint().Series.Describe("session:s1", Attribution.Default);

        described.Context.SessionId.ShouldBe("s1");
        described.Context.UserId.ShouldBe("ada");
        described.Context.Environment.ShouldBe("dev");
        described.Context.Version.ShouldBe("2.1.329");
        described.Context.Metadata["team"].ShouldBe("blue");
        described.Context.Tags.ShouldContain("team:blue");
        described.Figure.ShouldBe(MetricFigure.EditsAccepted);
        (described.Tool, described.Language, described.Model).ShouldBe(("Edit", "Python", "opus"));
        described.Attributes["language"].ShouldBe("Python");
    }
}
