using System.Text.RegularExpressions;
using ClaudeBridge.Otlp;

namespace ClaudeBridge.Receivers;

/// <summary>One address that takes exports.</summary>
/// <param name="Base">What a client puts <c>/v1/logs</c> and the like behind.</param>
/// <param name="Signal">Null where every signal is taken and told from the body.</param>
/// <param name="IsIntegration">An address that is given to people: who sends is judged by the resource as well.</param>
internal sealed record OtlpRoute(string Base, Signal? Signal, bool IsIntegration);

/// <summary>
/// The addresses that take exports, the same on the OTLP/HTTP port and on the dashboard port: OTLP's own, those behind a prefix, and those of the integration, with and
/// without what an exporter appends.
/// </summary>
internal sealed partial class OtlpRoutes
{
    public const string Integration = "/api/v1/integrations/claude";

    private const string None = "none";

    private readonly Dictionary<string, OtlpRoute> _byPath = new(StringComparer.Ordinal);

    public OtlpRoutes(ReceiverOptions options)
    {
        (string Name, Signal Signal)[] signals = [("logs", Signal.Logs), ("metrics", Signal.Metrics), ("traces", Signal.Traces)];
        foreach (var (name, signal) in signals)
        {
            var appended = $"/v1/{name}";
            foreach (var prefix in Prefixes(options).Prepend(""))
            {
                _byPath[prefix + appended] = new(prefix, signal, IsIntegration: false);
            }

            _byPath[$"{Integration}{appended}"] = new(Integration, signal, IsIntegration: true);
            _byPath[$"{Integration}/{name}"] = new(Integration, signal, IsIntegration: true);
            foreach (var (given, _) in signals)
            {
                // An address that was meant for one signal and got another's appended: the exporter knows what it sends.
                _byPath[$"{Integration}/{given}{appended}"] = new(Integration, signal, IsIntegration: true);
            }
        }

        _byPath[Integration] = new(Integration, null, IsIntegration: true);
    }

    /// <summary>Null when nothing is taken there. A slash at the end does not matter, but behind OTLP's own paths it is another path.</summary>
    public OtlpRoute? Find(string path) =>
        _byPath.TryGetValue(path, out var route) ? route
        : path.EndsWith('/') && _byPath.TryGetValue(path[..^1], out route) && route.Base.Length > 0 ? route
        : null;

    public static IEnumerable<string> Prefixes(ReceiverOptions options) =>
        options.PathPrefixes.Trim().Equals(None, StringComparison.OrdinalIgnoreCase)
            ? []
            : options.PathPrefixes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public static bool IsPrefix(string text) => Prefix().IsMatch(text);

    [GeneratedRegex(@"\A(?=.{1,128}\z)(/[A-Za-z0-9._~\-]+)+\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Prefix();
}
