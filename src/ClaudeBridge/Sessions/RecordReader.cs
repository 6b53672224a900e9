using System.Collections.Frozen;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Otlp;
using ClaudeBridge.Privacy;
using ClaudeBridge.Sessions.Foreign;
using ClaudeBridge.Sessions.Metrics;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions;

/// <param name="Sessions">Facts by session key, in the order of the export.</param>
/// <param name="MetricPoints">Metric points in the export.</param>
/// <param name="Foreign">Log records, spans and metric points that are not Claude Code's.</param>
/// <param name="UnreadableValues">Numbers of a known name that could not be read as such, by attribute name.</param>
public sealed record ReadExport(
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Sessions,
    int MetricPoints,
    int Foreign,
    IReadOnlyDictionary<string, int> UnreadableValues
)
{
    /// <summary>Metric points by session key, in the order of the export.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<MetricPoint>>> Points { get; init; } = [];

    /// <summary>Metric points that say nothing that could be added.</summary>
    public int PointsLeftOut { get; init; }
}

/// <summary>Splits an export into facts and metric points by session, and counts what is neither: telemetry of other programs.</summary>
public static class RecordReader
{
    private static readonly FrozenSet<string> NumberNames = Names
        .Numbers.Concat(GenAiNames.Numbers)
        .SelectMany(static name => name.Names)
        .ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> WholeNumberNames = Names
        .WholeNumbers.Concat(GenAiNames.Numbers.Where(static name => name != GenAiNames.Cost))
        .SelectMany(static name => name.Names)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <param name="receivedAt">Stands in as observed time for a log record that has no time at all, not even among its attributes.</param>
    /// <param name="policy">What of the contents goes into facts; identities do not depend on it. Default: <see cref="ContentPolicy.Default"/>.</param>
    /// <param name="sender">What the bridge knows of who sent it. Default: <see cref="Sender.Unknown"/>.</param>
    public static ReadExport Read(DecodedExport export, DateTimeOffset receivedAt, ContentPolicy? policy = null, Sender? sender = null) =>
        Read(export, receivedAt, policy ?? ContentPolicy.Default, sender ?? Sender.Unknown, new RecordIdentity());

    /// <param name="identity">One for all parts of a request that is read in parts.</param>
    internal static ReadExport Read(
        DecodedExport export,
        DateTimeOffset receivedAt,
        ContentPolicy policy,
        Sender sender,
        RecordIdentity identity
    )
    {
        var reader = new Reader(receivedAt, policy, sender, identity);
        foreach (var group in export.Logs?.ResourceLogs ?? [])
        {
            foreach (var scope in group.ScopeLogs)
            {
                var origin = reader.Enter(group.Resource, scope.Scope);
                foreach (var log in scope.LogRecords)
                {
                    reader.Add(origin, log);
                }
            }
        }

        foreach (var group in export.Traces?.ResourceSpans ?? [])
        {
            foreach (var scope in group.ScopeSpans)
            {
                var origin = reader.Enter(group.Resource, scope.Scope);
                foreach (var span in scope.Spans)
                {
                    reader.Add(origin, span);
                }
            }
        }

        return export.Metrics is { } metrics
            ? ReadPoints(metrics, export.Accepted, policy, sender)
            : new ReadExport(reader.Sessions, MetricPoints: 0, reader.Foreign, reader.Unreadable);
    }

    private static ReadExport ReadPoints(ExportMetricsServiceRequest metrics, int count, ContentPolicy policy, Sender sender)
    {
        var points = PointReader.Read(metrics, policy, sender);
        return new ReadExport([], count, points.Foreign, new Dictionary<string, int>())
        {
            Points = points.Sessions,
            PointsLeftOut = points.LeftOut,
        };
    }

    /// <summary>
    /// The session's own id; else what ties the record to others of its kind: trace, prompt, or nothing. Records without a session id are
    /// grouped by these and shown under the session that the trace names, or under <c>(none)</c>. Old clients' spans share no id with their log
    /// records: there the client itself is what ties them together.
    /// </summary>
    private static string SessionKeyOf(Fact fact)
    {
        var id = fact.Attributes.Text(Names.SessionId) ?? fact.Origin.ResourceAttributes.Text(Names.SessionId);
        var reading = fact.Reading;
        return id is not null ? SessionKey.OfSession(id)
            : reading.IsOfOldClient && fact.Attributes.Text(Names.UserId) is { } user ? SessionKey.OfUser(user)
            : reading.TraceId is { } trace ? SessionKey.OfTrace(trace)
            : reading.PromptId is { } prompt ? SessionKey.OfPrompt(prompt)
            : SessionKey.OfRecord(fact.Id);
    }

    private sealed class Reader(DateTimeOffset receivedAt, ContentPolicy policy, Sender sender, RecordIdentity identity)
    {
        private readonly Dictionary<string, List<Fact>> _bySession = new(StringComparer.Ordinal);
        private readonly List<KeyValuePair<string, IReadOnlyList<Fact>>> _sessions = [];
        private readonly Dictionary<string, int> _unreadable = new(StringComparer.Ordinal);
        private (Origin? Of, Origin? Link) _linkOrigin;

        public IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Sessions => _sessions;

        public IReadOnlyDictionary<string, int> Unreadable => _unreadable;

        public int Foreign { get; private set; }

        public Origin Enter(OpenTelemetry.Proto.Resource.V1.Resource? resource, InstrumentationScope? scope)
        {
            var origin = new Origin(sender.Stamp(resource ?? new()), Sender.WithoutClaims(scope ?? new()));
            identity.Enter(origin);
            var (keptResource, keptScope) = (sender.WithTenant(policy.Apply(origin.Resource)), policy.Apply(origin.Scope));
            return ReferenceEquals(keptResource, origin.Resource) && ReferenceEquals(keptScope, origin.Scope)
                ? origin
                : new Origin(keptResource, keptScope);
        }

        public void Add(Origin origin, LogRecord log)
        {
            log = Sender.WithoutClaims(log);
            var list = LogShapes.AttributesOf(log);
            if (!origin.IsClaudeCode && !IsClaudeCode(origin, log, new Attributes(list)))
            {
                Foreign++;
                return;
            }

            var id = identity.Of(log);
            log = policy.Apply(log);
            if (log.TimeUnixNano == 0 && log.ObservedTimeUnixNano == 0)
            {
                log = log.Clone();
                log.ObservedTimeUnixNano = LogShapes.TimestampOf(new Attributes(list)) ?? Clock.ToUnixNano(receivedAt);
            }

            Count(list);
            Add(
                new Fact
                {
                    Id = id,
                    Origin = origin,
                    Log = log,
                }
            );
        }

        public void Add(Origin origin, Span span)
        {
            span = Sender.WithoutClaims(span);
            if (ForeignRecords.IsForeign(origin, span))
            {
                AddForeign(origin, span);
                return;
            }

            var id = identity.Of(span);
            span = policy.Apply(span);
            Count(span.Attributes);
            Add(
                new Fact
                {
                    Id = id,
                    Origin = origin,
                    Span = span,
                }
            );
        }

        private void AddForeign(Origin origin, Span span)
        {
            Foreign++;
            var isShown = ForeignRecords.IsShown(span);
            if (isShown)
            {
                Count(span.Attributes);
            }

            var fact = new Fact
            {
                Id = identity.Of(span),
                Origin = isShown ? origin : LinkOrigin(origin),
                Span = policy.Apply(isShown ? span : ForeignRecords.LinkOf(span)),
            };
            if (fact.Reading is { TraceId: { } trace, SpanId: not null })
            {
                Add(SessionKey.OfForeign(trace), fact);
            }
        }

        private Origin LinkOrigin(Origin origin)
        {
            if (!ReferenceEquals(_linkOrigin.Of, origin))
            {
                _linkOrigin = (origin, ForeignRecords.LinkOriginOf(origin));
            }

            return _linkOrigin.Link!;
        }

        /// <summary>The event's name has the prefix; or nothing says whose record it is, and it is an event of Claude Code by its name and session.</summary>
        private static bool IsClaudeCode(Origin origin, LogRecord log, Attributes attributes)
        {
            var name = LogShapes.NameOf(log, attributes) ?? "";
            return name.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal)
                || log.EventName.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal)
                || (
                    log.Body is { ValueCase: AnyValue.ValueOneofCase.StringValue } body
                    && body.StringValue.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal)
                )
                || (
                    origin.IsUnnamed
                    && RecordKinds.OfEvent(name) != RecordKind.UnknownEvent
                    && (attributes.Has(Names.SessionId) || attributes.Has(Names.PromptId))
                );
        }

        private void Add(Fact fact) => Add(SessionKeyOf(fact), fact);

        private void Add(string key, Fact fact)
        {
            key = SessionKey.Within(sender.Tenant, key);
            if (!_bySession.TryGetValue(key, out var facts))
            {
                _bySession[key] = facts = [];
                _sessions.Add(new(key, facts));
            }

            facts.Add(fact);
        }

        private void Count(RepeatedField<KeyValue> attributes)
        {
            foreach (var pair in attributes)
            {
                if (
                    pair.Value is { ValueCase: not (AnyValue.ValueOneofCase.IntValue or AnyValue.ValueOneofCase.None) } value
                    && NumberNames.Contains(pair.Key)
                    && (WholeNumberNames.Contains(pair.Key) ? Values.Integer(value) : Values.Number(value)) is null
                )
                {
                    _unreadable[pair.Key] = _unreadable.GetValueOrDefault(pair.Key) + 1;
                }
            }
        }
    }
}
