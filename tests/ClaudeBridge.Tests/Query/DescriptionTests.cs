using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ClaudeBridge.Tests.Query;

/// <summary>The description tells what there is: all of it, and nothing else.</summary>
public sealed class DescriptionTests(RecordedFixture fixture) : IClassFixture<RecordedFixture>
{
    private static readonly string[] Methods = ["get", "put", "post"];

    private readonly QueryBridge _bridge = fixture.Bridge;

    [Fact]
    public async Task It_is_OpenAPI_3_1_whose_references_lead_somewhere_and_whose_operations_have_names()
    {
        var document = await DocumentAsync();
        document.GetProperty("openapi").GetString().ShouldBe("3.1.0");
        document
            .EnumerateObject()
            .Select(static property => property.Name)
            .ShouldBe(["openapi", "info", "servers", "security", "tags", "paths", "components"]);
        var check = new SchemaCheck(document);
        var references = References(document).ToList();
        references.Count.ShouldBeGreaterThan(10);
        foreach (var reference in references)
        {
            check.Resolve(reference).ValueKind.ShouldBe(JsonValueKind.Object, reference);
        }

        var operations = Operations(document).ToList();
        operations.Select(static one => one.Operation.GetProperty("operationId").GetString()).ShouldBeUnique();
        var tags = document.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetProperty("name").GetString()).ToList();
        foreach (var (path, _, operation) in operations)
        {
            operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty();
            operation.GetProperty("tags").EnumerateArray().ShouldAllBe(tag => tags.Contains(tag.GetString()));
            operation.GetProperty("responses").EnumerateObject().Count().ShouldBeGreaterThan(1);
            var parameters = operation.GetProperty("parameters").EnumerateArray().ToList();
            parameters.Select(static one => one.GetProperty("name").GetString()).ShouldBeUnique();
            parameters
                .Where(static one => one.GetProperty("in").GetString() == "path")
                .Select(static one => one.GetProperty("name").GetString())
                .ShouldBe(path.Split('{').Skip(1).Select(static part => part[..part.IndexOf('}')]));
            parameters.ShouldAllBe(static one => one.GetProperty("description").GetString()!.Length > 0);
        }
    }

    [Fact]
    public async Task Every_route_is_described_and_every_description_has_a_route()
    {
        var described = (await DocumentAsync()).GetProperty("paths").EnumerateObject().Select(static path => path.Name);

        var mapped = fixture
            .Bridge.Bridge.Services.GetServices<EndpointDataSource>()
            .SelectMany(static source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Select(static endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/'))
            .Where(static path =>
                path.StartsWith("/api/", StringComparison.Ordinal) && !path.Contains("**") && !path.Contains("/integrations/")
            );

        described.ShouldBe(mapped, ignoreOrder: true);
    }

    [Fact]
    public async Task Every_parameter_that_is_described_is_accepted_and_no_other()
    {
        await using var fake = await QueryBridge.StartAsync(new FakePages());
        foreach (
            var (path, _, operation) in Operations(await DocumentAsync())
                .Where(static one => one.Method == "get" && !one.Path.EndsWith("context"))
        )
        {
            var address = path.Replace("{id}", path.Contains("traces") ? "00000000000000000000000000000011" : "s01")
                .Replace("{observationId}", "00000000000000a1");
            foreach (var parameter in operation.GetProperty("parameters").EnumerateArray())
            {
                if (parameter.GetProperty("in").GetString() == "query")
                {
                    using var answer = await fake.SendAsync($"{address}?{Sample(parameter, path)}");
                    // Narrowed to a tenant or a program that there is not, a session is not there.
                    ((int)answer.StatusCode).ShouldBeOneOf(200, 404);
                }
            }

            (await fake.ProblemAsync(address + "?noSuchName=1")).Parameter.ShouldBe("noSuchName");
        }
    }

    [Fact]
    public async Task Every_answer_has_the_shape_that_is_described()
    {
        var document = await DocumentAsync();
        var check = new SchemaCheck(document);
        var turn = (await _bridge.AllAsync("/api/traces"))[0];
        var (trace, session) = (turn.GetProperty("traceId").GetString(), turn.GetProperty("sessionId").GetString());
        var observation = (await _bridge.JsonAsync("/api/traces/" + trace))
            .GetProperty("trace")
            .GetProperty("observations")[0]
            .GetProperty("id")
            .GetString();
        string[] queries =
        [
            "",
            "?by=day,tool&limit=2",
            "?by=tool&metric=cost&limit=1",
            "?format=dashboard",
            "?groupBy=model&metric=count(),sum(costUsd)",
            "?from=2026-01-01&to=2026-12-01",
        ];
        foreach (var (path, _, operation) in Operations(document).Where(static one => one.Method == "get"))
        {
            if (
                !operation
                    .GetProperty("responses")
                    .GetProperty("200")
                    .GetProperty("content")
                    .TryGetProperty("application/json", out var content)
            )
            {
                continue;
            }

            var names = operation
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(static one => one.GetProperty("name").GetString())
                .ToHashSet();
            foreach (
                var query in queries.Where(query =>
                    query
                        .Split('?', '&')
                        .Skip(1)
                        .All(part => names.Contains(part.Split('=')[0]) && (part != "format=dashboard" || path == "/api/totals"))
                )
            )
            {
                var address =
                    path.Replace("{id}", path.Contains("traces") ? trace : session).Replace("{observationId}", observation) + query;
                check.Faults(content.GetProperty("schema"), await _bridge.JsonAsync(address)).ShouldBeEmpty(address);
            }
        }

        using var refused = await _bridge.SendAsync("/api/sessions?limit=x");
        using var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync());
        check.Faults(check.Resolve("#/components/schemas/Problem"), problem.RootElement).ShouldBeEmpty();
    }

    private static string Sample(JsonElement parameter, string path)
    {
        var name = parameter.GetProperty("name").GetString()!;
        if (name == "label.")
        {
            return "label.ticket=PAY-12";
        }

        if (name == "cursor")
        {
            return "cursor=1";
        }

        var schema = parameter.GetProperty("schema");
        schema = schema.TryGetProperty("items", out var items) ? items : schema;
        var value =
            schema.TryGetProperty("enum", out var choices) ? choices[choices.GetArrayLength() - 1].GetString()
            : schema.TryGetProperty("minimum", out var least) ? least.GetRawText()
            : schema.TryGetProperty("anyOf", out _) ? "2026-11-15"
            : schema.GetProperty("type").GetString() == "boolean" ? "true"
            : path.Contains("/v1/") && name == "groupBy" ? "model"
            : "x";
        return $"{name}={Uri.EscapeDataString(value!)}";
    }

    private static IEnumerable<(string Path, string Method, JsonElement Operation)> Operations(JsonElement document) =>
        document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(static path =>
                path.Value.EnumerateObject()
                    .Select(method => (path.Name, method.Name, method.Value))
                    .Where(static one => Methods.Contains(one.Item2))
            );

    private static IEnumerable<string> References(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(static property => property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
            _ => [],
        };

    private async Task<JsonElement> DocumentAsync() => await _bridge.JsonAsync("/api/openapi.json");
}
