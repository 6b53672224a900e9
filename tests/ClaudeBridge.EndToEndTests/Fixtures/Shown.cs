using System.Globalization;
using System.Text.Json;
using ClaudeBridge.Tests.StandIns;
using ClaudeBridge.Tests.StandIns.Langfuse;

namespace ClaudeBridge.EndToEndTests.Fixtures;

/// <summary>What <c>sessions --json</c> and <c>show --json</c> say of a data folder.</summary>
internal sealed record Shown(string Sessions, IReadOnlyDictionary<string, string> Trees)
{
    public static async Task<Shown> OfAsync(string folder)
    {
        var sessions = (await BridgeCommand.InProcessAsync("sessions", "--json", "--data", folder)).MustBeDone();
        var trees = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var list = JsonDocument.Parse(sessions);
        foreach (var session in list.RootElement.EnumerateArray())
        {
            var id = session.GetProperty("sessionId").GetString()!;
            trees[id] = (await BridgeCommand.InProcessAsync("show", id, "--json", "--data", folder)).MustBeDone();
        }

        return new(sessions, trees);
    }

    /// <summary>Waits until a running bridge shows what is expected: sessions are judged a little after their last record.</summary>
    public static async Task MustBecomeAsync(string folder, Shown expected, string? because = null) =>
        (await OnceAsync(folder, shown => shown.IsSameAs(expected))).ShouldBe(expected, because);

    /// <summary>What a running bridge shows once it is what a test waits for, or at the end of its patience: the difference says more than a timeout.</summary>
    public static async Task<Shown> OnceAsync(string folder, Func<Shown, bool> isThere)
    {
        var shown = await OfAsync(folder);
        try
        {
            await Wait.UntilAsync("the bridge shows it", async () => isThere(shown) || isThere(shown = await OfAsync(folder)));
        }
        catch (TimeoutException)
        {
            // Whoever looks at it next sees what is wrong.
        }

        return shown;
    }

    public bool HasAllOf(Shown other) => other.Trees.All(tree => Trees.GetValueOrDefault(tree.Key) == tree.Value);

    /// <summary>What a replay of the same recordings assembles: all of it settled.</summary>
    public static async Task<Shown> OfReplayAsync(params string[] paths)
    {
        using var folder = new TemporaryFolder();
        (await BridgeCommand.InProcessAsync(["replay", .. paths, "--data", folder.Path, "--no-deliver"])).MustBeDone();
        return await OfAsync(folder.Path);
    }

    /// <summary>What requests that were answered make, each once and in order.</summary>
    public static async Task<Shown> OfReplayAsync(IEnumerable<WireRequest> answered)
    {
        using var folder = new TemporaryFolder();
        var file = folder["answered.jsonl"];
        await using (var stream = File.Create(file))
        {
            foreach (var request in answered)
            {
                await stream.WriteAsync(request.Body);
                stream.WriteByte((byte)'\n');
            }
        }

        return await OfReplayAsync(file);
    }

    public static Task<Shown> OfReplayAsync(Recording recording) => OfReplayAsync(recording.Folder);

    public bool IsSameAs(Shown expected) => Sessions == expected.Sessions && Trees.SequenceEqual(expected.Trees);

    /// <summary>Fails with the first session that differs.</summary>
    public void ShouldBe(Shown expected, string? because = null)
    {
        foreach (var (session, tree) in expected.Trees)
        {
            Trees.Keys.ShouldContain(session, because);
            Trees[session].ShouldBe(tree, because);
        }

        Trees.Keys.ShouldBe(expected.Trees.Keys, because);
        Sessions.ShouldBe(expected.Sessions, because);
    }

    /// <summary>One line for every observation, with all that must arrive in Langfuse as it is shown here.</summary>
    public IReadOnlyList<string> Rows() => [.. Trees.Values.SelectMany(RowsOf).Order(StringComparer.Ordinal)];

    /// <summary>The same lines from Langfuse's side.</summary>
    public static IReadOnlyList<string> Rows(IEnumerable<LangfuseRow> rows) =>
        [
            .. rows.Select(static row =>
                    Line(
                        row.SessionId,
                        row.TraceId,
                        row.Id,
                        row.ParentId,
                        Time(row.Start),
                        Time(row.End),
                        row.Type,
                        row.Name,
                        row.Level,
                        row.Model,
                        row.Cost is { } cost ? cost.ToString("0.############################", CultureInfo.InvariantCulture) : null
                    )
                )
                .Order(StringComparer.Ordinal),
        ];

    private static IEnumerable<string> RowsOf(string tree)
    {
        using var document = JsonDocument.Parse(tree);
        var session = document.RootElement;
        return
        [
            .. from trace in session.GetProperty("traceList").EnumerateArray()
            from observation in trace.GetProperty("observations").EnumerateArray()
            select Line(
                Text(session, "sessionId")!,
                Text(trace, "traceId")!,
                Text(observation, "id")!,
                Text(observation, "parentId"),
                Time(observation.GetProperty("startTime").GetDateTimeOffset()),
                Time(observation.GetProperty("endTime").GetDateTimeOffset()),
                Text(observation, "type")!.ToLowerInvariant(),
                Text(observation, "name")!,
                Text(observation, "level")!,
                Text(observation, "model"),
                Text(observation, "cost")
            ),
        ];
    }

    private static string Line(
        string session,
        string trace,
        string id,
        string? parent,
        string start,
        string end,
        string type,
        string name,
        string level,
        string? model,
        string? cost
    ) => $"{session} {trace} {id} < {parent ?? "-"} {start}..{end} {type} '{name}' {level} {model ?? "-"} {cost ?? "-"}";

    private static string Time(ulong unixNano) => Time(DateTimeOffset.UnixEpoch.AddTicks((long)(unixNano / 100)));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss.fffffff", CultureInfo.InvariantCulture);

    private static string? Text(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
