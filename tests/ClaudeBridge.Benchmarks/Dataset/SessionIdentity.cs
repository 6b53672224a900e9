using System.Globalization;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Benchmarks.Dataset;

/// <summary>Who a session belongs to, as the attributes that every record of it carries.</summary>
internal sealed class SessionIdentity
{
    public SessionIdentity(Person person, string sessionId, string? repository)
    {
        (Person, SessionId) = (person, sessionId);
        Resource = new Resource();
        Resource.Attributes.Add(
            Otel.All(
                ("host.arch", "amd64"),
                ("os.type", "linux"),
                ("os.version", "6.12.48-1-amd64"),
                ("service.name", "claude-code"),
                ("service.version", person.Version),
                ("member", person.Name.Length > 0 ? person.Name : null),
                ("team.id", person.Team?.Name),
                ("department", person.Team?.Department),
                ("cost_center", person.Team?.CostCenter)
            )
        );
        Common =
        [
            .. Otel.All(
                ("user.id", person.Hash),
                ("session.id", sessionId),
                ("user.email", person.Name.Length > 0 ? $"{person.Name}@example.com" : null),
                ("anthropic.provider", "firstParty"),
                ("terminal.type", person.Terminal),
                ("vcs.repository.name", repository)
            ),
        ];
    }

    public Person Person { get; }

    public string SessionId { get; }

    public Resource Resource { get; }

    /// <summary>Of every record and every metric point.</summary>
    public IReadOnlyList<KeyValue> Common { get; }

    public static string Timestamp(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
