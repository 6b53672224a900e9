using System.Globalization;
using ClaudeBridge.Diagnostics;
using Microsoft.Extensions.Primitives;

namespace ClaudeBridge.Query.Http;

/// <summary>What a caller gave for the parameters of a route. All of it is judged before anything is asked: a name that is not known never widens a question unseen.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, IReadOnlyList<string>> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<KeyValuePair<string, string>> _prefixed = [];

    /// <exception cref="ApiProblemException">A name or a value cannot be used.</exception>
    public Arguments(HttpRequest request, ApiRoute route, int maxQueryLength)
    {
        if (request.QueryString.Value is { } query && query.Length > maxQueryLength)
        {
            throw new ApiProblemException(
                StatusCodes.Status414UriTooLong,
                $"The query string has {query.Length} characters; at most {maxQueryLength} are allowed."
            );
        }

        foreach (var (name, values) in request.Query)
        {
            var parameter =
                route.Parameters.FirstOrDefault(known => !known.IsInPath && known.Fits(name)) ?? throw Unknown(name, route.Parameters);
            Add(parameter, name, values);
        }

        foreach (var parameter in route.Parameters)
        {
            if (parameter.IsInPath)
            {
                Add(parameter, parameter.Name, PathValue.Of(request.HttpContext, parameter.Name));
            }
            else if (parameter.IsRequired && !_values.ContainsKey(parameter.Name))
            {
                throw ApiProblemException.Wrong(parameter.Name, $"'{parameter.Name}' is needed: {parameter.Description}");
            }
        }
    }

    /// <summary>What was given for a prefix, by the rest of the name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Prefixed => _prefixed;

    /// <summary>The media type that the parameter <c>format</c> names; null when it was not given.</summary>
    public string? Format =>
        _values.GetValueOrDefault(CommonParameters.FormatName)?[0] switch
        {
            null => null,
            "csv" => MediaType.Csv,
            "ndjson" => MediaType.Lines,
            _ => MediaType.Json,
        };

    public bool Has(Parameter parameter) => _values.ContainsKey(parameter.Name);

    /// <summary>Null when it was not given and has no default.</summary>
    public string? Text(Parameter parameter) => _values.TryGetValue(parameter.Name, out var values) ? values[0] : parameter.Default;

    public string Required(Parameter parameter) =>
        Text(parameter) ?? throw new InvalidOperationException($"The parameter {parameter.Name} has no default.");

    /// <summary>Several values, in the order given, each once.</summary>
    public IReadOnlyList<string> List(Parameter parameter) => _values.GetValueOrDefault(parameter.Name) ?? [];

    public int Number(Parameter parameter) => int.Parse(Required(parameter), CultureInfo.InvariantCulture);

    public bool Flag(Parameter parameter) => Text(parameter) == "true";

    public Moment? Time(Parameter parameter) => Text(parameter) is { } text ? Moment.Read(text) : null;

    private static ApiProblemException Unknown(string name, IReadOnlyList<Parameter> parameters)
    {
        var known = parameters.Where(static parameter => !parameter.IsInPath).Select(static parameter => parameter.Name).ToList();
        var nearest = NearestName.To(name, known);
        return ApiProblemException.Wrong(
            name,
            nearest is null ? $"There is no parameter '{name}' here; this takes none."
                : NearestName.Distance(nearest, name) <= name.Length / 2 ? $"There is no parameter '{name}' here; did you mean '{nearest}'?"
                : $"There is no parameter '{name}' here; these are understood: {string.Join(", ", known)}."
        );
    }

    private void Add(Parameter parameter, string name, StringValues given)
    {
        if (given.Count > 1 && !parameter.IsList)
        {
            throw ApiProblemException.Wrong(name, $"'{name}' is given {given.Count} times; once is meant.");
        }

        var values = given
            .SelectMany(value => parameter.IsList ? (value ?? "").Split(',', StringSplitOptions.TrimEntries) : [value ?? ""])
            .Distinct(StringComparer.Ordinal)
            .ToList();
        foreach (var value in values)
        {
            Check(parameter, name, value);
        }

        if (parameter.IsPrefix)
        {
            _prefixed.Add(new(name[parameter.Name.Length..], values[0]));
        }
        else
        {
            _values[parameter.Name] = values;
        }
    }

    private static void Check(Parameter parameter, string name, string value)
    {
        if (value.Length == 0 && !parameter.MayBeEmpty)
        {
            throw ApiProblemException.Wrong(name, $"'{name}' is empty; leave it out, or give it a value.");
        }

        // An id is whatever its client made of it.
        if (!parameter.IsInPath && (value.Length > parameter.MaxLength || value.Any(char.IsControl)))
        {
            throw ApiProblemException.Wrong(name, $"'{name}' has more than {parameter.MaxLength} characters, or control characters.");
        }

        var fault = parameter.Kind switch
        {
            ParameterKind.Number
                when !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    || number < parameter.Least
                    || number > parameter.Most => $"a whole number from {parameter.Least} to {parameter.Most}",
            ParameterKind.Flag when value is not ("true" or "false") => "true or false",
            ParameterKind.Time when Moment.Read(value) is null => Moment.Words,
            ParameterKind.Choice when !parameter.Choices.Contains(value, StringComparer.Ordinal) =>
                $"one of {string.Join(", ", parameter.Choices)}",
            _ => null,
        };
        if (fault is not null)
        {
            throw ApiProblemException.Wrong(name, $"'{name}' must be {fault}.");
        }
    }
}
