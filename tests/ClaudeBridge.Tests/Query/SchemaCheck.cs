using System.Globalization;
using System.Text.Json;

namespace ClaudeBridge.Tests.Query;

/// <summary>Judges JSON by the part of JSON Schema that the description uses; a word that it does not know fails, so that none is passed over.</summary>
internal sealed class SchemaCheck(JsonElement document)
{
    private static readonly string[] Known =
    [
        "$ref",
        "type",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "patternProperties",
        "enum",
        "anyOf",
        "format",
        "minimum",
        "maximum",
        "maxLength",
        "default",
        "description",
        "pattern",
    ];

    /// <summary>What does not fit, with its path; empty when all does.</summary>
    /// <param name="isClosed">Properties that the schema does not name are faults too.</param>
    public List<string> Faults(JsonElement schema, JsonElement value, bool isClosed = true)
    {
        List<string> faults = [];
        Check(schema, value, "$", isClosed, faults);
        return faults;
    }

    public JsonElement Resolve(string reference)
    {
        reference.ShouldStartWith("#/");
        var element = document;
        foreach (var part in reference[2..].Split('/'))
        {
            element =
                element.ValueKind == JsonValueKind.Array
                    ? element[int.Parse(part, CultureInfo.InvariantCulture)]
                    : element.GetProperty(part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));
        }

        return element;
    }

    private void Check(JsonElement schema, JsonElement value, string path, bool isClosed, List<string> faults)
    {
        schema.EnumerateObject().Select(static word => word.Name).Except(Known).ShouldBeEmpty(path);
        if (schema.TryGetProperty("$ref", out var reference))
        {
            Check(Resolve(reference.GetString()!), value, path, isClosed, faults);
        }

        if (schema.TryGetProperty("anyOf", out var any) && any.EnumerateArray().All(one => Faults(one, value, isClosed).Count > 0))
        {
            faults.Add($"{path} fits none of anyOf");
        }

        if (schema.TryGetProperty("type", out var type) && !IsOfType(type, value))
        {
            faults.Add($"{path} is {value.ValueKind}, not {type.GetRawText()}");
            return;
        }

        if (schema.TryGetProperty("format", out var format) && format.GetString() == "date-time" && value.ValueKind == JsonValueKind.String)
        {
            if (!value.TryGetDateTimeOffset(out var time) || time.Offset != TimeSpan.Zero)
            {
                faults.Add($"{path} is no time in UTC");
            }
        }

        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var (item, n) in value.EnumerateArray().Select(static (item, n) => (item, n)))
            {
                Check(items, item, $"{path}[{n}]", isClosed, faults);
            }
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            CheckObject(schema, value, path, isClosed, faults);
        }
    }

    private void CheckObject(JsonElement schema, JsonElement value, string path, bool isClosed, List<string> faults)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            faults.AddRange(
                required
                    .EnumerateArray()
                    .Where(name => !value.TryGetProperty(name.GetString()!, out _))
                    .Select(name => $"{path} lacks {name.GetString()}")
            );
        }

        var properties = schema.TryGetProperty("properties", out var all) ? all : default;
        var others = schema.TryGetProperty("additionalProperties", out var additional) ? additional : default;
        foreach (var property in value.EnumerateObject())
        {
            if (properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(property.Name, out var known))
            {
                Check(known, property.Value, $"{path}.{property.Name}", isClosed, faults);
            }
            else if (others.ValueKind == JsonValueKind.Object)
            {
                Check(others, property.Value, $"{path}.{property.Name}", isClosed, faults);
            }
            else if (isClosed && properties.ValueKind == JsonValueKind.Object)
            {
                faults.Add($"{path}.{property.Name} is not described");
            }
        }
    }

    private static bool IsOfType(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => IsOfType(one, value))
            : type.GetString() switch
            {
                "string" => value.ValueKind == JsonValueKind.String,
                "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
                "number" => value.ValueKind == JsonValueKind.Number,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "object" => value.ValueKind == JsonValueKind.Object,
                "array" => value.ValueKind == JsonValueKind.Array,
                "null" => value.ValueKind == JsonValueKind.Null,
                var other => throw new InvalidOperationException($"No such type: {other}"),
            };
}
