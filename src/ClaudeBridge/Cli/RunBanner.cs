using System.Net;
using System.Text;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting;

namespace ClaudeBridge.Cli;

/// <summary>What <c>run</c> says once it is ready: where it listens, what it does with it, and how Claude Code finds it.</summary>
internal static class RunBanner
{
    public static string Of(BridgePorts ports, string dataFolder, Uri? langfuse, bool needsKey)
    {
        var text = new StringBuilder();
        var host = HostOf(ports);
        text.AppendLine($"ClaudeBridge {BridgeVersion.Text}");
        text.AppendLine($"  Dashboard   {ports.Scheme}://{host}:{ports.Dashboard}/");
        text.AppendLine($"  OTLP/gRPC   {ports.Scheme}://{host}:{ports.Grpc}");
        text.AppendLine($"  OTLP/HTTP   {ports.Scheme}://{host}:{ports.Http}");
        text.AppendLine($"  Health      {ports.Scheme}://{host}:{ports.Dashboard}/readyz");
        AppendExposure(text, ports, needsKey);
        text.AppendLine($"  Data        {dataFolder}");
        text.AppendLine(
            langfuse is null ? "  Langfuse    not configured (LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY)" : $"  Langfuse    {langfuse}"
        );
        text.AppendLine();
        AppendClient(text, ClientSettings.For(ports.Scheme, host, ports.Http, needsKey), ports.Scheme == Uri.UriSchemeHttps);
        return text.ToString();
    }

    public static string ForRecording(BridgePorts ports, string folder, bool isScrubbed, bool needsKey)
    {
        var text = new StringBuilder();
        var host = HostOf(ports);
        text.AppendLine($"ClaudeBridge {BridgeVersion.Text}, recording{(isScrubbed ? " with stand-ins for everything private" : "")}");
        text.AppendLine($"  OTLP/gRPC   {ports.Scheme}://{host}:{ports.Grpc}");
        text.AppendLine($"  OTLP/HTTP   {ports.Scheme}://{host}:{ports.Http}");
        AppendExposure(text, ports, needsKey);
        text.AppendLine($"  Recording   {folder}");
        text.AppendLine();
        AppendClient(text, ClientSettings.For(ports.Scheme, host, ports.Http, needsKey), ports.Scheme == Uri.UriSchemeHttps);
        return text.ToString();
    }

    private static void AppendClient(StringBuilder text, IReadOnlyList<KeyValuePair<string, string>> settings, bool isEncrypted)
    {
        text.AppendLine("Point Claude Code here, in the shell that starts it:").AppendLine();
        foreach (var (name, value) in settings)
        {
            text.AppendLine($"  export {name}={value}");
        }

        text.AppendLine().AppendLine("or for good, in ~/.claude/settings.json:").AppendLine();
        text.AppendLine("  { \"env\": {");
        text.AppendJoin(",\n", settings.Select(static setting => $"    \"{setting.Key}\": \"{setting.Value}\"")).AppendLine();
        text.AppendLine("  } }");
        if (isEncrypted)
        {
            text.AppendLine()
                .AppendLine("Certificates are named in the same way, as whole paths of PEM files, where they are needed:")
                .AppendLine();
            foreach (var (name, what) in ClientSettings.Certificates)
            {
                text.AppendLine($"  {name, -38} {what}");
            }
        }

        text.AppendLine().AppendLine("Contents are sent only when you ask for them:").AppendLine();
        foreach (var (name, what) in ClientSettings.Contents)
        {
            text.AppendLine($"  {name, -26} {what}");
        }

        text.AppendLine();
    }

    /// <summary>Who else can come in, when the bridge listens beyond loopback.</summary>
    private static void AppendExposure(StringBuilder text, BridgePorts ports, bool needsKey)
    {
        var address = ports.EndPoints.First().EndPoint.Address;
        if (IPAddress.IsLoopback(address))
        {
            return;
        }

        if (IsEvery(address))
        {
            text.AppendLine("  Open to     every interface; other machines use this machine's name");
            text.AppendLine("              instead of 127.0.0.1");
        }
        else
        {
            text.AppendLine($"  Open to     every machine that reaches {address}");
        }

        if (!needsKey)
        {
            text.AppendLine("  WARNING     no key is asked for: everyone who reaches these ports may");
            text.AppendLine("              send and read. Set API_KEY to change that");
        }
    }

    private static bool IsEvery(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>An address that a client on this machine can use.</summary>
    private static string HostOf(BridgePorts ports)
    {
        var address = ports.EndPoints.First().EndPoint.Address;
        return IsEvery(address) || IPAddress.IsLoopback(address) ? "127.0.0.1"
            : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]"
            : address.ToString();
    }
}
