using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Journal;
using ClaudeBridge.Receivers;
using ClaudeBridge.Store;

namespace ClaudeBridge.Hosting;

/// <summary>What whoever runs the bridge asks of it: figures, and that its loops are watched.</summary>
internal static class OperationParts
{
    public static IServiceCollection AddOperation(this IServiceCollection services, string dataFolder)
    {
        services.AddSingleton(new DataFolderPath(Path.GetFullPath(dataFolder)));
        services.AddSingleton<AssemblyLag>();
        services.AddSingleton<BacklogReader>();
        services.AddSingleton<HealthFigures>();
        services.AddBackground<DeliveryBacklog>().AddBackground<DiskSpace>().AddBackground<LoopWatch>();
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<LoopWatch>());

        services.AddSingleton<ProcessMetrics>();
        services.AddSingleton<IMetricSource>(static provider => provider.GetRequiredService<ProcessMetrics>());
        services.AddSingleton<IMetricSource>(static provider => provider.GetRequiredService<DiskSpace>());
        services.AddSingleton<IMetricSource, ReceiverLoad>();
        services.AddSingleton<IMetricSource, JournalMetrics>();
        services.AddSingleton<IMetricSource, AssemblyMetrics>();
        services.AddSingleton<IMetricSource, DeliveryMetrics>();

        services.AddSingleton(static provider => new EndlessLoop(
            "The writer of the journal",
            () => provider.GetRequiredService<Journal.Journal>().Writing
        ));
        services.AddSingleton(static provider => new EndlessLoop(
            "The way from the journal into the store",
            () => provider.GetRequiredService<AssemblyLoop>().ExecuteTask
        ));
        return services.AddSingleton(static provider => new EndlessLoop(
            "A delivery",
            () => provider.GetServices<DeliveryLoop>().FirstOrDefault(static loop => loop.Work is { IsCompleted: true })?.Work
        ));
    }

    private static IServiceCollection AddBackground<TService>(this IServiceCollection services)
        where TService : BackgroundService =>
        services.AddSingleton<TService>().AddHostedService(static provider => provider.GetRequiredService<TService>());
}
