using Microsoft.Extensions.Options;

namespace ClaudeBridge.Access;

/// <summary>The ranges on the properties.</summary>
[OptionsValidator]
internal sealed partial class AccessOptionsRanges : IValidateOptions<AccessOptions>;

/// <summary>Whether tenants can be told apart by their names and keys. Finds every problem, not the first; never quotes a hash, which could be a key in the wrong place.</summary>
internal sealed class AccessOptionsRules : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        List<string> problems = [];
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var holders = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < options.Tenants.Count; index++)
        {
            CheckName(options.Tenants[index], index, names, problems);
            CheckKeys(options.Tenants[index], index, holders, problems);
        }

        problems.AddRange(
            options
                .Users.Select(static (user, index) => (user, index))
                .Where(static known => string.IsNullOrWhiteSpace(known.user) || !KnownUsers.IsId(known.user))
                .Select(static known =>
                    $"{AccessOptions.Section}:{nameof(AccessOptions.Users)}:{known.index} must be a user id of 1 to {KnownUsers.MaxLength} characters."
                )
        );
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void CheckName(TenantOptions tenant, int index, Dictionary<string, int> names, List<string> problems)
    {
        if (!TenantName.IsValid(tenant.Name))
        {
            problems.Add($"{Key(index)}:{nameof(tenant.Name)} must be {TenantName.Form}.");
        }
        else if (!names.TryAdd(tenant.Name, index))
        {
            problems.Add(
                $"{Key(index)}:{nameof(tenant.Name)} is '{tenant.Name}', as is that of tenant {names[tenant.Name]}: give each tenant once."
            );
        }
    }

    private static void CheckKeys(TenantOptions tenant, int index, Dictionary<string, int> holders, List<string> problems)
    {
        if (tenant.KeyHashes.Count == 0)
        {
            // Without any other key the bridge would be open to everyone.
            problems.Add(
                $"{Key(index)}:{nameof(tenant.KeyHashes)} is empty: give the tenant a key with 'claudebridge key', or take the tenant out; what it sent is kept."
            );
        }

        for (var key = 0; key < tenant.KeyHashes.Count; key++)
        {
            var path = $"{Key(index)}:{nameof(tenant.KeyHashes)}:{key}";
            if (!KeyHash.TryParse(tenant.KeyHashes[key], out var hash))
            {
                problems.Add(
                    $"{path} must be sha256: and 64 hexadecimal digits, as 'claudebridge key' prints it; the key itself does not belong there."
                );
            }
            else if (!holders.TryAdd(hash.ToString(), index) && holders[hash.ToString()] != index)
            {
                problems.Add($"{path} is also a key of tenant {holders[hash.ToString()]}: a key names one tenant.");
            }
        }
    }

    private static string Key(int index) => $"{AccessOptions.Section}:{nameof(AccessOptions.Tenants)}:{index}";
}
