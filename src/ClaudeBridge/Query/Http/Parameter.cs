namespace ClaudeBridge.Query.Http;

/// <summary>What a parameter's text must be.</summary>
internal enum ParameterKind
{
    Text,

    /// <summary>A whole number within its range.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    /// <summary>A day (UTC) or a time with its zone.</summary>
    Time,

    /// <summary>One of its choices.</summary>
    Choice,
}

/// <summary>One parameter of a route, as it is described and as it is read.</summary>
internal sealed record Parameter(string Name, ParameterKind Kind, string Description)
{
    /// <summary>Longer texts are none that the bridge could hold as an id or a name.</summary>
    public const int MaxTextLength = 500;

    public int MaxLength { get; init; } = MaxTextLength;

    /// <summary>It stands in the path, where it is never missing.</summary>
    public bool IsInPath { get; init; }

    /// <summary>Several values, repeated or with commas between them.</summary>
    public bool IsList { get; init; }

    /// <summary>The name goes on with a key that the caller chooses.</summary>
    public bool IsPrefix { get; init; }

    /// <summary>Nothing is a value too.</summary>
    public bool MayBeEmpty { get; init; }

    public bool IsRequired { get; init; }

    public IReadOnlyList<string> Choices { get; init; } = [];

    public long Least { get; init; }

    public long Most { get; init; } = long.MaxValue;

    /// <summary>What counts when the caller says nothing; null for no value.</summary>
    public string? Default { get; init; }

    public string? Example { get; init; }

    public static Parameter Text(string name, string description, string? example = null) =>
        new(name, ParameterKind.Text, description) { Example = example };

    public static Parameter InPath(string name, string description, string? example = null) =>
        Text(name, description, example) with
        {
            IsInPath = true,
            IsRequired = true,
        };

    public static Parameter Number(string name, string description, long least, long most, long? standard) =>
        new(name, ParameterKind.Number, description)
        {
            Least = least,
            Most = most,
            Default = standard?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };

    public static Parameter Choice(string name, string description, string? standard, params string[] choices) =>
        new(name, ParameterKind.Choice, description) { Choices = choices, Default = standard };

    public bool Fits(string name) =>
        IsPrefix
            ? name.Length > Name.Length && name.StartsWith(Name, StringComparison.OrdinalIgnoreCase)
            : name.Equals(Name, StringComparison.OrdinalIgnoreCase);
}
