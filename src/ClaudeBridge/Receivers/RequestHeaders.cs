using ClaudeBridge.Otlp;
using Microsoft.Extensions.Primitives;

namespace ClaudeBridge.Receivers;

/// <summary>The content codings that are understood. https://www.rfc-editor.org/rfc/rfc9110#section-8.4</summary>
internal enum ContentCoding
{
    Identity,
    Gzip,
    Unknown,
}

/// <summary>Reads the headers that decide how a body is to be understood.</summary>
internal static class RequestHeaders
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";
    public const string Grpc = "application/grpc";

    /// <summary>The encoding that a <c>Content-Type</c> names; its parameters and letter case do not matter. Null when it is none of ours.</summary>
    public static OtlpEncoding? Encoding(string? contentType)
    {
        var type = WithoutParameters(contentType);
        return type.Equals(Protobuf, StringComparison.OrdinalIgnoreCase) ? OtlpEncoding.Protobuf
            : type.Equals(Json, StringComparison.OrdinalIgnoreCase) ? OtlpEncoding.Json
            : null;
    }

    /// <summary>gRPC with protobuf messages, which is also what it means when no message format is named.</summary>
    public static bool IsGrpc(string? contentType)
    {
        var type = WithoutParameters(contentType);
        return type.Equals(Grpc, StringComparison.OrdinalIgnoreCase) || type.Equals(Grpc + "+proto", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>One coding at most: a list of them is unknown, even where each is known.</summary>
    public static ContentCoding Coding(StringValues header)
    {
        var name = header.ToString().AsSpan().Trim();
        return name.IsEmpty || name.Equals("identity", StringComparison.OrdinalIgnoreCase) ? ContentCoding.Identity
            : name.Equals("gzip", StringComparison.OrdinalIgnoreCase) || name.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)
                ? ContentCoding.Gzip
            : ContentCoding.Unknown;
    }

    private static ReadOnlySpan<char> WithoutParameters(string? contentType)
    {
        var type = contentType.AsSpan();
        var parameters = type.IndexOf(';');
        return (parameters < 0 ? type : type[..parameters]).Trim();
    }
}
