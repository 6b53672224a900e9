using System.Collections;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;

namespace ClaudeBridge.Otlp.Tests.Mutations;

/// <summary>Reads OTLP/JSON from a document tree: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding</summary>
/// <remarks>The last of several fields with one name counts; what is wrong inside a record costs the record, what is wrong around it costs the body.</remarks>
internal sealed partial class ReferenceJson
{
    private static readonly ConcurrentDictionary<MessageDescriptor, Dictionary<string, FieldDescriptor>> s_names = new();

    private bool _insideRecord;
    private bool _recordIsWrong;

    public (IMessage Message, int Rejected) Read(MessageDescriptor descriptor, byte[] body)
    {
        using var document = Parse(body);
        return ReadMessage(descriptor, document.RootElement, 0);
    }

    private static Dictionary<string, FieldDescriptor> Names(MessageDescriptor descriptor) =>
        s_names.GetOrAdd(
            descriptor,
            static descriptor => descriptor.Fields.InDeclarationOrder().ToDictionary(static field => field.JsonName)
        );

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = int.MaxValue });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new RefusedException("Not an object.");
        }
        catch (JsonException)
        {
            throw new RefusedException("Not JSON.");
        }
    }

    private (IMessage Message, int Rejected) ReadMessage(MessageDescriptor descriptor, JsonElement element, int depth)
    {
        var message = Reference.New(descriptor);
        var rejected = new Dictionary<object, int>();
        foreach (var property in element.EnumerateObject())
        {
            var name = Text(JsonMarshal.GetRawUtf8PropertyName(property));
            if (Names(descriptor).TryGetValue(name, out var field))
            {
                var count = ReadField(message, field, property.Value, depth);
                if (count is { } known)
                {
                    rejected[(object?)field.RealContainingOneof ?? field] = known;
                }
            }
        }

        return (message, rejected.Values.Sum());
    }

    // The number of rejected records in it; null when the field says nothing.
    private int? ReadField(IMessage message, FieldDescriptor field, JsonElement value, int depth)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (field.RealContainingOneof is { } group && group.Accessor.GetCaseFieldDescriptor(message) != field)
            {
                return null;
            }

            field.Accessor.Clear(message);
            return 0;
        }

        if (field.IsRepeated)
        {
            field.Accessor.Clear(message);
            return ReadList(field, (IList)field.Accessor.GetValue(message), value, depth);
        }

        var (read, rejected) = ReadValue(field, value, depth);
        if (read is not null)
        {
            field.Accessor.SetValue(message, read);
        }

        return rejected;
    }

    private int ReadList(FieldDescriptor field, IList list, JsonElement value, int depth)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            Wrong();
            return 0;
        }

        var total = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Null && field.ContainingType == ArrayValue.Descriptor)
            {
                list.Add(new AnyValue());
            }
            else if (Reference.IsRecord(field.MessageTypeOrNull()) || field.MessageTypeOrNull() == Metric.Descriptor)
            {
                total += ReadRecord(field, list, item, depth);
            }
            else
            {
                var (read, rejected) = ReadValue(field, item, depth);
                total += rejected;
                if (read is not null)
                {
                    list.Add(read);
                }
            }
        }

        return total;
    }

    private int ReadRecord(FieldDescriptor field, IList list, JsonElement item, int depth)
    {
        var outer = (_insideRecord, _recordIsWrong);
        (_insideRecord, _recordIsWrong) = (true, false);
        var (value, rejected) = ReadValue(field, item, depth);
        var isWrong = _recordIsWrong;
        (_insideRecord, _recordIsWrong) = outer;
        if (!isWrong)
        {
            list.Add(value);
            return rejected;
        }

        // A metric that is wrong outside of its points takes them along.
        var points = value is Metric metric ? Points(metric) + rejected : 1;
        return Math.Max(1, points);
    }

    private static int Points(Metric metric)
    {
        var kind = Metric.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(metric);
        return kind is null
            ? 0
            : ((IList)kind.MessageType.FindFieldByName("data_points").Accessor.GetValue((IMessage)kind.Accessor.GetValue(metric))).Count;
    }

    private (object? Value, int Rejected) ReadValue(FieldDescriptor field, JsonElement value, int depth)
    {
        if (field.FieldType == FieldType.Message)
        {
            if (value.ValueKind == JsonValueKind.Object && depth < Reference.MaxDepth)
            {
                return ReadMessage(field.MessageType, value, depth + 1);
            }

            Wrong();
            return (null, 0);
        }

        var scalar = Scalar(field, value);
        if (scalar is null)
        {
            Wrong();
        }

        return (scalar, 0);
    }

    private void Wrong()
    {
        if (!_insideRecord)
        {
            throw new RefusedException("A field around the records is wrong.");
        }

        _recordIsWrong = true;
    }
}

internal static class FieldTypes
{
    /// <summary>The message type of a field that holds messages.</summary>
    public static MessageDescriptor? MessageTypeOrNull(this FieldDescriptor field) =>
        field.FieldType == FieldType.Message ? field.MessageType : null;
}
