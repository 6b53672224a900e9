using System.Security.Cryptography;

namespace ClaudeBridge.Dashboard;

/// <summary>One file that pages load.</summary>
/// <param name="Path">Changes with the content, so that it may be kept for ever.</param>
internal sealed record Asset(string Path, string ContentType, byte[] Content);

/// <summary>Style sheet, script and icon, from the program itself. Read when the first page is asked for.</summary>
internal static class AssetStore
{
    private static readonly Lazy<Asset[]> All = new(static () =>
        [
            Read("dashboard.css", "text/css; charset=utf-8"),
            Read("dashboard.js", "text/javascript; charset=utf-8"),
            Read("icon.svg", "image/svg+xml"),
        ]
    );

    public static Asset Style => All.Value[0];

    public static Asset Script => All.Value[1];

    public static Asset Icon => All.Value[2];

    public static Asset? Find(string path) => Array.Find(All.Value, asset => asset.Path == path);

    private static Asset Read(string name, string contentType)
    {
        using var resource =
            typeof(AssetStore).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 6));
        return new($"{Paths.Assets}{digest}/{name}", contentType, content);
    }
}
