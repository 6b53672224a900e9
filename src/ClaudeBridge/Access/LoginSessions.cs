using System.Globalization;
using Microsoft.Extensions.Options;

namespace ClaudeBridge.Access;

/// <summary>How a login ended.</summary>
internal enum SignInOutcome
{
    SignedIn,
    WrongKey,

    /// <summary>Too many wrong keys came from this address; see <see cref="SignIn.RetryAfter"/>.</summary>
    MustWait,
}

/// <param name="RetryAfter">When to try again; zero unless one must wait.</param>
internal readonly record struct SignIn(SignInOutcome Outcome, TimeSpan RetryAfter = default);

/// <summary>People's logins: a key once, then a cookie that holds no key. A login ends by its time, by logging out, or when its key is no longer configured.</summary>
internal sealed class LoginSessions(
    KeyRing keys,
    WrongKeys wrongKeys,
    LoginSecret secret,
    IOptions<AccessOptions> options,
    TimeProvider clock
)
{
    /// <summary>Logins that were ended by hand and would still be good. Forgotten at the end of the program; beyond this the oldest is good again until it expires.</summary>
    private const int MaxSignedOut = 10_000;

    // How far a clock may be set back, as clocks are put right now and then, without ending logins.
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Queue<string> _signedOutOrder = new();
    private readonly HashSet<string> _signedOut = new(StringComparer.Ordinal);

    /// <summary>Whether one has to log in at all: not where no key is configured.</summary>
    public bool AreNeeded => !keys.IsEmpty;

    /// <summary>Gives the cookie to whoever shows a right key; wrong keys are counted as at every door.</summary>
    public SignIn TrySignIn(HttpContext context, string? key)
    {
        var shown = key?.Trim() ?? "";
        var holder = keys.Find(shown);
        if (wrongKeys.Judge(context.Connection.RemoteIpAddress, holder, shown) is { } wait)
        {
            return new(SignInOutcome.MustWait, wait);
        }

        if (holder is null)
        {
            return new(SignInOutcome.WrongKey);
        }

        var lifetime = options.Value.LoginFor;
        var token = LoginToken.Make(secret.Value, holder.Hash, clock.GetUtcNow() + lifetime);
        context.Response.Cookies.Append(CookieOf(context), token, Attributes(context, lifetime));
        return new(SignInOutcome.SignedIn);
    }

    /// <summary>Takes the cookie back, and its token with it.</summary>
    public void SignOut(HttpContext context)
    {
        if (TryRead(context, out var token))
        {
            lock (_lock)
            {
                if (_signedOut.Add(token.Salt))
                {
                    _signedOutOrder.Enqueue(token.Salt);
                }

                if (_signedOut.Count > MaxSignedOut)
                {
                    _signedOut.Remove(_signedOutOrder.Dequeue());
                }
            }
        }

        context.Response.Cookies.Delete(CookieOf(context), Attributes(context, null));
    }

    /// <summary>Whose login came with the request; null for none that is good.</summary>
    public Caller? Read(HttpContext context)
    {
        // One that is good for longer than any is made for is of a clock that was set back since.
        if (
            !TryRead(context, out var token)
            || token.Expires - clock.GetUtcNow() is var left && (left <= TimeSpan.Zero || left > options.Value.LoginFor + Slack)
        )
        {
            return null;
        }

        lock (_lock)
        {
            if (_signedOut.Contains(token.Salt))
            {
                return null;
            }
        }

        return keys.Find(holder => token.IsOf(secret.Value, holder.Hash))?.Caller;
    }

    private bool TryRead(HttpContext context, out LoginToken token)
    {
        token = default;
        return context.Request.Cookies.TryGetValue(CookieOf(context), out var text) && LoginToken.TryRead(secret.Value, text, out token);
    }

    /// <summary>Browsers keep cookies by host and not by port: two bridges on one host need two names.</summary>
    private static string CookieOf(HttpContext context) =>
        "claudebridge-" + context.Connection.LocalPort.ToString(CultureInfo.InvariantCulture);

    private static CookieOptions Attributes(HttpContext context, TimeSpan? maxAge) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            // A proxy that ends TLS says so; whoever claims it falsely loses his own cookie only.
            Secure =
                context.Request.IsHttps
                || string.Equals(context.Request.Headers["X-Forwarded-Proto"].ToString(), "https", StringComparison.OrdinalIgnoreCase),
            Path = "/",
            MaxAge = maxAge,
            IsEssential = true,
        };
}
