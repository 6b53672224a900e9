using System.Text;
using ClaudeBridge.Otlp.Rpc.Messages;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace ClaudeBridge.Otlp.Rpc;

/// <summary>The gRPC status codes that an OTLP receiver answers with. https://grpc.io/docs/guides/status-codes/</summary>
public enum RpcCode
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// <summary>An error as OTLP tells it: code and text, optionally the field at fault or when to try again.</summary>
/// <param name="Field">Goes into a BadRequest detail; null for none.</param>
/// <param name="RetryAfter">Goes into a RetryInfo detail; null for none.</param>
public sealed record RpcError(RpcCode Code, string Message, string? Field = null, TimeSpan? RetryAfter = null);

/// <summary>The bodies that a receiver answers with, in the encoding of the request.</summary>
/// <remarks>An answer may have 4 MiB; a diagnostic longer than 4 KiB is shortened, so that no answer comes near. https://opentelemetry.io/docs/specs/otlp/</remarks>
public static class OtlpReplies
{
    internal const int MaxTextBytes = 4096;
    private const string TypePrefix = "type.googleapis.com";

    /// <summary>Full success (a message with nothing set) or, when something was rejected, partial success. At most 4 MiB.</summary>
    public static byte[] Success(OtlpEncoding encoding, DecodedExport export)
    {
        if (export.Rejected == 0 && string.IsNullOrEmpty(export.RejectedReason))
        {
            return encoding == OtlpEncoding.Json ? "{}"u8.ToArray() : [];
        }

        var text = Shorten(export.RejectedReason ?? "");
        return encoding == OtlpEncoding.Json
            ? ReplyJson.PartialSuccess(export.Signal, export.Rejected, text)
            : PartialSuccess(export.Signal, export.Rejected, text).ToByteArray();
    }

    /// <summary>A <c>google.rpc.Status</c> with its details; in JSON an object with <c>code</c>, <c>message</c> and <c>details</c>.</summary>
    public static byte[] Error(OtlpEncoding encoding, RpcError error)
    {
        error = error with { Message = Shorten(error.Message), Field = error.Field is { } field ? Shorten(field) : null };
        return encoding == OtlpEncoding.Json ? ReplyJson.Error(error) : ToStatus(error).ToByteArray();
    }

    private static Status ToStatus(RpcError error)
    {
        var status = new Status { Code = (int)error.Code, Message = error.Message };
        if (error.Field is { } field)
        {
            var violation = new BadRequest.Types.FieldViolation { Field = field, Description = error.Message };
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { violation } }, TypePrefix));
        }

        if (error.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }, TypePrefix));
        }

        return status;
    }

    private static IMessage PartialSuccess(Signal signal, int rejected, string text) =>
        signal switch
        {
            Signal.Logs => new ExportLogsServiceResponse
            {
                PartialSuccess = new() { RejectedLogRecords = rejected, ErrorMessage = text },
            },
            Signal.Traces => new ExportTraceServiceResponse
            {
                PartialSuccess = new() { RejectedSpans = rejected, ErrorMessage = text },
            },
            _ => new ExportMetricsServiceResponse
            {
                PartialSuccess = new() { RejectedDataPoints = rejected, ErrorMessage = text },
            },
        };

    // Counted in UTF-8, cut between characters.
    private static string Shorten(string text)
    {
        if (text.Length <= MaxTextBytes / 3 || Encoding.UTF8.GetByteCount(text) <= MaxTextBytes)
        {
            return text;
        }

        const string Mark = " … (shortened)";
        var room = MaxTextBytes - Encoding.UTF8.GetByteCount(Mark);
        var kept = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
            {
                break;
            }

            kept += rune.Utf16SequenceLength;
        }

        return text[..kept] + Mark;
    }
}
