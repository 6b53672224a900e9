using ClaudeBridge.Access;

namespace ClaudeBridge.Receivers;

/// <summary>Who an export comes from, as far as the request around it says.</summary>
/// <param name="Tenant">Whose key came with it; empty for none.</param>
/// <param name="User">Whom the address or a header named; null for none.</param>
/// <param name="JudgesResources">Whether users that resources name must be known as well.</param>
internal readonly record struct ExportSource(string Tenant, string? User, bool JudgesResources)
{
    private const string Header = "x-user-id";
    private const string Query = "user";

    /// <summary>For what is read from files.</summary>
    public static ExportSource OfNobody { get; } = new("", null, JudgesResources: false);

    /// <summary>The address counts before the header: it is the closer to this one request; a header is set once for all.</summary>
    public static ExportSource Of(HttpContext context, bool judgesResources)
    {
        var request = context.Request;
        var named = request.Query[Query].ToString().Trim() is { Length: > 0 } user ? user : request.Headers[Header].ToString().Trim();
        return new(context.Caller().SendsFor, named.Length > 0 ? named : null, judgesResources);
    }
}
