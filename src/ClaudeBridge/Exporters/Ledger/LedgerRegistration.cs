using ClaudeBridge.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ClaudeBridge.Exporters.Ledger;

/// <summary>Adds the ledger that all destinations share.</summary>
public static class LedgerRegistration
{
    public const string FileName = "delivery.db";

    /// <param name="dataFolder">Where <c>delivery.db</c> is; called once, when the ledger is first needed.</param>
    public static IServiceCollection AddDeliveryLedger(this IServiceCollection services, Func<IServiceProvider, string> dataFolder)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider =>
            DeliveryLedger.Open(
                Path.Combine(dataFolder(provider), FileName),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetService<AgingClock>(),
                provider.GetService<ILogger<DeliveryLedger>>()
            )
        );
        return services;
    }
}
