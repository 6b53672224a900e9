using ClaudeBridge.ClaudeCode;
using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Resource.V1;

namespace ClaudeBridge.Sessions;

/// <summary>Finds who did something and for what, in the attributes of resources and records.</summary>
public sealed class Attribution
{
    /// <summary>Stands for an empty list.</summary>
    public const string None = "none";

    private readonly AttributionList _userId;
    private readonly AttributionList _tags;
    private readonly AttributionList _environment;
    private readonly AttributionList _release;
    private readonly AttributionList _metadata;

    /// <param name="options">Entries that cannot be used are left out: <see cref="AttributionOptionsValidator"/> has told of them.</param>
    public Attribution(AttributionOptions options) =>
        (_userId, _tags, _environment, _release, _metadata) = (
            AttributionList.Read(options.UserId, withKeys: false, []),
            AttributionList.Read(options.Tags, withKeys: true, []),
            AttributionList.Read(options.Environment, withKeys: false, []),
            AttributionList.Read(options.Release, withKeys: false, []),
            AttributionList.Read(options.Metadata, withKeys: true, [])
        );

    /// <summary>By the default lists.</summary>
    public static Attribution Default { get; } = new(new AttributionOptions());

    /// <summary>What one record on one resource says, such as a metric's point.</summary>
    public Attributed Of(Attributes resource, Attributes record) => Of([resource], [(resource, record)]);

    /// <summary>What several records say together: of each list the first attribute that has a value anywhere.</summary>
    /// <param name="resources">In the order in which they count.</param>
    /// <param name="records">Each with the resource that it came with; in the order in which they count.</param>
    internal Attributed Of(IReadOnlyList<Attributes> resources, IReadOnlyList<(Attributes Resource, Attributes Record)> records)
    {
        return new Attributed(First(_userId), Keyed(_tags), First(_environment), First(_release), Keyed(_metadata));

        string? First(AttributionList list) => FirstOf(list, resources, records);

        SortedDictionary<string, string> Keyed(AttributionList list)
        {
            var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var source in list.Sources)
            {
                if (!values.ContainsKey(source.Key) && Find(source, resources, records) is { } value)
                {
                    values.Add(source.Key, value);
                }
            }

            return values;
        }
    }

    /// <summary>The user alone, of one record on one resource.</summary>
    internal string? UserOf(Attributes resource, Attributes record) => FirstOf(_userId, [resource], [(resource, record)]);

    /// <summary>The user that a resource names, whatever its records say.</summary>
    internal string? UserOf(Resource resource) => FirstOf(_userId, [new Attributes(Sender.Unknown.Stamp(resource).Attributes)], []);

    private static string? FirstOf(
        AttributionList list,
        IReadOnlyList<Attributes> resources,
        IReadOnlyList<(Attributes Resource, Attributes Record)> records
    ) => list.Sources.Select(source => Find(source, resources, records)).FirstOrDefault(static text => text is not null);

    private static string? Find(
        AttributionSource source,
        IReadOnlyList<Attributes> resources,
        IReadOnlyList<(Attributes Resource, Attributes Record)> records
    )
    {
        if (source.Side != AttributeSide.Record)
        {
            foreach (var resource in resources)
            {
                if (Plain(resource.Text(source.Name)) is { } value)
                {
                    return value;
                }
            }
        }

        if (source.Side != AttributeSide.Resource)
        {
            foreach (var (resource, record) in records)
            {
                if (OwnText(source.Name, resource, record) is { } value)
                {
                    return value;
                }
            }
        }

        return null;
    }

    /// <summary>The client copies the user's resource attributes onto every record, before its own: what equals the resource's is not the record's own.</summary>
    private static string? OwnText(AttributeName name, Attributes resource, Attributes record)
    {
        var text = record.Text(name);
        return Plain(text is not null && text == resource.Text(name) ? record.TextOtherThan(name, text) : text);
    }

    private static string? Plain(string? text) => text?.Trim() is { Length: > 0 } trimmed ? trimmed : null;
}

/// <summary>Who, and for what. Keys are sorted; no value is blank.</summary>
public sealed record Attributed(
    string? UserId,
    IReadOnlyDictionary<string, string> Tags,
    string? Environment,
    string? Release,
    IReadOnlyDictionary<string, string> Metadata
);

/// <summary>Checks the lists at start.</summary>
internal sealed class AttributionOptionsValidator : IValidateOptions<AttributionOptions>
{
    public ValidateOptionsResult Validate(string? name, AttributionOptions options)
    {
        var problems = new List<string>();
        Check(nameof(options.UserId), options.UserId, withKeys: false);
        Check(nameof(options.Tags), options.Tags, withKeys: true);
        Check(nameof(options.Environment), options.Environment, withKeys: false);
        Check(nameof(options.Release), options.Release, withKeys: false);
        Check(nameof(options.Metadata), options.Metadata, withKeys: true);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void Check(string option, string text, bool withKeys)
        {
            var found = new List<string>();
            _ = AttributionList.Read(text, withKeys, found);
            problems.AddRange(found.Select(problem => $"{AttributionOptions.Section}:{option}: {problem}"));
        }
    }
}
