using ClaudeBridge.Diagnostics;

namespace ClaudeBridge.Hosting;

/// <summary>The line in the parts list that joins journal and store.</summary>
internal static class AssemblyRegistration
{
    /// <summary>Needs an <see cref="Journal.IJournalReader"/> and the store.</summary>
    public static IServiceCollection AddAssembly(this IServiceCollection services)
    {
        services.AddSingleton<AssemblyLoop>();
        services.AddHostedService(static provider => provider.GetRequiredService<AssemblyLoop>());
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<AssemblyLoop>());
        return services;
    }
}
