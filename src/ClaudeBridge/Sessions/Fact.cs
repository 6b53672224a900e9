using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Sessions.Contexts;
using ClaudeBridge.Sessions.Foreign;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Sessions;

/// <summary>Who wrote a record: its resource and instrumentation scope. Shared by all records of one scope.</summary>
public sealed record Origin(Resource Resource, InstrumentationScope Scope)
{
    private const string EventScope = "com.anthropic.claude_code";
    private const string ClaudeCode = "claude-code";

    internal Attributes ResourceAttributes { get; } = new(Resource.Attributes);

    public bool Equals(Origin? other) => other is not null && Resource.Equals(other.Resource) && Scope.Equals(other.Scope);

    public override int GetHashCode() => HashCode.Combine(Resource, Scope);

    /// <summary>The client's version. Scopes of logs carry the true one; <c>service.version</c> can be set by the user.</summary>
    internal string? ClientVersion =>
        Scope.Name == EventScope + ".events" && Scope.Version.Length > 0 ? Scope.Version : ResourceAttributes.Text(Names.ServiceVersion);

    /// <summary>The <c>service.name</c>.</summary>
    internal string? Service => ResourceAttributes.Text(Names.ServiceName);

    /// <summary>Whose key it came with; empty for none.</summary>
    internal string Tenant => ResourceAttributes.Text(Sender.TenantName) ?? "";

    /// <summary>Nothing says who wrote this.</summary>
    internal bool IsUnnamed => Scope.Name.Length == 0 && !ResourceAttributes.Has(Names.ServiceName);

    /// <summary>The resource or the scope says that this is Claude Code.</summary>
    internal bool IsClaudeCode =>
        Scope.Name.StartsWith(EventScope, StringComparison.Ordinal) || ResourceAttributes.Text(Names.ServiceName) == ClaudeCode;
}

/// <summary>One received log record or span with its identity: the part that an observation is computed from. Or what a caller said of the session.</summary>
/// <remarks>Exactly one of <see cref="Log"/>, <see cref="Span"/> and <see cref="Context"/> is set. Facts are kept for as long as the store keeps the session.</remarks>
public sealed class Fact : IComparable<Fact>, IEquatable<Fact>
{
    private RecordReading? _reading;

    public required RecordId Id { get; init; }

    public required Origin Origin { get; init; }

    public LogRecord? Log { get; init; }

    public Span? Span { get; init; }

    /// <summary>What a caller said of the session. No record: it opens no turn and belongs to none.</summary>
    public ContextEntry? Context { get; init; }

    /// <summary>What the record says, read once.</summary>
    internal RecordReading Reading => _reading ??= new RecordReading(this);

    internal RecordKind Kind => Reading.Kind;

    internal ulong Time => Reading.Time;

    internal Attributes Attributes => Reading.Attributes;

    /// <summary>Time, then the client's own counter, then identity: the one order in which facts are read.</summary>
    public int CompareTo(Fact? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byTime = Reading.Time.CompareTo(other.Reading.Time);
        var bySequence = byTime != 0 ? byTime : Reading.Sequence.CompareTo(other.Reading.Sequence);
        return bySequence != 0 ? bySequence : Id.CompareTo(other.Id);
    }

    public bool Equals(Fact? other) => other is not null && other.Id == Id;

    public override bool Equals(object? obj) => Equals(obj as Fact);

    public override int GetHashCode() => Id.GetHashCode();

    public static bool operator ==(Fact? left, Fact? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Fact? left, Fact? right) => !(left == right);

    public static bool operator <(Fact left, Fact right) => left.CompareTo(right) < 0;

    public static bool operator >(Fact left, Fact right) => left.CompareTo(right) > 0;

    public static bool operator <=(Fact left, Fact right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Fact left, Fact right) => left.CompareTo(right) >= 0;
}

/// <summary>The values of a record that decide where it belongs. All others are read when an observation is computed.</summary>
internal sealed class RecordReading
{
    private readonly bool _isSpan;

    public RecordReading(Fact fact)
    {
        _isSpan = fact.Span is not null;
        var attributes = new Attributes(fact.Log is { } record ? LogShapes.AttributesOf(record) : fact.Span?.Attributes ?? []);
        Attributes = attributes;
        if (fact.Context is { } context)
        {
            (Name, Time, End, Sequence) = ("", context.TakenUnixNano, context.TakenUnixNano, long.MaxValue);
            return;
        }

        if (fact.Log is { } log)
        {
            Name = RecordKinds.WithoutPrefix(LogShapes.NameOf(log, attributes) ?? "");
            Kind = RecordKinds.OfEvent(Name);
            Time = log.TimeUnixNano != 0 ? log.TimeUnixNano : log.ObservedTimeUnixNano;
            End = Time;
            TraceId = ReadTrace(log.TraceId);
            SpanId = ReadSpan(log.SpanId);
        }
        else
        {
            var span = fact.Span!;
            var isForeign = ForeignRecords.IsForeign(fact.Origin, span);
            Name = isForeign ? span.Name : RecordKinds.WithoutPrefix(span.Name);
            Kind =
                !isForeign ? RecordKinds.OfSpan(Name)
                : ForeignRecords.IsShown(span) ? RecordKind.ForeignSpan
                : RecordKind.ForeignLink;
            Time = span.StartTimeUnixNano;
            End = Math.Max(span.EndTimeUnixNano, span.StartTimeUnixNano);
            TraceId = ReadTrace(span.TraceId);
            SpanId = ReadSpan(span.SpanId);
            ParentSpanId = ReadSpan(span.ParentSpanId);
        }

        // A resource can be given another version by its user; spans that name a conversation are of a new client whatever it says.
        IsOfOldClient =
            Kind is not (RecordKind.ForeignSpan or RecordKind.ForeignLink)
            && ClientVersion.SpansStandApart(attributes.Text(Names.AppVersion) ?? fact.Origin.ClientVersion)
            && !attributes.Has(Names.ConversationId);
        Sequence = attributes.Integer(Names.Sequence) ?? long.MaxValue;
        PromptId = attributes.Text(Names.PromptId);
        AgentId = attributes.Text(Names.AgentId);
        ParentAgentId = attributes.Text(Names.ParentAgentId);
        RequestId = attributes.Text(Names.RequestId);
        ToolUseId = attributes.Text(Names.ToolUseId);
        QuerySource = attributes.Text(Names.QuerySource);
    }

    public Attributes Attributes { get; }

    /// <summary>Without the prefix.</summary>
    public string Name { get; }

    public RecordKind Kind { get; }

    /// <summary>Time of the event, start of the span; nanoseconds since 1970.</summary>
    public ulong Time { get; }

    /// <summary>Time of the event, end of the span; never before <see cref="Time"/>.</summary>
    public ulong End { get; }

    /// <summary>Counts per client process; the largest value where the client sends none.</summary>
    public long Sequence { get; }

    public TraceId? TraceId { get; }

    public ulong? SpanId { get; }

    public ulong? ParentSpanId { get; }

    public string? PromptId { get; }

    public string? AgentId { get; }

    public string? ParentAgentId { get; }

    public string? RequestId { get; }

    public string? ToolUseId { get; }

    public string? QuerySource { get; }

    /// <summary>Written by a client whose log records name no trace.</summary>
    public bool IsOfOldClient { get; }

    /// <summary>A span of a client whose log records name no trace.</summary>
    public bool IsSpanApart => IsOfOldClient && _isSpan;

    /// <summary>Not of a subagent: versions that send no <c>agent_id</c> still say so in the query source.</summary>
    public bool IsMainLoop => AgentId is null && !IsAgentSource;

    /// <summary>The query source names a subagent: <c>agent:builtin:…</c> on events, <c>agent.builtin.…</c> on spans.</summary>
    public bool IsAgentSource =>
        QuerySource is { } source && source.StartsWith("agent", StringComparison.Ordinal) && source.Length > 5 && source[5] is ':' or '.';

    private static TraceId? ReadTrace(Google.Protobuf.ByteString bytes) =>
        bytes.Length == 16 && Sessions.TraceId.FromBytes(bytes.Span) is var id && id.Value != UInt128.Zero ? id : null;

    private static ulong? ReadSpan(Google.Protobuf.ByteString bytes) =>
        bytes.Length == 8 && ObservationId.FromBytes(bytes.Span).Value is var id and not 0 ? id : null;
}
