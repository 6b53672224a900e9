namespace ClaudeBridge.Access;

/// <summary>Who asks or sends, as far as the key that came with the request tells.</summary>
/// <param name="Tenant">The tenant that the key names; null for whoever holds a key of the whole bridge, or needs none.</param>
public sealed record Caller(string? Tenant)
{
    /// <summary>Sees the data of every tenant; what it sends belongs to none.</summary>
    public static Caller Operator { get; } = new((string?)null);

    /// <summary>The tenant that what it sends belongs to; empty for none.</summary>
    public string SendsFor => Tenant ?? "";
}

/// <summary>Carries the caller with its request.</summary>
public static class CallerFeature
{
    private static readonly object Key = new();

    /// <summary>Set by the access gate before anything else runs.</summary>
    /// <exception cref="InvalidOperationException">Nobody asked who it is: a mistake in the order of the parts, not of the caller.</exception>
    public static Caller Caller(this HttpContext context) =>
        context.CallerIfKnown() ?? throw new InvalidOperationException("The request did not come through the access gate.");

    /// <summary>Null on the few paths that are open to everyone, such as the login page.</summary>
    public static Caller? CallerIfKnown(this HttpContext context) => context.Items[Key] as Caller;

    public static void SetCaller(this HttpContext context, Caller caller) => context.Items[Key] = caller;
}
