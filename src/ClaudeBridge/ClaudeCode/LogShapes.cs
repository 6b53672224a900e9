using System.Globalization;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;

namespace ClaudeBridge.ClaudeCode;

/// <summary>The shapes in which a log event names itself and carries its values: attributes, event name, body as text, body as a map.</summary>
public static class LogShapes
{
    /// <summary>The name of an event in a body that is a map.</summary>
    private static readonly string[] NamesInBody = ["event.name", "event", "eventName", "name"];

    /// <summary>The event's name as it came, with or without prefix; null when the record has none.</summary>
    public static string? NameOf(LogRecord log, Attributes attributes) =>
        attributes.Text(Names.EventName)
        ?? (
            log.EventName.Length > 0
                ? log.EventName
                : log.Body?.ValueCase switch
                {
                    AnyValue.ValueOneofCase.StringValue => log.Body.StringValue.Trim(),
                    AnyValue.ValueOneofCase.KvlistValue => NameIn(log.Body.KvlistValue),
                    _ => null,
                }
        );

    /// <summary>The record's attributes, followed by those in a body that is a map.</summary>
    public static RepeatedField<KeyValue> AttributesOf(LogRecord log)
    {
        if (log.Body is not { ValueCase: AnyValue.ValueOneofCase.KvlistValue } body)
        {
            return log.Attributes;
        }

        RepeatedField<KeyValue> all = [.. log.Attributes, .. body.KvlistValue.Values];
        foreach (var pair in body.KvlistValue.Values)
        {
            if (pair is { Key: "attributes", Value.ValueCase: AnyValue.ValueOneofCase.KvlistValue })
            {
                all.AddRange(pair.Value.KvlistValue.Values);
            }
        }

        return all;
    }

    /// <summary>Where the event itself says when it was, in nanoseconds since 1970; null when it does not.</summary>
    public static ulong? TimestampOf(Attributes attributes) =>
        attributes.Text(Names.Timestamp) is { } text
        && DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
        && time > DateTimeOffset.UnixEpoch
            ? (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * 100
            : null;

    private static string? NameIn(KeyValueList body) =>
        NamesInBody
            .Select(name =>
                body.Values.FirstOrDefault(pair => pair.Key == name)?.Value is { ValueCase: AnyValue.ValueOneofCase.StringValue } value
                    ? value.StringValue
                    : null
            )
            .FirstOrDefault(static name => !string.IsNullOrEmpty(name));
}
