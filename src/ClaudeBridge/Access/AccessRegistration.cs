using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Access;

/// <summary>The line of keys and logins in the parts list.</summary>
internal static class AccessRegistration
{
    /// <param name="operatorKeys">Reads the keys of the whole bridge, in plain text.</param>
    public static IServiceCollection AddAccess(this IServiceCollection services, Func<IServiceProvider, IEnumerable<string>> operatorKeys)
    {
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AccessOptions>, AccessOptionsRanges>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AccessOptions>, AccessOptionsRules>());
        services.AddSingleton(provider => new KeyRing(
            operatorKeys(provider),
            provider.GetRequiredService<IOptions<AccessOptions>>().Value
        ));
        services.AddSingleton<KnownUsers>();
        services.AddSingleton<WrongKeys>();
        services.AddSingleton<LoginSecret>();
        return services.AddSingleton<LoginSessions>();
    }
}
