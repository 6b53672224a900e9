using System.Text.Json.Nodes;
using ClaudeBridge.Query.Http;

namespace ClaudeBridge.Query.OpenApi;

/// <summary>Describes <c>/api/sessions/{id}/context</c>, which writes into the journal and so is answered elsewhere.</summary>
internal static class ContextDescription
{
    private const string Path = "/api/sessions/{id}/context";

    public static void AddTo(JsonObject paths) =>
        paths[Path] = new JsonObject
        {
            ["get"] = Operation(
                "getSessionContext",
                "What holds for a session after all that was said of it.",
                "200",
                new JsonObject
                {
                    ["description"] = "What holds.",
                    ["content"] = Description.Content(
                        MediaType.Json,
                        new JsonObject
                        {
                            ["type"] = "object",
                            ["required"] = new JsonArray("session", "context"),
                            ["properties"] = new JsonObject
                            {
                                ["session"] = Of("string"),
                                ["context"] = new JsonObject { ["type"] = "object", ["additionalProperties"] = Of("string") },
                            },
                        }
                    ),
                }
            ),
            ["put"] = Put(),
        };

    private static JsonObject Put()
    {
        var operation = Operation(
            "sayOfSession",
            "Says what a session works on: repository, branch, ticket, or whatever else.",
            "204",
            new JsonObject { ["description"] = "It is on disk." }
        );
        operation["requestBody"] = new JsonObject
        {
            ["required"] = true,
            ["content"] = Description.Content(
                MediaType.Json,
                new JsonObject
                {
                    ["type"] = "object",
                    ["description"] = "A key given as null is taken back; keys that are not named stay.",
                    ["properties"] = new JsonObject
                    {
                        ["from"] = new JsonObject { ["enum"] = new JsonArray("now", "start") },
                        ["at"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
                    },
                    ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean", "null") },
                }
            ),
        };
        return operation;
    }

    private static JsonObject Operation(string id, string summary, string status, JsonObject answer) =>
        new()
        {
            ["operationId"] = id,
            ["summary"] = summary,
            ["tags"] = new JsonArray("sessions"),
            ["parameters"] = new JsonArray(Parameters.Describe(CommonParameters.SessionId), Parameters.Describe(CommonParameters.Tenant)),
            ["responses"] = new JsonObject
            {
                [status] = answer,
                ["default"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" },
            },
        };

    private static JsonObject Of(string type) => new() { ["type"] = type };
}
