using ClaudeBridge.ClaudeCode;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions;

/// <summary>What the bridge itself knows of who sent a request, apart from what the request says of itself.</summary>
/// <remarks>
/// It becomes attributes of every resource, so that identity, attribution and whatever is kept see it. What came under these names is taken away first,
/// always: nobody can say them of himself.
/// </remarks>
/// <param name="Tenant">Whose key came with it; empty for none.</param>
/// <param name="User">Whom the address or a header named; null for none.</param>
public sealed record Sender(string Tenant, string? User = null)
{
    public const string TenantAttribute = "claudebridge.tenant";
    public const string UserAttribute = "claudebridge.user";

    private static readonly int[] Lengths = [TenantAttribute.Length, UserAttribute.Length];

    internal static readonly AttributeName TenantName = Names.Of(TenantAttribute);

    /// <summary>Nothing is known but what the request says of itself.</summary>
    public static Sender Unknown { get; } = new("");

    /// <summary>The same object when there is nothing to add or to take away.</summary>
    internal Resource Stamp(Resource resource)
    {
        if (this == Unknown && !IsClaimed(resource.Attributes))
        {
            return resource;
        }

        var stamped = resource.Clone();
        TakeAway(stamped.Attributes);
        Add(stamped, TenantAttribute, Tenant);
        Add(stamped, UserAttribute, User);
        return stamped;
    }

    /// <summary>After the content policy, which may have found a secret in the tenant's name: keys of sessions hold it as it is, and the two must agree.</summary>
    internal Resource WithTenant(Resource kept)
    {
        if (Tenant.Length == 0 || kept.Attributes.Any(pair => pair.Key == TenantAttribute && pair.Value?.StringValue == Tenant))
        {
            return kept;
        }

        var stamped = kept.Clone();
        for (var i = stamped.Attributes.Count - 1; i >= 0; i--)
        {
            if (stamped.Attributes[i].Key == TenantAttribute)
            {
                stamped.Attributes.RemoveAt(i);
            }
        }

        Add(stamped, TenantAttribute, Tenant);
        return stamped;
    }

    internal static InstrumentationScope WithoutClaims(InstrumentationScope scope)
    {
        if (!IsClaimed(scope.Attributes))
        {
            return scope;
        }

        var clean = scope.Clone();
        TakeAway(clean.Attributes);
        return clean;
    }

    internal static LogRecord WithoutClaims(LogRecord log)
    {
        if (!IsClaimed(LogShapes.AttributesOf(log)))
        {
            return log;
        }

        var clean = log.Clone();
        TakeAway(clean.Attributes);
        if (clean.Body?.KvlistValue is { } body)
        {
            TakeAway(body.Values);
            foreach (var pair in body.Values)
            {
                if (pair.Value?.KvlistValue is { } inner)
                {
                    TakeAway(inner.Values);
                }
            }
        }

        return clean;
    }

    internal static Span WithoutClaims(Span span)
    {
        if (!IsClaimed(span.Attributes))
        {
            return span;
        }

        var clean = span.Clone();
        TakeAway(clean.Attributes);
        return clean;
    }

    internal static RepeatedField<KeyValue> WithoutClaims(RepeatedField<KeyValue> attributes)
    {
        if (!IsClaimed(attributes))
        {
            return attributes;
        }

        var clean = attributes.Clone();
        TakeAway(clean);
        return clean;
    }

    private static void Add(Resource resource, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            resource.Attributes.Add(
                new KeyValue
                {
                    Key = name,
                    Value = new AnyValue { StringValue = value },
                }
            );
        }
    }

    private static void TakeAway(RepeatedField<KeyValue> attributes)
    {
        for (var i = attributes.Count - 1; i >= 0; i--)
        {
            if (IsOurs(attributes[i].Key))
            {
                attributes.RemoveAt(i);
            }
        }
    }

    private static bool IsClaimed(RepeatedField<KeyValue> attributes)
    {
        foreach (var pair in attributes)
        {
            if (IsOurs(pair.Key))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Asked of every attribute that comes: by length first.</summary>
    private static bool IsOurs(string name) =>
        (name.Length == Lengths[0] || name.Length == Lengths[1])
        && (string.Equals(name, UserAttribute, StringComparison.Ordinal) || string.Equals(name, TenantAttribute, StringComparison.Ordinal));
}
