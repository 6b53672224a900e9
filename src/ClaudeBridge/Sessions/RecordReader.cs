using System.Collections.Frozen;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Otlp;
using ClaudeBridge.Privacy;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions;

/// <param name="Sessions">Facts by session key, in the order of the export.</param>
/// <param name="MetricPoints">Metric points in the export.</param>
/// <param name="Foreign">Log records and spans that are not Claude Code's.</param>
/// <param name="UnreadableValues">Numbers of a known name that could not be read as such, by attribute name.</param>
public sealed record ReadExport(
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Sessions,
    int MetricPoints,
    int Foreign,
    IReadOnlyDictionary<string, int> UnreadableValues
);

/// <summary>Splits an export into facts by session, and counts what is no fact: metrics, and telemetry of other programs.</summary>
public static class RecordReader
{
    private static readonly FrozenSet<string> NumberNames = Names
        .Numbers.SelectMany(static name => name.Names)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <param name="receivedAt">Stands in as observed time for a log record that has no time at all.</param>
    /// <param name="policy">What of the contents goes into facts; identities do not depend on it. Default: <see cref="ContentPolicy.Default"/>.</param>
    public static ReadExport Read(DecodedExport export, DateTimeOffset receivedAt, ContentPolicy? policy = null)
    {
        var reader = new Reader(receivedAt, policy ?? ContentPolicy.Default);
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

        return new ReadExport(reader.Sessions, export.Metrics is null ? 0 : export.Accepted, reader.Foreign, reader.Unreadable);
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

    private sealed class Reader(DateTimeOffset receivedAt, ContentPolicy policy)
    {
        private readonly RecordIdentity _identity = new();
        private readonly Dictionary<string, List<Fact>> _bySession = new(StringComparer.Ordinal);
        private readonly List<KeyValuePair<string, IReadOnlyList<Fact>>> _sessions = [];
        private readonly Dictionary<string, int> _unreadable = new(StringComparer.Ordinal);

        public IReadOnlyList<KeyValuePair<string, IReadOnlyList<Fact>>> Sessions => _sessions;

        public IReadOnlyDictionary<string, int> Unreadable => _unreadable;

        public int Foreign { get; private set; }

        public Origin Enter(OpenTelemetry.Proto.Resource.V1.Resource? resource, InstrumentationScope? scope)
        {
            var origin = new Origin(resource ?? new(), scope ?? new());
            _identity.Enter(origin);
            var (keptResource, keptScope) = (policy.Apply(origin.Resource), policy.Apply(origin.Scope));
            return ReferenceEquals(keptResource, origin.Resource) && ReferenceEquals(keptScope, origin.Scope)
                ? origin
                : new Origin(keptResource, keptScope);
        }

        public void Add(Origin origin, LogRecord log)
        {
            if (!origin.IsClaudeCode && !SaysClaudeCode(log))
            {
                Foreign++;
                return;
            }

            var id = _identity.Of(log);
            log = policy.Apply(log);
            if (log.TimeUnixNano == 0 && log.ObservedTimeUnixNano == 0)
            {
                log = log.Clone();
                log.ObservedTimeUnixNano = Clock.ToUnixNano(receivedAt);
            }

            Count(log.Attributes);
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
            if (!origin.IsClaudeCode && !span.Name.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal))
            {
                Foreign++;
                return;
            }

            var id = _identity.Of(span);
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

        private static bool SaysClaudeCode(LogRecord log) =>
            log.EventName.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal)
            || (
                log.Body is { ValueCase: AnyValue.ValueOneofCase.StringValue } body
                && body.StringValue.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal)
            )
            || new Attributes(log.Attributes).Text(Names.EventName)?.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal) == true;

        private void Add(Fact fact)
        {
            var key = SessionKeyOf(fact);
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
                    && Values.Number(value) is null
                )
                {
                    _unreadable[pair.Key] = _unreadable.GetValueOrDefault(pair.Key) + 1;
                }
            }
        }
    }
}
