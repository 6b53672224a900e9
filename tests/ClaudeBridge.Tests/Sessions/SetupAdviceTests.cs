using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Sessions;
using ClaudeBridge.Tests.StandIns;

namespace ClaudeBridge.Tests.Sessions;

/// <summary>What a client is told to set, by what was seen of it.</summary>
public sealed class SetupAdviceTests
{
    private const SetupSigns All = SetupSigns.Logs | SetupSigns.Metrics | SetupSigns.Spans;

    [Theory]
    [InlineData(All, "")]
    [InlineData(All | SetupSigns.Text | SetupSigns.ToolDetails, "")]
    [InlineData(All | SetupSigns.TextLeftOut, "OTEL_LOG_USER_PROMPTS")]
    [InlineData(All | SetupSigns.TextLeftOut | SetupSigns.Text, "")]
    [InlineData(All | SetupSigns.ToolWithoutDetails, "OTEL_LOG_TOOL_DETAILS")]
    [InlineData(SetupSigns.Logs | SetupSigns.Metrics, "OTEL_TRACES_EXPORTER CLAUDE_CODE_ENHANCED_TELEMETRY_BETA")]
    [InlineData(SetupSigns.Metrics | SetupSigns.Spans, "OTEL_LOGS_EXPORTER")]
    [InlineData(SetupSigns.OtherProgram, "")]
    [InlineData(
        SetupSigns.None,
        "CLAUDE_CODE_ENABLE_TELEMETRY OTEL_LOGS_EXPORTER OTEL_METRICS_EXPORTER OTEL_TRACES_EXPORTER CLAUDE_CODE_ENHANCED_TELEMETRY_BETA"
    )]
    public void What_was_not_seen_is_what_is_lacking(SetupSigns seen, string expected)
    {
        var advice = SetupAdvice.For(seen);

        string.Join(' ', advice.Select(static one => one.Variable)).ShouldBe(expected);
        advice.ShouldAllBe(static one => one.Sentence.EndsWith('.') && one.Value.Length > 0);
    }

    [Fact]
    public void Nobody_is_told_to_set_what_is_set()
    {
        var told = 0;
        var wrong = new List<string>();
        // One client was told to send spans and had none to send.
        foreach (var recording in Recording.Names.Where(static name => !name.Contains("no-session-id", StringComparison.Ordinal)))
        {
            using var manifest = Recording.Open(recording).Manifest();
            var set = manifest.RootElement.GetProperty("env").EnumerateObject().Select(static pair => pair.Name).ToHashSet();

            var advice = SetupAdvice.For(SignsOf(recording)).Select(static one => one.Variable).ToList();

            wrong.AddRange(advice.Intersect(set).Select(variable => $"{recording}: {variable}"));
            told += advice.Count;
        }

        wrong.ShouldBeEmpty();
        told.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void The_settings_never_hold_a_key() =>
        SetupAdvice
            .Settings("http://bridge:4318", needsKey: true, namesUser: true)
            .Single(static pair => pair.Key == ClientSettings.Headers)
            .Value.ShouldBe("x-api-key=YOUR_API_KEY,x-user-id=YOUR_USER_ID");

    private static SetupSigns SignsOf(string recording) =>
        Recording
            .Open(recording)
            .Requests.Select(static request => RecordReader.Read(request.Decode(), default))
            .Aggregate(
                SetupSigns.None,
                static (signs, read) =>
                    read
                        .Sessions.SelectMany(static session => session.Value)
                        .Aggregate(
                            signs | (read.Points.Count > 0 ? SetupSigns.Metrics : SetupSigns.None),
                            static (all, fact) => all | SetupSignsReader.Of(fact)
                        )
            );
}
