using System.Text;
using ClaudeBridge.ClaudeCode;
using ClaudeBridge.Otlp.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;

namespace ClaudeBridge.Privacy;

/// <summary>The policy for attribute values and lists of them. Nothing that is given is changed: what has to change is copied.</summary>
internal sealed class ValuePolicy(TextPolicy texts)
{
    private const string Parameters = "tool_parameters";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="list">Attributes.</param>
    /// <param name="kind">The record that they stand on.</param>
    /// <param name="others">The class of texts that have none by their name.</param>
    /// <param name="onShortened">Told the name and the first length of every text of which less is left; null where nobody asks.</param>
    /// <returns>The same instance when nothing changed.</returns>
    public RepeatedField<KeyValue> Apply(
        RepeatedField<KeyValue> list,
        RecordKind kind,
        ContentClass others = ContentClass.None,
        Action<string, int>? onShortened = null
    )
    {
        RepeatedField<KeyValue>? copy = null;
        for (var i = 0; i < list.Count; i++)
        {
            var pair = list[i];
            var value = pair.Value is null ? null : Apply(pair.Key, pair.Value, kind, others, onShortened);
            var key = NameOf(pair.Key);
            var isSame = ReferenceEquals(value, pair.Value) && ReferenceEquals(key, pair.Key);
            if (copy is null && !isSame)
            {
                copy = [];
                copy.AddRange(list.Take(i));
            }

            if (copy is not null && (value is not null || pair.Value is null))
            {
                copy.Add(isSame ? pair : new KeyValue { Key = key, Value = value });
            }
        }

        return copy ?? list;
    }

    /// <summary>True when nothing of a list can change: the quick answer for almost every record.</summary>
    public bool IsUntouched(RepeatedField<KeyValue> list)
    {
        // Not foreach: its enumerator would be an object for every record.
        for (var i = 0; i < list.Count; i++)
        {
            if (!texts.IsHarmlessName(list[i].Key) || (list[i].Value is { } value && !IsUntouched(value)))
            {
                return false;
            }
        }

        return true;
    }

    public bool IsUntouched(AnyValue value)
    {
        switch (value.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                return texts.IsUntouched(value.StringValue);
            case AnyValue.ValueOneofCase.BytesValue:
                return false;
            case AnyValue.ValueOneofCase.KvlistValue:
                return IsUntouched(value.KvlistValue.Values);
            case AnyValue.ValueOneofCase.ArrayValue:
                foreach (var item in value.ArrayValue.Values)
                {
                    if (!IsUntouched(item))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return true;
        }
    }

    /// <summary>A value without a name.</summary>
    public AnyValue Apply(AnyValue value, ContentClass content, RecordKind kind) => Apply(value, content, kind, keepsStructure: false);

    /// <returns>Null when the attribute is to go.</returns>
    private AnyValue? Apply(string name, AnyValue value, RecordKind kind, ContentClass others, Action<string, int>? onShortened)
    {
        if (IsSecret(name, value))
        {
            return new AnyValue { StringValue = SecretMasker.Marker };
        }

        var text = value.ValueCase == AnyValue.ValueOneofCase.StringValue ? value.StringValue : null;
        if (text is not null ? texts.IsUntouched(text) : !CanHoldText(value))
        {
            return value;
        }

        var content = texts.KeepsAll ? ContentClass.None : ContentNames.ClassOf(name, text, kind);
        content = content == ContentClass.None ? others : content;
        if (texts.HidesAddresses && text is not null && (content == ContentClass.Email || TextPolicy.IsAddress(text)))
        {
            content |= ContentClass.Email;
            if (texts.RuleOf(ContentClass.Email).Kind == RuleKind.Drop)
            {
                // Whoever asks for a name then takes the next best, instead of a stand-in that all persons share.
                return null;
            }
        }

        var result = Apply(value, content, kind, name == Parameters);
        // Masking alone is no shortening: the text is all there but for its secrets.
        if (onShortened is not null && !ReferenceEquals(result, value) && TextPolicy.IsShortened(Values.Text(result)))
        {
            onShortened(NameOf(name), text?.Length ?? Values.Text(value).Length);
        }

        return result;
    }

    /// <summary>A name as it is kept.</summary>
    private string NameOf(string name) => texts.IsHarmlessName(name) && !texts.HidesAddresses ? name : texts.Apply(name, ContentClass.None);

    /// <summary>Headers come as lists of values.</summary>
    private bool IsSecret(string name, AnyValue value) =>
        !texts.IsHarmlessName(name)
        && value.ValueCase switch
        {
            AnyValue.ValueOneofCase.StringValue => texts.IsSecret(name, value.StringValue),
            AnyValue.ValueOneofCase.BytesValue => texts.IsSecret(name, value.BytesValue.ToStringUtf8()),
            AnyValue.ValueOneofCase.ArrayValue => value.ArrayValue.Values.Any(item =>
                item.ValueCase == AnyValue.ValueOneofCase.StringValue && texts.IsSecret(name, item.StringValue)
            ),
            _ => false,
        };

    private static bool CanHoldText(AnyValue value) =>
        value.ValueCase is AnyValue.ValueOneofCase.ArrayValue or AnyValue.ValueOneofCase.KvlistValue or AnyValue.ValueOneofCase.BytesValue;

    private AnyValue Apply(AnyValue value, ContentClass content, RecordKind kind, bool keepsStructure)
    {
        if (content != ContentClass.None && CanHoldText(value) && texts.RuleOf(content).IsWithheld)
        {
            return new AnyValue { StringValue = texts.Apply(PlainJson.Write(value), content) };
        }

        switch (value.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                var text = texts.Apply(value.StringValue, content, keepsStructure);
                return ReferenceEquals(text, value.StringValue) ? value : new AnyValue { StringValue = text };
            case AnyValue.ValueOneofCase.BytesValue:
                return ApplyToBytes(value, content);
            case AnyValue.ValueOneofCase.ArrayValue:
                return ApplyToArray(value, content, kind);
            case AnyValue.ValueOneofCase.KvlistValue:
                var pairs = Apply(value.KvlistValue.Values, kind, content);
                return ReferenceEquals(pairs, value.KvlistValue.Values)
                    ? value
                    : new AnyValue { KvlistValue = new KeyValueList { Values = { pairs } } };
            default:
                return value;
        }
    }

    private AnyValue ApplyToArray(AnyValue value, ContentClass content, RecordKind kind)
    {
        ArrayValue? copy = null;
        var items = value.ArrayValue.Values;
        for (var i = 0; i < items.Count; i++)
        {
            if (Apply(items[i], content, kind, keepsStructure: false) is var item && !ReferenceEquals(item, items[i]))
            {
                copy ??= value.ArrayValue.Clone();
                copy.Values[i] = item;
            }
        }

        return copy is null ? value : new AnyValue { ArrayValue = copy };
    }

    /// <summary>Bytes that are text are treated as text; of others nothing is known.</summary>
    private AnyValue ApplyToBytes(AnyValue value, ContentClass content)
    {
        try
        {
            var text = Strict.GetString(value.BytesValue.Span);
            var result = texts.Apply(text, content);
            return ReferenceEquals(result, text) ? value : new AnyValue { BytesValue = ByteString.CopyFromUtf8(result) };
        }
        catch (DecoderFallbackException)
        {
            return value;
        }
    }
}
