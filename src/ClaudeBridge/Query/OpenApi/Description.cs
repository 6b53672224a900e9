using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClaudeBridge.Diagnostics;
using ClaudeBridge.Query.Http;

namespace ClaudeBridge.Query.OpenApi;

/// <summary>The API described by OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1), from the list that its routes are mapped from.</summary>
internal sealed class Description(ApiRouteList routes)
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    private readonly Lazy<byte[]> _document = new(() => JsonSerializer.SerializeToUtf8Bytes(Document(routes.All), Plain));

    public async Task AnswerAsync(ApiCall call)
    {
        var response = call.Http.Response;
        response.ContentType = MediaType.Json;
        response.Headers.CacheControl = "private, no-cache";
        response.ContentLength = _document.Value.Length;
        await response.BodyWriter.WriteAsync(_document.Value, call.Cancelled);
    }

    private static JsonObject Document(IReadOnlyList<ApiRoute> routes)
    {
        var schemas = new Schemas();
        var paths = new JsonObject();
        foreach (var route in routes)
        {
            paths[route.Path] = new JsonObject { ["get"] = Operation(route, schemas) };
        }

        ContextDescription.AddTo(paths);
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "ClaudeBridge",
                ["version"] = BridgeVersion.Text,
                ["description"] =
                    "What Claude Code did and cost. Every number equals the sum of what 'claudebridge show' lists; costs are the client's estimate in US dollars. Times are UTC (ISO 8601). HEAD works wherever GET does. A parameter that is not named here is refused.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["security"] = new JsonArray(
                new JsonObject(),
                new JsonObject { ["bearer"] = new JsonArray() },
                new JsonObject { ["key"] = new JsonArray() }
            ),
            ["tags"] = new JsonArray([
                .. routes.Select(static route => route.Group).Distinct().Select(static group => new JsonObject { ["name"] = group }),
            ]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Take(QueryJson.Compact.Problem),
                ["responses"] = new JsonObject
                {
                    ["Problem"] = new JsonObject
                    {
                        ["description"] = "What is wrong, as problem details (RFC 9457).",
                        ["content"] = Content(MediaType.Problem, Schemas.Reference(QueryJson.Compact.Problem)),
                    },
                },
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                    ["key"] = new JsonObject
                    {
                        ["type"] = "apiKey",
                        ["in"] = "header",
                        ["name"] = "x-api-key",
                    },
                },
            },
        };
    }

    private static JsonObject Operation(ApiRoute route, Schemas schemas)
    {
        var operation = new JsonObject
        {
            ["operationId"] = route.Id,
            ["summary"] = route.Summary,
            ["tags"] = new JsonArray(route.Group),
        };
        if (route.Details is not null)
        {
            operation["description"] = route.Details;
        }

        operation["parameters"] = new JsonArray([.. route.Parameters.Select(Parameters.Describe)]);
        operation["responses"] = Responses(route, schemas);
        return operation;
    }

    private static JsonObject Responses(ApiRoute route, Schemas schemas)
    {
        var content = new JsonObject();
        foreach (var type in route.MediaTypes)
        {
            content[type] = new JsonObject { ["schema"] = Shape(route, type, schemas) };
        }

        var responses = new JsonObject
        {
            ["200"] = new JsonObject { ["description"] = route.Summary, ["content"] = content },
        };
        if (route.IsOfStore)
        {
            responses["304"] = new JsonObject { ["description"] = "The caller's 'If-None-Match' names the answer as it still is." };
        }

        List<string> refusals = ["400", "401", "405", "406", "414", "500", "503", "504"];
        if (route.Parameters.Any(static parameter => parameter.IsInPath))
        {
            refusals.Insert(2, "404");
        }

        foreach (var status in refusals)
        {
            responses[status] = new JsonObject { ["$ref"] = "#/components/responses/Problem" };
        }

        return responses;
    }

    private static JsonNode Shape(ApiRoute route, string mediaType, Schemas schemas)
    {
        if (mediaType != MediaType.Json)
        {
            return new JsonObject { ["type"] = "string" };
        }

        if (route.RowShape() is { } row)
        {
            return Export(schemas.Of(row));
        }

        if (route.Shape() is not { } shape)
        {
            return new JsonObject { ["type"] = "object" };
        }

        JsonNode[] all = [.. route.OtherShapes().Prepend(shape).Select(schemas.Of)];
        return all is [var only] ? only : new JsonObject { ["anyOf"] = new JsonArray(all) };
    }

    private static JsonObject Export(JsonNode row) =>
        new()
        {
            ["type"] = "object",
            ["required"] = new JsonArray("items", "truncated", "next"),
            ["properties"] = new JsonObject
            {
                ["items"] = new JsonObject { ["type"] = "array", ["items"] = row },
                ["truncated"] = new JsonObject { ["type"] = "boolean" },
                ["next"] = new JsonObject { ["type"] = new JsonArray("string", "null") },
            },
        };

    internal static JsonObject Content(string mediaType, JsonNode schema) => new() { [mediaType] = new JsonObject { ["schema"] = schema } };
}
