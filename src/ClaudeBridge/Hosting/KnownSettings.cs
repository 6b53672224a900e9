using System.Reflection;
using ClaudeBridge.Access;
using ClaudeBridge.Dashboard;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Hosting.Tls;
using ClaudeBridge.Journal;
using ClaudeBridge.Privacy;
using ClaudeBridge.Query;
using ClaudeBridge.Receivers;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;
using ClaudeBridge.Store;

namespace ClaudeBridge.Hosting;

/// <summary>Every option that there is below <c>ClaudeBridge:</c>, read from the options classes.</summary>
internal static class KnownSettings
{
    public const string Root = "ClaudeBridge";

    private const string FirstElement = ":0";

    private static readonly Dictionary<string, KnownSetting> ByKey = new KnownSetting[][]
    {
        Of<ReceiverOptions>(ReceiverOptions.Section),
        Of<TlsOptions>(TlsOptions.Section),
        Of<AccessOptions>(AccessOptions.Section),
        Of<JournalOptions>(JournalOptions.Section),
        Of<PrivacyOptions>(PrivacyOptions.Section),
        Of<SettlingOptions>(SettlingOptions.Section),
        Of<AttributionOptions>(AttributionOptions.Section),
        Of<ContextOptions>(ContextOptions.Section),
        Of<StoreOptions>(StoreOptions.Section),
        Of<MetricsOptions>(MetricsOptions.Section),
        Of<LogOptions>(LogOptions.Section),
        Of<LangfuseOptions>(LangfuseOptions.Section),
        Of<DashboardOptions>(DashboardOptions.Section),
        Of<QueryOptions>(QueryOptions.Section),
    }
        .SelectMany(static settings => settings)
        .ToDictionary(static setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<KnownSetting> All => ByKey.Values;

    /// <summary>The option of a key, also of an element of its list; null when there is none.</summary>
    public static KnownSetting? Find(string key)
    {
        var known = OfFirst(key);
        return ByKey.GetValueOrDefault(known)
            ?? (
                ByKey.GetValueOrDefault(known[..Math.Max(0, known.LastIndexOf(':'))]) is { IsList: true, Element: null } list ? list : null
            );
    }

    public static bool IsSection(string key) =>
        OfFirst(key) + ":" is var section && ByKey.Keys.Any(known => known.StartsWith(section, StringComparison.OrdinalIgnoreCase));

    /// <summary>The option whose key takes the fewest changes to come from this one.</summary>
    public static KnownSetting Nearest(string key) => ByKey.Values.MinBy(known => NearestName.Distance(known.Key, key))!;

    private static KnownSetting[] Of<TOptions>(string section)
        where TOptions : new() => [.. Of(section, new TOptions())];

    /// <summary>A list of objects has its elements' options below it, known by those of its first element.</summary>
    private static IEnumerable<KnownSetting> Of(string section, object defaults) =>
        from property in defaults.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.SetMethod is { IsPublic: true }
        let setting = new KnownSetting(section, property, defaults)
        from one in setting.Element is { } element
            ? Of(setting.Key + FirstElement, Activator.CreateInstance(element)!).Prepend(setting)
            : [setting]
        select one;

    /// <summary>The key as it would be in the first element of every list.</summary>
    private static string OfFirst(string key) =>
        string.Join(':', key.Split(':').Select(static part => part.Length > 0 && part.All(char.IsAsciiDigit) ? "0" : part));
}
