using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Privacy;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Receivers;

/// <summary>The receivers' line in the parts list. Needs an <see cref="Journal.IJournalWriter"/>.</summary>
internal static class ReceiverRegistration
{
    public static IServiceCollection AddReceivers(this IServiceCollection services)
    {
        services.AddOptions<ReceiverOptions>().BindConfiguration(ReceiverOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ReceiverOptions>, ReceiverOptionsRanges>();
        services.AddSingleton<IValidateOptions<ReceiverOptions>, ReceiverOptionsRules>();
        services.AddAccess(static provider => AccessKeys.Of(provider.GetRequiredService<IOptions<ReceiverOptions>>().Value));
        services.AddPrivacy();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RefusalLog>();
        services.TryAddSingleton<ReceiverMetrics>();
        services.AddSingleton(provider => new InFlightBudget(
            provider.GetRequiredService<IOptions<ReceiverOptions>>().Value.MaxInFlightBytes,
            provider.GetRequiredService<HeapRoom>()
        ));
        services.AddSingleton(provider => new ExportReserve(provider.GetRequiredService<IOptions<ReceiverOptions>>().Value.ReserveBytes));
        services.AddSingleton<HeldExports>();
        services.AddSingleton<HeapRoom>();
        services.AddSingleton<BodyDecoder>();
        services.AddSingleton<ArrivingBodies>();
        services.AddSingleton<BodyReading>();
        services.AddSingleton<DecodingRoom>();
        services.AddSingleton<RetryAdvice>();
        services.AddSingleton<ReceiverCounting>();
        services.AddSingleton<DoorReplies>();
        services.TryAddSingleton(ClientGuide.Empty);
        services.TryAddSingleton<UserOfResource>(static (IServiceProvider _) => static _ => null);
        services.AddSingleton<UserCheck>();
        services.AddSingleton(provider => new OtlpRoutes(provider.GetRequiredService<IOptions<ReceiverOptions>>().Value));
        services.AddSingleton<EndpointGuide>();
        services.AddSingleton<ExportHandler>();
        services.AddSingleton<IHealthSource>(provider => provider.GetRequiredService<ExportHandler>());
        services.AddSingleton<HttpDoor>();
        services.AddSingleton<GrpcDoor>();
        return services;
    }

    /// <summary>Everything that comes in by the two OTLP ports ends here; by other ports only what is addressed to take exports, the rest goes on.</summary>
    public static IApplicationBuilder MapReceivers(this IApplicationBuilder app) =>
        app.Use(next =>
        {
            // Built when the server starts, so that a wrong configuration has been told by then.
            var http = app.ApplicationServices.GetRequiredService<HttpDoor>();
            var routes = app.ApplicationServices.GetRequiredService<OtlpRoutes>();
            var grpc = app.ApplicationServices.GetRequiredService<GrpcDoor>();
            return context =>
                context.Features.Get<DoorFeature>()?.Door switch
                {
                    Door.Http => http.HandleAsync(context, routes.Find(context.Request.Path.Value ?? "")),
                    Door.Grpc => grpc.HandleAsync(context),
                    _ when routes.Find(context.Request.Path.Value ?? "") is { } route => http.HandleAsync(context, route),
                    _ => next(context),
                };
        });
}
