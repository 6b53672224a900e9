using System.Buffers;
using ClaudeBridge.ClaudeCode;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace ClaudeBridge.Privacy;

/// <summary>
/// The one stage that contents pass between decoding and everything that keeps or sends them: secrets are masked, and each class of contents
/// gets its rule. Applied to what it gave back, it changes nothing.
/// </summary>
/// <remarks>Nothing that is given is changed; what has to change is copied, all else is handed back as it is. Safe for many callers.</remarks>
public sealed class ContentPolicy
{
    private static readonly SearchValues<char> NoName = SearchValues.Create(" \r\n\t{\"");

    private readonly TextPolicy _texts;
    private readonly ValuePolicy _values;

    internal ContentPolicy(PrivacyOptions options)
    {
        _texts = new TextPolicy(options);
        _values = new ValuePolicy(_texts);
    }

    /// <summary>Every option at its default.</summary>
    public static ContentPolicy Default { get; } = new(new PrivacyOptions());

    public LogRecord Apply(LogRecord log)
    {
        if (
            _values.IsUntouched(log.Attributes)
            && (log.Body is null || _values.IsUntouched(log.Body))
            && _texts.IsUntouched(log.EventName)
            && _texts.IsUntouched(log.SeverityText)
        )
        {
            return log;
        }

        return ApplySlowly(log);
    }

    private LogRecord ApplySlowly(LogRecord log)
    {
        var kind = _texts.KeepsAll ? RecordKind.UnknownEvent : KindOf(log);
        List<KeyValue>? lengths = null;
        var attributes = _values.Apply(
            log.Attributes,
            kind,
            ContentClass.None,
            (name, length) => Note(ref lengths, log.Attributes, name, length)
        );
        var body = log.Body is null ? null : ApplyToBody(log.Body, kind);
        var eventName = Plain(log.EventName);
        var severity = Plain(log.SeverityText);
        if (
            ReferenceEquals(attributes, log.Attributes)
            && ReferenceEquals(body, log.Body)
            && ReferenceEquals(eventName, log.EventName)
            && ReferenceEquals(severity, log.SeverityText)
        )
        {
            return log;
        }

        var copy = log.Clone();
        copy.Body = body;
        copy.EventName = eventName;
        copy.SeverityText = severity;
        Replace(copy.Attributes, attributes, lengths);
        return copy;
    }

    public Span Apply(Span span)
    {
        if (
            span.Links.Count == 0
            && _values.IsUntouched(span.Attributes)
            && IsUntouched(span.Events)
            && _texts.IsUntouched(span.Name)
            && _texts.IsUntouched(span.TraceState)
            && (span.Status is null || _texts.IsUntouched(span.Status.Message))
        )
        {
            return span;
        }

        return ApplySlowly(span);
    }

    private Span ApplySlowly(Span span)
    {
        var kind = _texts.KeepsAll ? RecordKind.UnknownSpan : RecordKinds.OfSpan(span.Name);
        List<KeyValue>? lengths = null;
        Action<string, int> onShortened = (name, length) => Note(ref lengths, span.Attributes, name, length);
        var attributes = _values.Apply(span.Attributes, kind, ContentClass.None, onShortened);
        var name = Plain(span.Name);
        var state = Plain(span.TraceState);
        var message = span.Status is null
            ? ""
            : _texts.Apply(span.Status.Message, _texts.KeepsAll ? ContentClass.None : ContentNames.ClassOfError(kind));
        List<Action<Span>>? changes = null;
        for (var i = 0; i < span.Events.Count; i++)
        {
            var (place, item) = (i, span.Events[i]);
            var eventName = Plain(item.Name);
            var values = _values.Apply(item.Attributes, kind, ClassOfEvent(item.Name), onShortened);
            if (!ReferenceEquals(eventName, item.Name) || !ReferenceEquals(values, item.Attributes))
            {
                (changes ??= []).Add(copy =>
                {
                    copy.Events[place].Name = eventName;
                    Replace(copy.Events[place].Attributes, values, null);
                });
            }
        }

        for (var i = 0; i < span.Links.Count; i++)
        {
            var (place, link) = (i, span.Links[i]);
            var values = _values.Apply(link.Attributes, kind);
            var linkState = Plain(link.TraceState);
            if (!ReferenceEquals(values, link.Attributes) || !ReferenceEquals(linkState, link.TraceState))
            {
                (changes ??= []).Add(copy =>
                {
                    copy.Links[place].TraceState = linkState;
                    Replace(copy.Links[place].Attributes, values, null);
                });
            }
        }

        if (
            changes is null
            && ReferenceEquals(attributes, span.Attributes)
            && ReferenceEquals(name, span.Name)
            && ReferenceEquals(state, span.TraceState)
            && (span.Status is null || ReferenceEquals(message, span.Status.Message))
        )
        {
            return span;
        }

        var changed = span.Clone();
        changed.Name = name;
        changed.TraceState = state;
        if (changed.Status is not null)
        {
            changed.Status.Message = message;
        }

        changes?.ForEach(change => change(changed));
        Replace(changed.Attributes, attributes, lengths);
        return changed;
    }

    public Resource Apply(Resource resource)
    {
        var attributes = Apply(resource.Attributes);
        if (ReferenceEquals(attributes, resource.Attributes))
        {
            return resource;
        }

        var copy = resource.Clone();
        Replace(copy.Attributes, attributes, null);
        return copy;
    }

    public InstrumentationScope Apply(InstrumentationScope scope)
    {
        var attributes = Apply(scope.Attributes);
        var name = Plain(scope.Name);
        var version = Plain(scope.Version);
        if (ReferenceEquals(attributes, scope.Attributes) && ReferenceEquals(name, scope.Name) && ReferenceEquals(version, scope.Version))
        {
            return scope;
        }

        var copy = scope.Clone();
        copy.Name = name;
        copy.Version = version;
        Replace(copy.Attributes, attributes, null);
        return copy;
    }

    /// <summary>Attributes of a metric point, a resource, or whatever else has no contents of its own.</summary>
    /// <returns>The same instance when nothing changed.</returns>
    public RepeatedField<KeyValue> Apply(RepeatedField<KeyValue> attributes) => _values.Apply(attributes, RecordKind.UnknownEvent);

    /// <summary>A text of no class: secrets and length.</summary>
    internal string Plain(string text) => text.Length == 0 ? text : _texts.Apply(text, ContentClass.None);

    private bool IsUntouched(RepeatedField<Span.Types.Event> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (!_texts.IsUntouched(events[i].Name) || !_values.IsUntouched(events[i].Attributes))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A body that is one word names the event; any other is contents.</summary>
    private AnyValue ApplyToBody(AnyValue body, RecordKind kind)
    {
        var isName =
            body.ValueCase == AnyValue.ValueOneofCase.StringValue
            && (
                body.StringValue.StartsWith(RecordKinds.Prefix, StringComparison.Ordinal)
                || body.StringValue.Length <= 128 && !body.StringValue.AsSpan().ContainsAny(NoName)
            );
        return _values.Apply(body, isName ? ContentClass.None : ContentClass.Conversation, kind);
    }

    private static ContentClass ClassOfEvent(string name) =>
        name == ContentNames.ToolOutputEvent ? ContentClass.ToolResult
        : name.EndsWith(".message", StringComparison.Ordinal) || name.StartsWith("gen_ai.", StringComparison.Ordinal)
            ? ContentClass.Conversation
        : ContentClass.None;

    private static RecordKind KindOf(LogRecord log)
    {
        var name = log.Attributes.FirstOrDefault(static pair => pair.Key == "event.name")?.Value;
        return RecordKinds.OfEvent(
            name is { ValueCase: AnyValue.ValueOneofCase.StringValue } ? name.StringValue
            : log.EventName.Length > 0 ? log.EventName
            : log.Body is { ValueCase: AnyValue.ValueOneofCase.StringValue } body ? body.StringValue
            : ""
        );
    }

    /// <summary>Keeps the length of what was shortened beside it; what was shortened before has its length already.</summary>
    private static void Note(ref List<KeyValue>? lengths, RepeatedField<KeyValue> attributes, string name, int length)
    {
        var key = Names.OriginalLengthPrefix + name;
        if (!attributes.Any(pair => pair.Key == key) && lengths?.Exists(pair => pair.Key == key) != true)
        {
            (lengths ??= []).Add(
                new KeyValue
                {
                    Key = key,
                    Value = new AnyValue { IntValue = length },
                }
            );
        }
    }

    private static void Replace(RepeatedField<KeyValue> target, RepeatedField<KeyValue> values, List<KeyValue>? more)
    {
        var kept = values.ToList();
        target.Clear();
        target.AddRange(kept);
        target.AddRange(more ?? []);
    }
}
