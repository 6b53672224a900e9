using ClaudeBridge.Dashboard.Pages;
using ClaudeBridge.Query.Http;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Dashboard;

/// <summary>The dashboard in the parts list, and its pages on its port.</summary>
internal static class DashboardRegistration
{
    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddOptions<DashboardOptions>().BindConfiguration(DashboardOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<DashboardDoor>();
        services.AddSingleton<LoginDoor>();
        services.AddSingleton<OverviewPage>();
        services.AddSingleton<TurnsPage>();
        services.AddSingleton<SessionsPage>();
        services.AddSingleton<SessionPage>();
        services.AddSingleton<TracePage>();
        services.AddSingleton<ObservationPage>();
        services.AddSingleton<MembersPage>();
        return services.AddSingleton<StatusPage>();
    }

    /// <summary>Nothing where the dashboard is switched off. What else is on this port is mapped by its own room.</summary>
    public static WebApplication MapDashboard(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<DashboardOptions>>().Value.Enabled)
        {
            return app;
        }

        Page<OverviewPage>(app, Paths.Overview, static (pages, page, _) => pages.Make(page));
        Page<TurnsPage>(app, Paths.Turns, static (pages, page, _) => pages.Make(page));
        Page<SessionsPage>(app, Paths.Sessions, static (pages, page, _) => pages.Make(page));
        Page<SessionPage>(app, "/sessions/{session}", static (pages, page, http) => pages.Make(page, PathValue.Of(http, "session")));
        Page<TracePage>(app, "/traces/{trace}", static (pages, page, http) => pages.Make(page, PathValue.Of(http, "trace")));
        Page<ObservationPage>(
            app,
            "/traces/{trace}/observations/{observation}",
            static (pages, page, http) => pages.Make(page, PathValue.Of(http, "trace"), PathValue.Of(http, "observation"))
        );
        Page<MembersPage>(app, Paths.Members, static (pages, page, _) => pages.Make(page));
        Page<StatusPage>(app, Paths.Status, static (pages, page, http) => pages.Make(page, HostOf(http.Request.Host)));
        app.Map(Paths.Login, static http => http.RequestServices.GetRequiredService<LoginDoor>().LoginAsync(http));
        app.Map(Paths.Logout, static http => http.RequestServices.GetRequiredService<LoginDoor>().LogoutAsync(http));
        app.Map(Paths.Assets + "{**name}", static http => DashboardDoor.SendAssetAsync(http));
        // Whatever no room serves, for those who read pages.
        app.MapFallback(
            "{**path}",
            static http =>
                IsForPrograms(http.Request)
                    ? Results
                        .Problem($"There is nothing at {http.Request.Path.Value}.", statusCode: StatusCodes.Status404NotFound)
                        .ExecuteAsync(http)
                    : http.RequestServices.GetRequiredService<DashboardDoor>().AnswerAsync(http, static _ => null)
        );
        return app;
    }

    /// <summary>Maps a page whose part is made when it is asked for first.</summary>
    private static void Page<TPage>(WebApplication app, string path, Func<TPage, PageContext, HttpContext, PageContent?> make)
        where TPage : notnull =>
        app.Map(
            path,
            http =>
                http.RequestServices.GetRequiredService<DashboardDoor>()
                    .AnswerAsync(http, page => make(http.RequestServices.GetRequiredService<TPage>(), page, http))
        );

    /// <summary>The name that the reader reached this bridge by, which other programs on his machine can use as well.</summary>
    private static string HostOf(HostString host) => string.IsNullOrEmpty(host.Host) || host.Host == "localhost" ? "127.0.0.1" : host.Host;

    private static bool IsForPrograms(HttpRequest request) =>
        request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        || !request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
