using System.Reflection;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Langfuse;
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

    private static readonly Dictionary<string, KnownSetting> ByKey = new KnownSetting[][]
    {
        Of<ReceiverOptions>(ReceiverOptions.Section),
        Of<JournalOptions>(JournalOptions.Section),
        Of<PrivacyOptions>(PrivacyOptions.Section),
        Of<SettlingOptions>(SettlingOptions.Section),
        Of<AttributionOptions>(AttributionOptions.Section),
        Of<ContextOptions>(ContextOptions.Section),
        Of<StoreOptions>(StoreOptions.Section),
        Of<LangfuseOptions>(LangfuseOptions.Section),
        Of<QueryOptions>(QueryOptions.Section),
    }
        .SelectMany(static settings => settings)
        .ToDictionary(static setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<KnownSetting> All => ByKey.Values;

    /// <summary>The option of a key, also of an element of its list; null when there is none.</summary>
    public static KnownSetting? Find(string key) =>
        ByKey.GetValueOrDefault(key)
        ?? (ByKey.GetValueOrDefault(key[..Math.Max(0, key.LastIndexOf(':'))]) is { IsList: true } list ? list : null);

    public static bool IsSection(string key) => ByKey.Keys.Any(known => known.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase));

    /// <summary>The option whose key takes the fewest changes to come from this one.</summary>
    public static KnownSetting Nearest(string key) => ByKey.Values.MinBy(known => NearestName.Distance(known.Key, key))!;

    private static KnownSetting[] Of<TOptions>(string section)
        where TOptions : new()
    {
        var defaults = new TOptions();
        return
        [
            .. typeof(TOptions)
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(static property => property.SetMethod is { IsPublic: true })
                .Select(property => new KnownSetting(section, property, defaults)),
        ];
    }
}
