using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Dashboard;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters;
using ClaudeBridge.Exporters.Langfuse;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Journal;
using ClaudeBridge.Query;
using ClaudeBridge.Receivers;
using ClaudeBridge.Sessions;
using ClaudeBridge.Sessions.Contexts;
using ClaudeBridge.Store;
using ClaudeBridge.Store.Counters;
using ClaudeBridge.Store.Pages;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>The parts list: everything of a bridge on one data folder, except the ports.</summary>
internal static class BridgeParts
{
    internal const string JournalFolder = "journal";

    /// <param name="deliver">False leaves out every destination, whatever is configured.</param>
    public static IServiceCollection AddBridge(
        this IServiceCollection services,
        IConfiguration configuration,
        string dataFolder,
        bool deliver = true
    )
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new AgingClock(provider.GetRequiredService<TimeProvider>(), dataFolder));
        // Signals are the commands' business.
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddClientKnowledge();
        services.AddJournal(dataFolder).AddReceivers().AddStore(dataFolder).AddDeliveryLedger(_ => dataFolder).AddQuery().AddDashboard();
        services.AddSingleton<IBridgeFacts, BridgeFacts>();
        services.AddOperation(dataFolder);
        return deliver ? services.AddLangfuse(configuration) : services;
    }

    /// <summary>Opens journal, store and ledger, in this order, before anything is started.</summary>
    /// <exception cref="StartupException">One of them cannot be used.</exception>
    public static void OpenData(this IServiceProvider services, string dataFolder)
    {
        try
        {
            _ = services.GetRequiredService<Journal.Journal>();
            _ = services.GetRequiredService<DeliveryLedger>();
            CrashPoints.Pass(CrashPoints.StartLedger);
            var loop = services.GetRequiredService<AssemblyLoop>();
            CrashPoints.Pass(CrashPoints.StartStore);
            var destinations = services.GetServices<DeliveryLoop>().Where(static loop => loop.HoldsStore).ToArray();
            loop.DeliveredUpTo = () =>
                destinations.Select(static destination => destination.Progress.DeliveredUpTo).DefaultIfEmpty(long.MaxValue).Min();
        }
        catch (JournalLockedException locked)
        {
            throw new StartupException(
                $"Another bridge is using {dataFolder}: stop it, or name another folder with --data DIR.",
                StartupException.DataUnusable,
                locked
            );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException or SqliteException)
        {
            throw new StartupException(
                $"The data folder {dataFolder} cannot be used: {failure.Message.TrimEnd('.')}. Put it right, or name another folder with --data DIR.",
                StartupException.DataUnusable,
                failure
            )
            {
                // A full disk hides behind many errors.
                IsDiskFull = DiskTrouble.Is(failure) && WaitingRoom.IsFull(dataFolder),
            };
        }
    }

    /// <summary>What the receivers say of Claude Code, and how they find the user whom a resource names.</summary>
    private static void AddClientKnowledge(this IServiceCollection services)
    {
        services.AddSingleton(
            new ClientGuide(RecordKinds.EventNames, MetricName.All, RecordKinds.SpanNames, ClientSettings.For, ClientSettings.Contents)
        );
        services.AddSingleton<UserOfResource>(static provider =>
        {
            var attribution = provider.GetRequiredService<Attribution>();
            return resource => attribution.UserOf(resource);
        });
    }

    private static IServiceCollection AddJournal(this IServiceCollection services, string dataFolder)
    {
        services.AddOptions<JournalOptions>().BindConfiguration(JournalOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<JournalOptions>, JournalOptionsValidator>();
        services.AddSingleton(provider =>
        {
            // A journal that was emptied by hand must not give positions again that the store, or a snapshot of it, has read already.
            var (above, number) = StoreDatabase.StoredReach(
                dataFolder,
                provider.GetRequiredService<IOptions<StoreOptions>>().Value.BusyTimeout
            );
            // The container makes its parts without waiting; opening reads one file at most.
            return Journal
                .Journal.OpenAsync(
                    Path.Combine(dataFolder, JournalFolder),
                    provider.GetRequiredService<IOptions<JournalOptions>>().Value,
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<Journal.Journal>>(),
                    CancellationToken.None,
                    above: above,
                    number: number
                )
                .GetAwaiter()
                .GetResult();
        });
        services.AddSingleton<IJournalWriter>(static provider => provider.GetRequiredService<Journal.Journal>());
        services.AddSingleton<IJournalReader>(static provider => provider.GetRequiredService<Journal.Journal>());
        return services.AddHostedService<JournalRetention>();
    }

    private static IServiceCollection AddStore(this IServiceCollection services, string dataFolder)
    {
        services.AddOptions<StoreOptions>().BindConfiguration(StoreOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SettlingOptions>().BindConfiguration(SettlingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider =>
            StoreDatabase.Open(
                dataFolder,
                provider.GetRequiredService<IOptions<StoreOptions>>().Value,
                provider.GetRequiredService<ILogger<StoreDatabase>>(),
                isJournalWhole: provider.GetRequiredService<IJournalReader>().LetGoUpTo == JournalPosition.Start,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IJournalReader>().Number
            )
        );
        services.AddSingleton<StoreFeed>();
        services.AddSingleton<IFeed>(static provider => provider.GetRequiredService<StoreFeed>());
        services.AddSingleton<IStoreQueries>(provider => new CachedQueries(
            StoreQueries.In(
                dataFolder,
                provider.GetRequiredService<IOptions<StoreOptions>>().Value,
                provider.GetRequiredService<StoreDatabase>()
            ),
            provider.GetRequiredService<AnswerCache>()
        ));
        services.AddSingleton<IStorePages>(provider => new CachedPages(
            StorePages.In(
                dataFolder,
                provider.GetRequiredService<IOptions<StoreOptions>>().Value,
                provider.GetRequiredService<StoreDatabase>()
            ),
            provider.GetRequiredService<AnswerCache>()
        ));
        services.AddSingleton(provider => new AnswerCache(
            provider.GetRequiredService<IStoreChanges>(),
            provider.GetRequiredService<IOptions<StoreOptions>>().Value.AnswerCacheRows
        ));
        services.AddSingleton<StoreChanges>();
        services.AddSingleton<IStoreChanges>(static provider => provider.GetRequiredService<StoreChanges>());
        services.AddSingleton<Arrivals>();
        services.AddSingleton<AssemblyLoop>();
        services.AddSingleton<IUsageCounters>(static provider => provider.GetRequiredService<AssemblyLoop>());
        services.AddMetricsEndpoint();
        services.AddContexts(dataFolder);
        services.AddSingleton<IHealthSource, DataHealth>();
        services.AddSingleton<IHealthSource>(static provider => provider.GetRequiredService<AssemblyLoop>());
        return services.AddHostedService(static provider => provider.GetRequiredService<AssemblyLoop>());
    }

    /// <summary>Who and for what: by attributes, and by what callers say.</summary>
    private static void AddContexts(this IServiceCollection services, string dataFolder)
    {
        services.AddOptions<AttributionOptions>().BindConfiguration(AttributionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AttributionOptions>, AttributionOptionsValidator>();
        services.AddSingleton(static provider => new Attribution(provider.GetRequiredService<IOptions<AttributionOptions>>().Value));
        services.AddOptions<ContextOptions>().BindConfiguration(ContextOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => ContextQueries.In(dataFolder, provider.GetRequiredService<IOptions<StoreOptions>>().Value));
        services.AddSingleton<SessionContexts>();
        services.AddSingleton<ContextDoor>();
    }
}
