using ClaudeBridge.Diagnostics;
using ClaudeBridge.Exporters.Ledger;
using ClaudeBridge.Store;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Exporters.Langfuse;

/// <summary>Puts Langfuse among the destinations.</summary>
public static class LangfuseRegistration
{
    /// <summary>
    /// Adds delivery to Langfuse when keys are configured; otherwise nothing: the bridge works on its store alone. Needs <see cref="IFeed"/> and
    /// <see cref="DeliveryLedger"/>. A configuration that cannot work stops the start with <see cref="OptionsValidationException"/>.
    /// </summary>
    public static IServiceCollection AddLangfuse(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<LangfuseOptions>().Bind(configuration.GetSection(LangfuseOptions.Section)).ValidateOnStart();
        services.AddSingleton<IPostConfigureOptions<LangfuseOptions>>(new LangfuseAliases(configuration));
        services.AddSingleton<IValidateOptions<LangfuseOptions>>(new LangfuseValidation(configuration));
        if (!IsWanted(configuration))
        {
            return services;
        }

        services
            .AddHttpClient(nameof(LangfuseClient))
            .ConfigurePrimaryHttpMessageHandler(static provider =>
                LangfuseClient.CreateHandler(provider.GetRequiredService<IOptions<LangfuseOptions>>().Value)
            )
            // The client lives as long as the program; the handler renews its connections itself.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.AddSingleton(static provider => new LangfuseClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(nameof(LangfuseClient)),
            provider.GetRequiredService<IOptions<LangfuseOptions>>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddHostedService<LangfuseNotices>();
        services.AddSingleton<LangfuseLinks>();
        services.AddSingleton<LangfuseServer>();
        services.AddSingleton<LangfuseDestination>();
        services.AddSingleton<LangfuseScoresDestination>();
        services.AddDelivery<LangfuseDestination>();
        if (!bool.TryParse(configuration[$"{LangfuseOptions.Section}:{nameof(LangfuseOptions.SendScores)}"], out var send) || send)
        {
            services.AddDelivery<LangfuseScoresDestination>();
        }

        services.AddHostedService<DeliveryLoops>();
        services.AddHostedService<DeadLetterWatch>();
        return services;
    }

    /// <summary>A loop of its own for each destination: trouble with one never holds up another.</summary>
    private static void AddDelivery<TDestination>(this IServiceCollection services)
        where TDestination : class, IDestination
    {
        services.AddKeyedSingleton(
            typeof(TDestination),
            static (provider, _) =>
                new DeliveryLoop(
                    provider.GetRequiredService<TDestination>(),
                    provider.GetRequiredService<IFeed>(),
                    provider.GetRequiredService<DeliveryLedger>(),
                    provider.GetRequiredService<IOptions<LangfuseOptions>>().Value,
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<DeliveryLoop>>()
                )
        );
        services.AddSingleton(Loop);
        services.AddSingleton<IHealthSource>(static provider => new DeliveryHealth(Loop(provider)));

        static DeliveryLoop Loop(IServiceProvider provider) => provider.GetRequiredKeyedService<DeliveryLoop>(typeof(TDestination));
    }

    /// <summary>Any key means that Langfuse is meant; validation then says what is missing.</summary>
    public static bool IsWanted(IConfiguration configuration) =>
        new[]
        {
            configuration[$"{LangfuseOptions.Section}:PublicKey"],
            configuration[$"{LangfuseOptions.Section}:SecretKey"],
            configuration[LangfuseAliases.PublicKey],
            configuration[LangfuseAliases.SecretKey],
        }.Any(static key => !string.IsNullOrWhiteSpace(key));
}
