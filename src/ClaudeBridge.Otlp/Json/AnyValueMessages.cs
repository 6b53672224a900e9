using OpenTelemetry.Proto.Common.V1;
using Case = OpenTelemetry.Proto.Common.V1.AnyValue.ValueOneofCase;

namespace ClaudeBridge.Otlp.Json;

/// <summary>Reads values of any kind. Of several members the last one wins; a member that is null counts as not set.</summary>
internal static class AnyValueMessages
{
    /// <summary>Reads a value whose object has just begun.</summary>
    public static AnyValue ReadFields(ref JsonCursor json)
    {
        var value = new AnyValue();
        while (json.NextField())
        {
            if (json.Is("stringValue"u8))
            {
                var text = json.Text();
                if (!Unset(ref json, value, Case.StringValue))
                {
                    value.StringValue = text;
                }
            }
            else if (json.Is("intValue"u8))
            {
                var number = json.Int64();
                if (!Unset(ref json, value, Case.IntValue))
                {
                    value.IntValue = number;
                }
            }
            else if (json.Is("doubleValue"u8))
            {
                var number = json.Double();
                if (!Unset(ref json, value, Case.DoubleValue))
                {
                    value.DoubleValue = number;
                }
            }
            else if (json.Is("boolValue"u8))
            {
                var flag = json.Bool();
                if (!Unset(ref json, value, Case.BoolValue))
                {
                    value.BoolValue = flag;
                }
            }
            else
            {
                ReadRareMember(ref json, value);
            }
        }

        return value;
    }

    private static void ReadRareMember(ref JsonCursor json, AnyValue value)
    {
        if (json.Is("arrayValue"u8))
        {
            if (json.BeginObject())
            {
                value.ArrayValue = ReadArray(ref json);
            }
            else
            {
                Unset(ref json, value, Case.ArrayValue);
            }
        }
        else if (json.Is("kvlistValue"u8))
        {
            if (json.BeginObject())
            {
                value.KvlistValue = ReadList(ref json);
            }
            else
            {
                Unset(ref json, value, Case.KvlistValue);
            }
        }
        else if (json.Is("bytesValue"u8))
        {
            var bytes = json.Bytes();
            if (!Unset(ref json, value, Case.BytesValue))
            {
                value.BytesValue = bytes;
            }
        }
        else if (json.Is("stringValueStrindex"u8))
        {
            var index = json.Int32();
            if (!Unset(ref json, value, Case.StringValueStrindex))
            {
                value.StringValueStrindex = index;
            }
        }
        else
        {
            json.SkipField();
        }
    }

    private static ArrayValue ReadArray(ref JsonCursor json)
    {
        var array = new ArrayValue();
        while (json.NextField())
        {
            if (json.Is("values"u8))
            {
                array.Values.Clear();
                if (json.BeginList())
                {
                    while (json.NextItem())
                    {
                        if (json.IsNull)
                        {
                            json.CountMessage();
                            array.Values.Add(new AnyValue());
                        }
                        else if (json.BeginItemObject())
                        {
                            array.Values.Add(ReadFields(ref json));
                        }
                    }
                }
            }
            else
            {
                json.SkipField();
            }
        }

        return array;
    }

    private static KeyValueList ReadList(ref JsonCursor json)
    {
        var list = new KeyValueList();
        while (json.NextField())
        {
            if (json.Is("values"u8))
            {
                CommonMessages.ReadAttributes(ref json, list.Values);
            }
            else
            {
                json.SkipField();
            }
        }

        return list;
    }

    private static bool Unset(ref JsonCursor json, AnyValue value, Case member)
    {
        if (!json.IsNull)
        {
            return false;
        }

        if (value.ValueCase == member)
        {
            value.ClearValue();
        }

        return true;
    }
}
