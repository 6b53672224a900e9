using ClaudeBridge.Query.Answers;
using ClaudeBridge.Query.Http;
using ClaudeBridge.Store.Pages;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Query;

/// <summary>The query API's lines in the parts list.</summary>
internal static class QueryRegistration
{
    /// <summary>Needs an <see cref="IStorePages"/> and an <see cref="Store.IStoreQueries"/>; an <see cref="IStoreChanges"/> is used where there is one.</summary>
    public static IServiceCollection AddQuery(this IServiceCollection services)
    {
        services.AddOptions<QueryOptions>().BindConfiguration(QueryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<QuestionGate>();
        services.TryAddSingleton<QueryParts>();
        services.TryAddSingleton<LiveStream>();
        services.TryAddSingleton<ApiEndpoint>();
        services.TryAddSingleton<OpenApi.Description>();
        services.TryAddSingleton<ApiRouteList>();
        return services;
    }

    /// <summary>Maps <c>/api</c>; nothing where there is no store to ask.</summary>
    public static void MapQuery(this IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IStorePages)))
        {
            return;
        }

        var endpoint = app.ServiceProvider.GetRequiredService<ApiEndpoint>();
        foreach (var route in app.ServiceProvider.GetRequiredService<ApiRouteList>().All)
        {
            app.Map(route.Path, (RequestDelegate)(http => endpoint.HandleAsync(http, route)));
        }

        app.Map("/api/{**path}", (RequestDelegate)endpoint.RefuseUnknownAsync);
    }
}

/// <summary>The routes with the limits that are configured.</summary>
internal sealed class ApiRouteList(IOptions<QueryOptions> options, LiveStream live)
{
    public IReadOnlyList<ApiRoute> All { get; } = ApiRoutes.Of(options.Value, live);
}
