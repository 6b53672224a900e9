using ClaudeBridge.Access;

namespace ClaudeBridge.Tests.Access;

/// <summary>Keys of two tenants and of the whole bridge, as settings.</summary>
internal static class Keys
{
    public const string Operator = "operator key";
    public const string North = "cb_north";
    public const string NorthNext = "cb_north_next";
    public const string South = "cb_south";

    public static readonly (string, string?)[] TwoTenants =
    [
        ("ClaudeBridge:Receivers:ApiKey", Operator),
        ("ClaudeBridge:Access:Tenants:0:Name", "north"),
        ("ClaudeBridge:Access:Tenants:0:KeyHashes:0", HashOf(North)),
        ("ClaudeBridge:Access:Tenants:0:KeyHashes:1", HashOf(NorthNext)),
        ("ClaudeBridge:Access:Tenants:1:Name", "south"),
        ("ClaudeBridge:Access:Tenants:1:KeyHashes:0", HashOf(South)),
    ];

    public static string HashOf(string key) => KeyHash.Of(key).ToString();

    public static HttpRequestMessage Request(
        HttpMethod method,
        string path,
        string? key = null,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(method, path);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("x-api-key", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }
}
