namespace ClaudeBridge.Query.Http;

/// <summary>Problem details (RFC 9457). The names are promised: add, never rename.</summary>
/// <param name="Parameter">The parameter that is wrong.</param>
internal sealed record Problem(
    string Type,
    string Title,
    int Status,
    string Detail,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        string? Parameter
);

/// <summary>A question that is not answered, with the reason in words for the caller.</summary>
/// <param name="parameter">The parameter that is wrong; null when none is.</param>
internal sealed class ApiProblemException(int status, string detail, string? parameter = null) : Exception(detail)
{
    public int Status => status;

    public string? Parameter => parameter;

    public static ApiProblemException Wrong(string parameter, string detail) => new(StatusCodes.Status400BadRequest, detail, parameter);

    public static ApiProblemException NotThere(string detail) => new(StatusCodes.Status404NotFound, detail);

    public static ApiProblemException Busy(string detail) => new(StatusCodes.Status503ServiceUnavailable, detail);
}
