using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Fills the options from the names that Langfuse's own tools use, where the section does not say.</summary>
internal sealed class LangfuseAliases(IConfiguration configuration) : IPostConfigureOptions<LangfuseOptions>
{
    public const string PublicKey = "LANGFUSE_PUBLIC_KEY";
    public const string SecretKey = "LANGFUSE_SECRET_KEY";
    public const string Host = "LANGFUSE_HOST";
    public const string BaseUrl = "LANGFUSE_BASE_URL";

    public void PostConfigure(string? name, LangfuseOptions options)
    {
        options.PublicKey = First(options.PublicKey, PublicKey);
        options.SecretKey = First(options.SecretKey, SecretKey);
        options.Host = First(options.Host, BaseUrl, Host);
        options.Environment = First(options.Environment, "LANGFUSE_TRACING_ENVIRONMENT");
        options.Release = First(options.Release, "LANGFUSE_RELEASE");
    }

    private string? First(string? own, params ReadOnlySpan<string> aliases)
    {
        var value = own;
        foreach (var alias in aliases)
        {
            value = string.IsNullOrWhiteSpace(value) ? configuration[alias] : value;
        }

        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }
}

/// <summary>Finds all that is wrong with the settings at once, and names the setting to change. Never quotes a key.</summary>
internal sealed class LangfuseValidation(IConfiguration configuration) : IValidateOptions<LangfuseOptions>
{
    public ValidateOptionsResult Validate(string? name, LangfuseOptions options)
    {
        List<string> problems = [.. Ranges(options), .. Keys(options), .. Address(options)];
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Ranges(LangfuseOptions options)
    {
        var result = LimitsValidator.Validate(null, options);
        return result.Failed ? result.Failures : [];
    }

    private static readonly LangfuseLimits LimitsValidator = new();

    private static IEnumerable<string> Keys(LangfuseOptions options)
    {
        if (options.PublicKey is null != options.SecretKey is null)
        {
            var (there, missing) = options.PublicKey is null
                ? (LangfuseAliases.SecretKey, LangfuseAliases.PublicKey)
                : (LangfuseAliases.PublicKey, LangfuseAliases.SecretKey);
            yield return $"{there} is set but {missing} is not: Langfuse needs both. Set the other one too, or neither to run without Langfuse.";
        }

        if (options.PublicKey?.StartsWith("sk-", StringComparison.Ordinal) == true)
        {
            yield return $"{LangfuseAliases.PublicKey} holds a secret key (it begins with sk-): the two keys are swapped.";
        }

        if (
            (options.PublicKey + options.SecretKey).Any(static letter => letter is <= ' ' or > '~')
            || options.PublicKey?.Contains(':') == true
        )
        {
            yield return $"{LangfuseAliases.PublicKey} or {LangfuseAliases.SecretKey} holds a character that no key has: copy them again.";
        }
    }

    private IEnumerable<string> Address(LangfuseOptions options)
    {
        var address = LangfuseAddress.Parse(options.Host ?? LangfuseOptions.DefaultHost, out var problem);
        if (address is not null && !options.AllowLinkLocal && BackendAddresses.Problem(address) is { } kind)
        {
            problem =
                $"{address.Host} is {kind}, and the keys shall not go there by mistake; {LangfuseOptions.Section}:{nameof(LangfuseOptions.AllowLinkLocal)}=true allows it";
        }

        if (problem is not null)
        {
            yield return $"The address of Langfuse ({LangfuseOptions.Section}:Host, {LangfuseAliases.BaseUrl} or {LangfuseAliases.Host}) cannot be used: {problem}.";
        }

        var (baseUrl, host) = (configuration[LangfuseAliases.BaseUrl], configuration[LangfuseAliases.Host]);
        if (
            string.IsNullOrWhiteSpace(configuration[$"{LangfuseOptions.Section}:Host"])
            && !string.IsNullOrWhiteSpace(baseUrl)
            && !string.IsNullOrWhiteSpace(host)
            && LangfuseAddress.Parse(baseUrl, out _) != LangfuseAddress.Parse(host, out _)
        )
        {
            yield return $"{LangfuseAliases.BaseUrl} and {LangfuseAliases.Host} name different addresses: keep one of them.";
        }
    }
}

/// <summary>The ranges stated on the options.</summary>
[OptionsValidator]
internal sealed partial class LangfuseLimits : IValidateOptions<LangfuseOptions>;
