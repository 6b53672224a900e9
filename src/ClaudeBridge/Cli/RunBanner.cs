using System.Text;
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
        text.AppendLine($"  OTLP/gRPC   http://{host}:{ports.Grpc}");
        text.AppendLine($"  OTLP/HTTP   http://{host}:{ports.Http}");
        text.AppendLine($"  Health      http://{host}:{ports.Dashboard}/readyz");
        text.AppendLine($"  Data        {dataFolder}");
        text.AppendLine(
            langfuse is null
                ? "  Langfuse    not configured: set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY (and LANGFUSE_HOST for one of your own) and start again"
                : $"  Langfuse    {langfuse}"
        );
        text.AppendLine();
        AppendClient(text, ClientSettings.For(host, ports.Http, needsKey));
        return text.ToString();
    }

    public static string ForRecording(BridgePorts ports, string folder, bool isScrubbed, bool needsKey)
    {
        var text = new StringBuilder();
        var host = HostOf(ports);
        text.AppendLine($"ClaudeBridge {BridgeVersion.Text}, recording{(isScrubbed ? " with stand-ins for everything private" : "")}");
        text.AppendLine($"  OTLP/gRPC   http://{host}:{ports.Grpc}");
        text.AppendLine($"  OTLP/HTTP   http://{host}:{ports.Http}");
        text.AppendLine($"  Recording   {folder}");
        text.AppendLine();
        AppendClient(text, ClientSettings.For(host, ports.Http, needsKey));
        return text.ToString();
    }

    private static void AppendClient(StringBuilder text, IReadOnlyList<KeyValuePair<string, string>> settings)
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
        text.AppendLine().AppendLine("Contents are sent only when you ask for them:").AppendLine();
        foreach (var (name, what) in ClientSettings.Contents)
        {
            text.AppendLine($"  {name, -26} {what}");
        }

        text.AppendLine();
    }

    /// <summary>An address that a client on this machine can use.</summary>
    private static string HostOf(BridgePorts ports)
    {
        var address = ports.EndPoints.First().EndPoint.Address;
        return address.Equals(System.Net.IPAddress.Any) || System.Net.IPAddress.IsLoopback(address) ? "127.0.0.1"
            : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]"
            : address.ToString();
    }
}
