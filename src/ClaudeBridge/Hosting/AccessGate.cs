using System.Net;
using ClaudeBridge.Access;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Hosting.Tls;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Receivers;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace ClaudeBridge.Hosting;

/// <summary>Asks everyone at every port who they are, before anything is read or shown.</summary>
/// <remarks>
/// On loopback a web page in the user's browser is the stranger: it may send requests to localhost, and by DNS rebinding under a name
/// of its own. Hence the Host must be a name of this machine, an Origin that of the addressed host itself, and nothing may be included by pages elsewhere. There is no CORS.
/// </remarks>
internal sealed class AccessGate
{
    private static readonly string[] LoopbackNames = ["localhost", "host.docker.internal"];

    private readonly RequestDelegate _next;
    private readonly DoorReplies _replies;
    private readonly KeyRing _keys;
    private readonly WrongKeys _wrongKeys;
    private readonly LoginSessions _logins;
    private readonly OtlpRoutes _routes;
    private readonly bool _isLoopback;
    private readonly bool _judgesPages;
    private readonly bool _wantsCertificates;
    private readonly HashSet<string> _allowedHosts;

    public AccessGate(
        RequestDelegate next,
        DoorReplies replies,
        KeyRing keys,
        WrongKeys wrongKeys,
        LoginSessions logins,
        OtlpRoutes routes,
        IOptions<ReceiverOptions> options,
        IOptions<TlsOptions> tls
    )
    {
        _next = next;
        _replies = replies;
        _keys = keys;
        _wrongKeys = wrongKeys;
        _logins = logins;
        _routes = routes;
        _wantsCertificates = tls.Value.AsksClients;
        _isLoopback = ListenAddress.TryParse(options.Value.Host, out var address) && address.IsLoopback;
        // Elsewhere a page has no key, and a login's cookie does not come with what it sends.
        _judgesPages = _isLoopback || keys.IsEmpty;
        _allowedHosts = new(options.Value.AllowedHosts.Select(Name), StringComparer.OrdinalIgnoreCase);
        if (_isLoopback)
        {
            _allowedHosts.UnionWith(LoopbackNames);
        }
    }

    public Task InvokeAsync(HttpContext context)
    {
        var door = context.Features.Get<DoorFeature>()?.Door ?? Door.Dashboard;
        var isProbe = Probes.IsProbe(context.Request.Path, door);
        if (!IsHostAllowed(context.Request.Host) && !(isProbe && !_isLoopback))
        {
            return _replies.RefuseAsync(
                context,
                door,
                StatusCodes.Status403Forbidden,
                new(
                    RpcCode.PermissionDenied,
                    $"The host that this request is addressed to is not one of this bridge; add it to {ReceiverOptions.Section}:{nameof(ReceiverOptions.AllowedHosts)} if it should be."
                )
            );
        }

        if (context.Request.Headers.TransferEncoding is { Count: > 0 } codings && !IsFramedClearly(context.Request.Protocol, codings))
        {
            // The server takes every list that ends in chunked, in HTTP/1.0 as well, which knows none; what stands before it may see another end of the body.
            context.Response.Headers.Connection = "close";
            return _replies.RefuseAsync(
                context,
                door,
                StatusCodes.Status501NotImplemented,
                new(RpcCode.Unimplemented, "The only Transfer-Encoding that is understood is chunked, once, in HTTP/1.1.")
            );
        }

        if (_judgesPages && SameOrigin.IsFromElsewhere(context.Request))
        {
            return _replies.RefuseAsync(
                context,
                door,
                StatusCodes.Status403Forbidden,
                new(RpcCode.PermissionDenied, "Web pages of other origins may not speak to this bridge.")
            );
        }

        if (_wantsCertificates && door == Door.Dashboard && _routes.Find(context.Request.Path.Value ?? "") is not null)
        {
            return _replies.RefuseAsync(
                context,
                door,
                StatusCodes.Status403Forbidden,
                new(RpcCode.PermissionDenied, "Who sends shows a certificate here, which this port does not ask for: send to an OTLP port.")
            );
        }

        var (caller, refusal) = _keys.IsEmpty ? (Caller.Operator, null) : Identify(context, door);
        if (caller is not null)
        {
            context.SetCaller(caller);
        }

        if (isProbe)
        {
            Probes.AllowDetails(context, caller is not null);
            return _next(context);
        }

        return refusal is null ? _next(context)
            : IsPage(context.Request, door, refusal) ? SendToLogin(context)
            : RefuseAsync(context, door, refusal);
    }

    /// <summary>By the key that was shown, else, at the dashboard, by a login. Neither: a refusal, except where one may look without.</summary>
    private (Caller? Caller, Refusal? Refusal) Identify(HttpContext context, Door door)
    {
        var request = context.Request;
        var isOpen = door == Door.Dashboard && OpenPaths.Contains(request.Path);
        if (isOpen && OpenPaths.IsLogin(request.Path) && !SameOrigin.IsSafe(request.Method) && SameOrigin.IsDenied(request))
        {
            return (null, Refusal.OtherOrigin);
        }

        string[] shown = [.. ShownKeys(request.Headers)];
        if (shown.Length > 0)
        {
            var (key, holder) = shown.Select(key => (key, _keys.Find(key))).FirstOrDefault(static found => found.Item2 is not null);
            var wait = _wrongKeys.Judge(context.Connection.RemoteIpAddress, holder, key ?? shown[0]);
            return wait is { } delay ? (null, Refusal.Wait(delay))
                : holder is not null ? (holder.Caller, null)
                : (null, Refusal.NoKey);
        }

        if (door != Door.Dashboard || _logins.Read(context) is not { } caller)
        {
            return (null, isOpen ? null : Refusal.NoKey);
        }

        // A cookie comes with whatever page made the request; a key does not.
        return SameOrigin.IsSafe(request.Method) || SameOrigin.IsShown(request) ? (caller, null) : (null, Refusal.OtherOrigin);
    }

    private static IEnumerable<string> ShownKeys(IHeaderDictionary headers)
    {
        const string bearer = "Bearer ";
        var authorization = headers.Authorization.ToString();
        if (
            authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)
            && authorization[bearer.Length..].Trim() is { Length: > 0 } token
        )
        {
            yield return token;
        }

        if (headers["x-api-key"].ToString().Trim() is { Length: > 0 } key)
        {
            yield return key;
        }
    }

    /// <summary>A person with a browser, who can log in. Programs want a status.</summary>
    private static bool IsPage(HttpRequest request, Door door, Refusal refusal) =>
        refusal == Refusal.NoKey
        && door == Door.Dashboard
        && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static Task SendToLogin(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = OpenPaths.LoginFor(context.Request);
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    private Task RefuseAsync(HttpContext context, Door door, Refusal refusal)
    {
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return _replies.RefuseAsync(context, door, refusal.Status, refusal.Error);
    }

    private bool IsHostAllowed(HostString host)
    {
        if (_allowedHosts.Count == 0)
        {
            return true;
        }

        var name = Name(host.Host ?? "");
        return _allowedHosts.Contains(name) || _isLoopback && IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address);
    }

    private static bool IsFramedClearly(string protocol, StringValues codings) =>
        !HttpProtocol.IsHttp10(protocol) && codings is [{ } coding] && coding.Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);

    /// <summary>A name without the brackets of an IPv6 address and without the dot that ends a full name.</summary>
    private static string Name(string host) => host.Trim().TrimStart('[').TrimEnd(']', '.');

    private sealed record Refusal(int Status, RpcError Error)
    {
        public static readonly Refusal NoKey = new(
            StatusCodes.Status401Unauthorized,
            new(
                RpcCode.Unauthenticated,
                "A key is needed, as 'Authorization: Bearer KEY' or 'x-api-key: KEY'; there was none, or not a right one."
            )
        );

        public static readonly Refusal OtherOrigin = new(
            StatusCodes.Status403Forbidden,
            new(RpcCode.PermissionDenied, "Only pages of this bridge may do this with a login; programs show a key.")
        );

        public static Refusal Wait(TimeSpan delay) =>
            new(
                StatusCodes.Status429TooManyRequests,
                new(
                    RpcCode.ResourceExhausted,
                    "Too many wrong keys came from this address; wait before showing another.",
                    RetryAfter: delay
                )
            );
    }
}
