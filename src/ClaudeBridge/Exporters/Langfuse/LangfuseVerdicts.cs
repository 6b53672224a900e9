using System.Text;
using System.Text.Json;
using ClaudeBridge.Otlp.Rpc;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>What a request goes to: the same answer may mean another thing there.</summary>
internal enum LangfuseDoor
{
    /// <summary>Traces over OTLP.</summary>
    Otlp,

    /// <summary>Traces through the ingestion API.</summary>
    Ingestion,

    /// <summary>Scores through the ingestion API.</summary>
    Scores,
}

/// <summary>Decides what an answer of Langfuse means.</summary>
internal static class LangfuseVerdicts
{
    private const int MaxReason = 1_000;

    /// <summary>A server that takes traces over OTLP only says so of each event.</summary>
    public static readonly DeliveryVerdict NotAccepted = new(DeliveryOutcome.Refused, 400, NotAcceptedText);

    private const string NotAcceptedText = "Event type not accepted";

    /// <summary>Whether something answered that has no such door: another one may be there.</summary>
    public static bool IsNoDoor(DeliveryVerdict verdict) =>
        verdict is { Outcome: DeliveryOutcome.Paused, Status: 404 or 405 or (>= 200 and < 300) };

    public static bool IsNotAccepted(string? reason) => reason?.Contains(NotAcceptedText, StringComparison.OrdinalIgnoreCase) == true;

    /// <param name="body">The beginning of the answer's body.</param>
    /// <param name="address">Langfuse's base address, for the advice.</param>
    public static DeliveryVerdict Judge(
        HttpResponseMessage answer,
        ReadOnlySpan<byte> body,
        Uri address,
        LangfuseDoor door,
        DateTimeOffset now
    )
    {
        var status = (int)answer.StatusCode;
        var reason = Reason(body);
        return status switch
        {
            >= 200 and < 300 when IsWebPage(answer, body) => Paused(
                $"{address} answers with a web page, so it is not Langfuse's API: check the address"
            ),
            >= 200 and < 300 when door == LangfuseDoor.Otlp && PartialAnswer.Read(body) is { Rejected: > 0 } partly => new DeliveryVerdict(
                DeliveryOutcome.Delivered,
                status,
                Short(partly.Message)
            )
            {
                Rejected = partly.Rejected,
            },
            >= 200 and < 300 => new DeliveryVerdict(DeliveryOutcome.Delivered, status),
            >= 300 and < 400 => Paused(
                $"{address} sends requests elsewhere ({status}{Target(answer)}); keys are not sent along: set the address to where Langfuse itself is"
            ),
            400 or 422 => new DeliveryVerdict(DeliveryOutcome.Refused, status, reason),
            401 => Paused(
                $"Langfuse at {address} does not know the keys (401): check LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, and that they belong to this address"
            ),
            403 => Paused(
                $"Langfuse does not let these keys write {(door == LangfuseDoor.Scores ? "scores" : "traces")} (403): use the key pair of a project, and look whether its plan's usage is exceeded"
            ),
            404 or 405 => Paused(Missing(address, door, status)),
            413 => new DeliveryVerdict(DeliveryOutcome.TooLarge, status, reason),
            408 or 425 or 429 or >= 500 => new DeliveryVerdict(DeliveryOutcome.Retry, status, reason, RetryAfter: RetryAfter(answer, now)),
            _ => Paused($"{address} does not take what is sent (status {status}): check the address and what stands in front of it"),
        };

        DeliveryVerdict Paused(string advice) => new(DeliveryOutcome.Paused, status, reason, advice);
    }

    private static string Missing(Uri address, LangfuseDoor door, int status) =>
        door switch
        {
            LangfuseDoor.Otlp =>
                $"there is no OTLP endpoint under {address} ({status}): check the address; Langfuse takes OTLP from version 3.22 on, and an older one needs ClaudeBridge:Langfuse:Transport=auto",
            LangfuseDoor.Ingestion =>
                $"there is no ingestion API under {address} ({status}): check the address; a Langfuse that takes OTLP only needs ClaudeBridge:Langfuse:Transport=auto",
            _ =>
                $"there is no ingestion API under {address} ({status}), and session scores go through it; traces do not depend on it, and ClaudeBridge:Langfuse:SendScores=false leaves the scores out",
        };

    /// <summary>Seconds or a date; a date that is past means at once.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage answer, DateTimeOffset now) =>
        answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
            _ => null,
        };

    /// <summary>Without what stands before an @, which may be a password.</summary>
    private static string Target(HttpResponseMessage answer) =>
        answer.Headers.Location is { IsAbsoluteUri: true } target
            ? $", to {target.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}"
            : "";

    public static bool IsWebPage(HttpResponseMessage answer, ReadOnlySpan<byte> body) =>
        answer.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml"
        || body.TrimStart(" \t\r\n"u8) is [(byte)'<', ..];

    public static string? Reason(ReadOnlySpan<byte> body)
    {
        return Short(Message(body) ?? Encoding.UTF8.GetString(body).Trim());
    }

    private static string? Short(string text) =>
        text.Length == 0 ? null
        : text.Length <= MaxReason ? text
        : text[..(char.IsHighSurrogate(text[MaxReason - 1]) ? MaxReason - 1 : MaxReason)];

    /// <summary>Langfuse says what is wrong in <c>error</c> or <c>message</c>.</summary>
    private static string? Message(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var json = JsonDocument.ParseValue(ref reader);
            var root = json.RootElement;
            return root.ValueKind != JsonValueKind.Object ? null
                : root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String ? message.GetString()
                : root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String ? error.GetString()
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Halves of characters are valid JSON and no text.
            return null;
        }
    }
}
