using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads the messages that all signals share. The later of two fields with one name wins; a field that is not known is skipped.</summary>
internal static class CommonMessages
{
    public static Resource? ReadResource(ref JsonCursor json)
    {
        if (!json.BeginObject())
        {
            return null;
        }

        var resource = new Resource();
        while (json.NextField())
        {
            if (json.Is("attributes"u8))
            {
                ReadAttributes(ref json, resource.Attributes);
            }
            else if (json.Is("droppedAttributesCount"u8))
            {
                resource.DroppedAttributesCount = json.UInt32();
            }
            else if (json.Is("entityRefs"u8))
            {
                resource.EntityRefs.Clear();
                if (json.BeginList())
                {
                    while (json.NextItem())
                    {
                        if (json.BeginItemObject())
                        {
                            resource.EntityRefs.Add(ReadEntityRef(ref json));
                        }
                    }
                }
            }
            else
            {
                json.SkipField();
            }
        }

        return resource;
    }

    public static InstrumentationScope? ReadScope(ref JsonCursor json)
    {
        if (!json.BeginObject())
        {
            return null;
        }

        var scope = new InstrumentationScope();
        while (json.NextField())
        {
            if (json.Is("name"u8))
            {
                scope.Name = json.SharedText();
            }
            else if (json.Is("version"u8))
            {
                scope.Version = json.SharedText();
            }
            else if (json.Is("attributes"u8))
            {
                ReadAttributes(ref json, scope.Attributes);
            }
            else if (json.Is("droppedAttributesCount"u8))
            {
                scope.DroppedAttributesCount = json.UInt32();
            }
            else
            {
                json.SkipField();
            }
        }

        return scope;
    }

    public static void ReadAttributes(ref JsonCursor json, RepeatedField<KeyValue> attributes)
    {
        attributes.Clear();
        if (!json.BeginList())
        {
            return;
        }

        while (json.NextItem())
        {
            if (json.BeginItemObject())
            {
                attributes.Add(ReadKeyValue(ref json));
            }
        }
    }

    public static AnyValue? ReadAnyValue(ref JsonCursor json) => json.BeginObject() ? AnyValueMessages.ReadFields(ref json) : null;

    /// <summary>Reads an attribute whose object has just begun.</summary>
    public static KeyValue ReadKeyValue(ref JsonCursor json)
    {
        var pair = new KeyValue();
        while (json.NextField())
        {
            if (json.Is("key"u8))
            {
                pair.Key = json.SharedText();
            }
            else if (json.Is("value"u8))
            {
                pair.Value = ReadAnyValue(ref json);
            }
            else if (json.Is("keyStrindex"u8))
            {
                pair.KeyStrindex = json.Int32();
            }
            else
            {
                json.SkipField();
            }
        }

        return pair;
    }

    private static EntityRef ReadEntityRef(ref JsonCursor json)
    {
        var entity = new EntityRef();
        while (json.NextField())
        {
            if (json.Is("schemaUrl"u8))
            {
                entity.SchemaUrl = json.SharedText();
            }
            else if (json.Is("type"u8))
            {
                entity.Type = json.SharedText();
            }
            else if (json.Is("idKeys"u8))
            {
                ReadTexts(ref json, entity.IdKeys);
            }
            else if (json.Is("descriptionKeys"u8))
            {
                ReadTexts(ref json, entity.DescriptionKeys);
            }
            else
            {
                json.SkipField();
            }
        }

        return entity;
    }

    private static void ReadTexts(ref JsonCursor json, RepeatedField<string> texts)
    {
        texts.Clear();
        if (json.BeginList())
        {
            while (json.NextItem())
            {
                texts.Add(json.ItemText());
            }
        }
    }
}
