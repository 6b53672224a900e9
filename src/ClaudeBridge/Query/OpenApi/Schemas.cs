using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace ClaudeBridge.Query.OpenApi;

/// <summary>JSON schemas of the answers, read from the types that are answered with.</summary>
internal sealed class Schemas
{
    private const string Place = "#/components/schemas/";

    private static readonly JsonSchemaExporterOptions Settings = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = static (context, node) =>
            // Its own converter writes it.
            context.TypeInfo.Type == typeof(DateTimeOffset)
                ? Time("string")
            : context.TypeInfo.Type == typeof(DateTimeOffset?) ? Time("string", "null")
            : node,
    };

    private readonly JsonObject _all = [];

    public static JsonObject Reference(JsonTypeInfo type) => new() { ["$ref"] = Place + NameOf(type.Type) };

    /// <summary>Adds the schema and gives a reference to it.</summary>
    public JsonNode Of(JsonTypeInfo type)
    {
        var name = NameOf(type.Type);
        if (!_all.ContainsKey(name))
        {
            var schema = type.GetJsonSchemaAsNode(Settings);
            Move(schema, name);
            _all[name] = schema;
        }

        return Reference(type);
    }

    /// <summary>All that were added, and these.</summary>
    public JsonObject Take(params JsonTypeInfo[] more)
    {
        foreach (var type in more)
        {
            _ = Of(type);
        }

        return _all;
    }

    private static string NameOf(Type type) =>
        type.IsGenericType
            ? NameOf(type.GenericTypeArguments[0]) + type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]
            : type.Name;

    private static JsonObject Time(params string[] types) =>
        new()
        {
            ["type"] = types is [var only] ? only : new JsonArray([.. types.Select(static type => (JsonNode)type)]),
            ["format"] = "date-time",
        };

    /// <summary>A type that stands twice in a schema is a reference within it, which has another place in the description.</summary>
    private static void Move(JsonNode? node, string name)
    {
        switch (node)
        {
            case JsonObject map:
                if (map["$ref"] is JsonValue value && value.GetValue<string>() is ['#', .. var rest])
                {
                    map["$ref"] = Place + name + rest;
                }

                foreach (var (_, child) in map.ToList())
                {
                    Move(child, name);
                }

                break;
            case JsonArray list:
                foreach (var child in list)
                {
                    Move(child, name);
                }

                break;
            default:
                break;
        }
    }
}
