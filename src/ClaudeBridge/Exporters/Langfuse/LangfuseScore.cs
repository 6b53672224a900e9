using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClaudeBridge.Sessions;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>A score of a session as Langfuse takes it. https://langfuse.com/docs/evaluation/evaluation-methods/custom-scores</summary>
internal static class LangfuseScore
{
    private const string OnSession = "on_session";
    private const string SessionId = "sessionId";
    private const string TraceId = "traceId";

    /// <summary>The body of a <c>score-create</c>: with the same id for ever, so that another value takes the place of the earlier one.</summary>
    /// <remarks>
    /// One that is meant for the session names the session's first trace too: <see cref="For"/> keeps what the server takes.
    /// </remarks>
    /// <param name="metadata">Goes with it.</param>
    /// <param name="context">Of the session's scores.</param>
    public static byte[] Of(SessionScore score, IReadOnlyDictionary<string, string> metadata, TraceContext context)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", Id(context, score.Name));
            var hasTrace = context.Metadata.TryGetValue(SessionScoresKey.FirstTrace, out var trace);
            if (hasTrace)
            {
                json.WriteString(TraceId, trace);
            }

            if (!hasTrace || context.Metadata.ContainsKey(OnSession))
            {
                json.WriteString(SessionId, LangfuseText.Identifier(context.SessionId));
            }

            json.WriteString("name", score.Name);
            json.WritePropertyName("value");
            json.WriteRawValue(score.Value.ToString("0.############################", CultureInfo.InvariantCulture));
            json.WriteString("dataType", "NUMERIC");
            IngestionEvents.Write(json, "comment", score.Comment);
            IngestionEvents.Write(
                json,
                "environment",
                context.Environment is { Length: > 0 } environment ? LangfuseText.Environment(environment) : null
            );
            WriteMetadata(json, metadata);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Marks, in the frozen context, scores that are meant for the session.</summary>
    public static TraceContext MeantForSession(TraceContext context) =>
        context with
        {
            Metadata = new SortedDictionary<string, string>(context.Metadata.ToDictionary(), StringComparer.Ordinal)
            {
                [OnSession] = "true",
            },
        };

    /// <summary>The body with one target, as Langfuse wants it: the session where it is meant and may be, else the trace.</summary>
    public static byte[] For(byte[] body, bool takesSessions)
    {
        var score = JsonNode.Parse(body)!.AsObject();
        score.Remove(score.ContainsKey(SessionId) && (takesSessions || !score.ContainsKey(TraceId)) ? TraceId : SessionId);
        return Encoding.UTF8.GetBytes(score.ToJsonString());
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject("metadata");
        foreach (var (name, value) in metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            // Empty ones too: Langfuse merges metadata, and an earlier value would stay.
            json.WriteString(LangfuseText.Key(name), value);
        }

        json.WriteEndObject();
    }

    private static string Id(TraceContext context, string name) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes($"score\0{context.SessionId}\0{name}" + (context.Tenant.Length == 0 ? "" : $"\0{context.Tenant}"))
            )
        )[..32];
}
