using ClaudeBridge.Sessions;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Store;

/// <summary>The store's line in the parts list.</summary>
internal static class StoreRegistration
{
    /// <param name="dataFolder">Where <c>store.db</c> is, or will be made when the store is first asked for.</param>
    public static IServiceCollection AddStore(this IServiceCollection services, string dataFolder)
    {
        services.AddOptions<StoreOptions>().BindConfiguration(StoreOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StoreOptions>, StoreOptionsValidator>();
        services.AddOptions<SettlingOptions>().BindConfiguration(SettlingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SettlingOptions>, SettlingOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
            StoreDatabase.Open(
                dataFolder,
                provider.GetRequiredService<IOptions<StoreOptions>>().Value,
                provider.GetRequiredService<ILogger<StoreDatabase>>()
            )
        );
        services.AddSingleton<StoreFeed>();
        services.AddSingleton<IFeed>(provider => provider.GetRequiredService<StoreFeed>());
        services.AddSingleton<IStoreQueries>(provider =>
            StoreQueries.In(dataFolder, provider.GetRequiredService<IOptions<StoreOptions>>().Value)
        );
        return services;
    }
}

[OptionsValidator]
internal sealed partial class StoreOptionsValidator : IValidateOptions<StoreOptions>;

[OptionsValidator]
internal sealed partial class SettlingOptionsValidator : IValidateOptions<SettlingOptions>;
