using System.Net;
using System.Security.Cryptography;
using System.Text;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Otlp.Rpc;
using ClaudeBridge.Receivers;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Hosting;

/// <summary>Asks everyone at every port who they are, before anything is read or shown.</summary>
/// <remarks>
/// On loopback a web page in the user's browser is the stranger: it may send requests to localhost, and by DNS rebinding under a name
/// of its own. Hence the Host must be a name of this machine, and an Origin that of the addressed host itself. There is no CORS.
/// </remarks>
internal sealed class AccessGate
{
    private static readonly string[] LoopbackNames = ["localhost", "host.docker.internal"];

    private readonly RequestDelegate _next;
    private readonly DoorReplies _replies;
    private readonly bool _isLoopback;
    private readonly HashSet<string> _allowedHosts;
    private readonly byte[][] _keyHashes;

    public AccessGate(RequestDelegate next, DoorReplies replies, IOptions<ReceiverOptions> options)
    {
        _next = next;
        _replies = replies;
        _isLoopback = ListenAddress.TryParse(options.Value.Host, out var address) && address.IsLoopback;
        _allowedHosts = new(options.Value.AllowedHosts.Select(Name), StringComparer.OrdinalIgnoreCase);
        if (_isLoopback)
        {
            _allowedHosts.UnionWith(LoopbackNames);
        }

        _keyHashes = [.. AccessKeys.Of(options.Value).Select(Hash)];
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

        if (_isLoopback && IsForeignOrigin(context.Request))
        {
            return _replies.RefuseAsync(
                context,
                door,
                StatusCodes.Status403Forbidden,
                new(RpcCode.PermissionDenied, "Web pages of other origins may not speak to this bridge.")
            );
        }

        var holdsKey = _keyHashes.Length == 0 || HoldsKey(context.Request.Headers);
        if (holdsKey || isProbe)
        {
            Probes.AllowDetails(context, holdsKey);
            return _next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return _replies.RefuseAsync(
            context,
            door,
            StatusCodes.Status401Unauthorized,
            new(
                RpcCode.Unauthenticated,
                "A key is needed, as 'Authorization: Bearer KEY' or 'x-api-key: KEY'; there was none, or not a right one."
            )
        );
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

    private static bool IsForeignOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        return origin.Count > 0
            && !(
                Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var page)
                && page.Scheme == Uri.UriSchemeHttp
                && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
            );
    }

    /// <summary>Compares hashes, so that neither length nor content of a key shows in the time it takes; every key is compared.</summary>
    private bool HoldsKey(IHeaderDictionary headers)
    {
        const string bearer = "Bearer ";
        var authorization = headers.Authorization.ToString();
        var shown = authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)
            ? Matches(authorization[bearer.Length..].Trim())
            : 0;
        if (headers.TryGetValue("x-api-key", out var key))
        {
            shown |= Matches(key.ToString().Trim());
        }

        return shown != 0;
    }

    private int Matches(string shown)
    {
        var hash = Hash(shown);
        var matches = 0;
        foreach (var known in _keyHashes)
        {
            matches |= CryptographicOperations.FixedTimeEquals(hash, known) ? 1 : 0;
        }

        return matches;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>A name without the brackets of an IPv6 address and without the dot that ends a full name.</summary>
    private static string Name(string host) => host.Trim().TrimStart('[').TrimEnd(']', '.');
}
