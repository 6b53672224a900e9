using System.Globalization;
using System.Text.Json.Nodes;
using ClaudeBridge.Query.Http;

namespace ClaudeBridge.Query.OpenApi;

/// <summary>Describes parameters.</summary>
internal static class Parameters
{
    public static JsonNode Describe(Parameter parameter)
    {
        var described = new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = parameter.IsInPath ? "path" : "query",
            ["required"] = parameter.IsRequired,
            ["description"] = parameter.Description,
        };
        if (parameter.IsPrefix)
        {
            // Each property of the object is a parameter of its own.
            described["style"] = "form";
            described["explode"] = true;
            described["schema"] = new JsonObject
            {
                ["type"] = "object",
                ["patternProperties"] = new JsonObject
                {
                    [$"^{parameter.Name.Replace(".", "\\.", StringComparison.Ordinal)}"] = Value(parameter),
                },
                ["additionalProperties"] = false,
            };
            return described;
        }

        if (parameter.IsList)
        {
            described["style"] = "form";
            described["explode"] = false;
            described["schema"] = new JsonObject { ["type"] = "array", ["items"] = Value(parameter) };
        }
        else
        {
            described["schema"] = Value(parameter);
        }

        if (parameter.MayBeEmpty)
        {
            described["allowEmptyValue"] = true;
        }

        if (parameter.Example is not null)
        {
            described["example"] = parameter.IsList
                ? new JsonArray([.. parameter.Example.Split(',').Select(static text => (JsonNode)text)])
                : parameter.Example;
        }

        return described;
    }

    private static JsonObject Value(Parameter parameter)
    {
        var schema = new JsonObject();
        switch (parameter.Kind)
        {
            case ParameterKind.Number:
                schema["type"] = "integer";
                schema["minimum"] = parameter.Least;
                schema["maximum"] = parameter.Most;
                break;
            case ParameterKind.Flag:
                schema["type"] = "boolean";
                break;
            case ParameterKind.Time:
                schema["anyOf"] = new JsonArray(Text("date"), Text("date-time"));
                break;
            case ParameterKind.Choice:
                schema["type"] = "string";
                schema["enum"] = new JsonArray([.. parameter.Choices.Select(static choice => (JsonNode)choice)]);
                break;
            default:
                schema["type"] = "string";
                schema["maxLength"] = Parameter.MaxTextLength;
                break;
        }

        if (parameter.Default is not null)
        {
            schema["default"] = parameter.Kind switch
            {
                ParameterKind.Number => long.Parse(parameter.Default, CultureInfo.InvariantCulture),
                ParameterKind.Flag => parameter.Default == "true",
                _ => parameter.Default,
            };
        }

        return schema;
    }

    private static JsonObject Text(string format) => new() { ["type"] = "string", ["format"] = format };
}
