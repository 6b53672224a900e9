using System.CommandLine;
using ClaudeBridge.Access;
using ClaudeBridge.Hosting;
using ClaudeBridge.Receivers;

namespace ClaudeBridge.Cli;

/// <summary><c>claudebridge key</c>: makes a key and says what to set, once. Nothing is stored.</summary>
internal static class KeyCommand
{
    public static readonly string[] Examples =
    [
        "claudebridge key                         (a key of the whole bridge)",
        "claudebridge key --tenant north          (a key of one tenant; the bridge keeps its hash only)",
    ];

    private const string Tenants = $"{AccessOptions.Section}:{nameof(AccessOptions.Tenants)}";

    public static Command Create(CommonOptions common, CommandServices services)
    {
        var tenant = new Option<string?>("--tenant")
        {
            Description = $"Whose key it is to be: {TenantName.Form}. Default: a key of the whole bridge, which sees every tenant.",
            HelpName = "NAME",
        };
        var command = new Command("key", "Make a random key, and print it with the settings that make it good. It is shown this once.")
        {
            tenant,
        };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(tenant)?.Trim();
            if (name is not null && !TenantName.IsValid(name))
            {
                throw new CommandFailure(
                    $"'{Rendering.Texts.Plain(name)}' is no name of a tenant: it must be {TenantName.Form}.",
                    ExitCode.Usage
                );
            }

            var settings = new ConfigurationBuilder().AddBridgeSettings(common.DataOf(parsed), services.Overrides).Build();
            var key = NewKey.Make();
            Write(services.Terminal.Out, key, name, name is null ? OfBridge(settings, key) : OfTenant(settings, name, KeyHash.Of(key)));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(TextWriter terminal, string key, string? tenant, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        terminal.WriteLine($"Key   {key}");
        terminal.WriteLine($"Hash  {KeyHash.Of(key)}");
        terminal.WriteLine();
        terminal.WriteLine(
            tenant is null
                ? "It is a key of the whole bridge. It is not shown again. Set this where the bridge is started, and start it anew:"
                : $"It is a key of tenant {tenant}. It is not shown again. Set this where the bridge is started, and start it anew:"
        );
        terminal.WriteLine();
        foreach (var (setting, value) in settings)
        {
            terminal.WriteLine($"  {SettingOrigin.Variable(setting)}={value}");
        }

        terminal.WriteLine();
        terminal.WriteLine("Who sends with it sets, beside the address of the bridge:");
        terminal.WriteLine();
        terminal.WriteLine($"  OTEL_EXPORTER_OTLP_HEADERS=x-api-key={key}");
    }

    /// <summary>The first free place: keys that are set stay good.</summary>
    private static KeyValuePair<string, string>[] OfBridge(IConfiguration settings, string key)
    {
        const string Single = $"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKey)}";
        const string Several = $"{ReceiverOptions.Section}:{nameof(ReceiverOptions.ApiKeys)}";
        return string.IsNullOrWhiteSpace(settings[Single])
            ? [new("API_KEY", key)]
            : [new($"{Several}:{FreePlace(settings.GetSection(Several))}", key)];
    }

    private static KeyValuePair<string, string>[] OfTenant(IConfiguration settings, string tenant, KeyHash hash)
    {
        var known = settings.GetSection(Tenants).GetChildren().FirstOrDefault(section => section[nameof(TenantOptions.Name)] == tenant);
        if (known is not null)
        {
            var hashes = known.GetSection(nameof(TenantOptions.KeyHashes));
            return [new($"{hashes.Path}:{FreePlace(hashes)}", hash.ToString())];
        }

        var place = $"{Tenants}:{FreePlace(settings.GetSection(Tenants))}";
        return [new($"{place}:{nameof(TenantOptions.Name)}", tenant), new($"{place}:{nameof(TenantOptions.KeyHashes)}:0", hash.ToString())];
    }

    private static int FreePlace(IConfigurationSection list) =>
        1 + list.GetChildren().Select(static child => int.TryParse(child.Key, out var place) ? place : -1).DefaultIfEmpty(-1).Max();
}
