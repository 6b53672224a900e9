using System.Collections;
using System.Reflection;
using System.Text.Json;
using ClaudeBridge.Tests.Cli;
using Microsoft.Extensions.Configuration;

namespace ClaudeBridge.Tests.Hosting;

/// <summary>The root <c>appsettings.json</c> is where a person sees every option: it must hold all of them, at their defaults.</summary>
public sealed class AppSettingsTests
{
    private static readonly string File = Path.Combine(Recordings.RepositoryRoot, "appsettings.json");

    private static readonly JsonDocumentOptions WithComments = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static TheoryData<Type> OptionsClasses() =>
        [
            .. typeof(Program)
                .Assembly.GetTypes()
                .Where(static type => !type.IsAbstract && SectionOf(type)?.StartsWith("ClaudeBridge:", StringComparison.Ordinal) == true)
                .OrderBy(static type => type.Name, StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(OptionsClasses))]
    public void Every_option_is_in_the_file_with_its_default(Type options)
    {
        var section = Find(File, SectionOf(options)!).ShouldNotBeNull();
        var written = section.EnumerateObject().Select(static property => property.Name).ToList();
        var properties = Settable(options);

        written.ShouldBe(properties.Select(static property => property.Name), ignoreOrder: true);
        var defaults = Activator.CreateInstance(options)!;
        var bound = Activator.CreateInstance(options)!;
        Empty(bound, properties);
        new ConfigurationBuilder().AddJsonFile(File).Build().GetSection(SectionOf(options)!).Bind(bound);
        foreach (var property in properties)
        {
            Text(property.GetValue(bound)).ShouldBe(Text(property.GetValue(defaults)), $"{options.Name}.{property.Name}");
        }
    }

    [Fact]
    public void The_options_classes_of_all_rooms_are_found() => OptionsClasses().Count.ShouldBeGreaterThanOrEqualTo(5);

    [Theory]
    [InlineData("appsettings.json")]
    [InlineData("config/appsettings.Production.json")]
    public void No_file_holds_an_option_that_does_not_exist(string name)
    {
        var path = Path.Combine(Recordings.RepositoryRoot, name);
        var known = OptionsClasses()
            .ToDictionary(static row => SectionOf(row.Data)!, static row => Settable(row.Data).Select(static property => property.Name));
        using var document = JsonDocument.Parse(System.IO.File.ReadAllText(path), WithComments);

        foreach (var section in document.RootElement.GetProperty("ClaudeBridge").EnumerateObject())
        {
            known.ShouldContainKey($"ClaudeBridge:{section.Name}");
            section
                .Value.EnumerateObject()
                .Select(static property => property.Name)
                .Except(known[$"ClaudeBridge:{section.Name}"])
                .ShouldBeEmpty();
        }
    }

    private static JsonElement? Find(string path, string section)
    {
        var element = JsonDocument.Parse(System.IO.File.ReadAllText(path), WithComments).RootElement;
        foreach (var part in section.Split(':'))
        {
            if (!element.TryGetProperty(part, out element))
            {
                return null;
            }
        }

        return element;
    }

    private static string? SectionOf(Type type) =>
        type.GetField("Section", BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)?.GetRawConstantValue()
        as string;

    private static PropertyInfo[] Settable(Type options) =>
        [
            .. options
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(static property => property.SetMethod is { IsPublic: true }),
        ];

    /// <summary>Something else than the default everywhere, so that a value that is not read from the file shows.</summary>
    private static void Empty(object options, PropertyInfo[] properties)
    {
        foreach (var property in properties)
        {
            property.SetValue(
                options,
                property.PropertyType == typeof(string) ? "not read"
                    : property.PropertyType == typeof(TimeSpan) || property.PropertyType == typeof(TimeSpan?) ? TimeSpan.FromTicks(77)
                    : property.PropertyType == typeof(int) ? 77
                    : property.PropertyType == typeof(long) || property.PropertyType == typeof(long?) ? 77L
                    : property.PropertyType == typeof(bool) ? !(bool)property.GetValue(options)!
                    : property.GetValue(options)
            );
        }
    }

    private static string? Text(object? value) =>
        value is IEnumerable list and not string ? $"{list.Cast<object>().Count()} items" : value?.ToString();
}
