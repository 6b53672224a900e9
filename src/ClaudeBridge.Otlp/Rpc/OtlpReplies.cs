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
public static class OtlpReplies
{
    /// <summary>Full success (a message with nothing set) or, when something was rejected, partial success. At most 4 MiB.</summary>
    public static byte[] Success(OtlpEncoding encoding, DecodedExport export) => throw new NotSupportedException();

    /// <summary>A <c>google.rpc.Status</c> with its details; in JSON an object with <c>code</c>, <c>message</c> and <c>details</c>.</summary>
    public static byte[] Error(OtlpEncoding encoding, RpcError error) => throw new NotSupportedException();
}
