using System.Text.Json;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Writes the messages that all signals share.</summary>
internal static class CommonWriting
{
    public static void Write(Utf8JsonWriter json, Resource? resource)
    {
        if (resource is null)
        {
            return;
        }

        json.WriteStartObject("resource"u8);
        Write(json, "attributes"u8, resource.Attributes);
        json.Field("droppedAttributesCount"u8, resource.DroppedAttributesCount);
        if (json.BeginList("entityRefs"u8, resource.EntityRefs))
        {
            foreach (var entity in resource.EntityRefs)
            {
                json.WriteStartObject();
                json.Field("schemaUrl"u8, entity.SchemaUrl);
                json.Field("type"u8, entity.Type);
                Write(json, "idKeys"u8, entity.IdKeys);
                Write(json, "descriptionKeys"u8, entity.DescriptionKeys);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, InstrumentationScope? scope)
    {
        if (scope is null)
        {
            return;
        }

        json.WriteStartObject("scope"u8);
        json.Field("name"u8, scope.Name);
        json.Field("version"u8, scope.Version);
        Write(json, "attributes"u8, scope.Attributes);
        json.Field("droppedAttributesCount"u8, scope.DroppedAttributesCount);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, RepeatedField<KeyValue> attributes)
    {
        if (!json.BeginList(name, attributes))
        {
            return;
        }

        foreach (var attribute in attributes)
        {
            json.WriteStartObject();
            json.Field("key"u8, attribute.Key);
            Write(json, "value"u8, attribute.Value);
            json.Field("keyStrindex"u8, attribute.KeyStrindex);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, AnyValue? value)
    {
        if (value is not null)
        {
            json.WritePropertyName(name);
            Write(json, value);
        }
    }

    // A member of a oneof is written also when it holds its default: it is set.
    private static void Write(Utf8JsonWriter json, AnyValue value)
    {
        json.WriteStartObject();
        switch (value.ValueCase)
        {
            case AnyValue.ValueOneofCase.StringValue:
                json.WriteString("stringValue"u8, value.StringValue);
                break;
            case AnyValue.ValueOneofCase.BoolValue:
                json.WriteBoolean("boolValue"u8, value.BoolValue);
                break;
            case AnyValue.ValueOneofCase.IntValue:
                json.WritePropertyName("intValue"u8);
                json.Value(value.IntValue);
                break;
            case AnyValue.ValueOneofCase.DoubleValue:
                json.WritePropertyName("doubleValue"u8);
                json.Value(value.DoubleValue);
                break;
            case AnyValue.ValueOneofCase.ArrayValue:
                json.WriteStartObject("arrayValue"u8);
                if (json.BeginList("values"u8, value.ArrayValue.Values))
                {
                    foreach (var item in value.ArrayValue.Values)
                    {
                        Write(json, item);
                    }

                    json.WriteEndArray();
                }

                json.WriteEndObject();
                break;
            case AnyValue.ValueOneofCase.KvlistValue:
                json.WriteStartObject("kvlistValue"u8);
                Write(json, "values"u8, value.KvlistValue.Values);
                json.WriteEndObject();
                break;
            case AnyValue.ValueOneofCase.BytesValue:
                json.WriteBase64String("bytesValue"u8, value.BytesValue.Span);
                break;
            case AnyValue.ValueOneofCase.StringValueStrindex:
                json.WriteNumber("stringValueStrindex"u8, value.StringValueStrindex);
                break;
            default:
                break;
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, RepeatedField<string> texts)
    {
        if (!json.BeginList(name, texts))
        {
            return;
        }

        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
