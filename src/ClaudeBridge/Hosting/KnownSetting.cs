using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace ClaudeBridge.Hosting;

/// <summary>One option below <c>ClaudeBridge:</c>, and what may stand there.</summary>
internal sealed class KnownSetting
{
    private const double NoLimit = 9e18;

    private static readonly (double Bytes, string Name)[] Sizes = [(1L << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];

    private readonly Type _type;
    private readonly RangeAttribute? _range;

    public KnownSetting(string section, PropertyInfo property, object defaults)
    {
        Key = $"{section}:{property.Name}";
        var underlying = Nullable.GetUnderlyingType(property.PropertyType);
        _type = underlying ?? property.PropertyType;
        CanBeUnset = underlying is not null || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        _range = property.GetCustomAttribute<RangeAttribute>();
        Default = property.GetValue(defaults) switch
        {
            TimeSpan duration => duration.ToString("c", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            { } other => other.ToString(),
            null => null,
        };
    }

    /// <summary>As in <c>ClaudeBridge:Receivers:HttpPort</c>.</summary>
    public string Key { get; }

    /// <summary>Its default as text; null when it is unset by default.</summary>
    public string? Default { get; }

    /// <summary>Whether an empty value has a meaning of its own: no limit, none.</summary>
    public bool CanBeUnset { get; }

    public bool IsList => _type != typeof(string) && _type.IsAssignableTo(typeof(IEnumerable));

    /// <summary>What a list of objects holds; null for everything else.</summary>
    public Type? Element => IsList && _type.GetGenericArguments() is [var element] && element != typeof(string) ? element : null;

    /// <summary>What may stand here, for a sentence that begins with "it must be".</summary>
    public string Allowed =>
        _type == typeof(TimeSpan) ? $"a duration {Between(DurationInWords)}{Durations.Forms}"
        : _type == typeof(bool) ? "true or false"
        : _type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(_type)).ToLowerInvariant()}"
        : Key.EndsWith("Bytes", StringComparison.Ordinal) ? $"a whole number of bytes {Between(BytesInWords)}".TrimEnd(' ', ',')
        : $"a whole number {Between(NumberInWords)}".TrimEnd(' ', ',');

    /// <summary>Reads a value that is set.</summary>
    /// <param name="text">What is set; not empty.</param>
    /// <param name="plain">The same in the form that options are bound from.</param>
    /// <returns>False when it is not of the type, or out of range.</returns>
    public bool TryRead(string text, out string plain)
    {
        plain = text;
        if (_type == typeof(TimeSpan))
        {
            var read = Durations.TryParse(text, out var duration);
            plain = duration.ToString("c", CultureInfo.InvariantCulture);
            return read && (_range is null || duration >= DurationOf(_range.Minimum) && duration <= DurationOf(_range.Maximum));
        }

        if (_type == typeof(int) || _type == typeof(long))
        {
            return long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
                && (_type == typeof(long) || number is >= int.MinValue and <= int.MaxValue)
                && (_range is null || number >= NumberOf(_range.Minimum) && number <= NumberOf(_range.Maximum));
        }

        return _type.IsEnum
            ? Enum.GetNames(_type).Contains(text.Trim(), StringComparer.OrdinalIgnoreCase)
            : _type != typeof(bool) || bool.TryParse(text, out _);
    }

    private string Between(Func<object, string> words) =>
        _range is null ? ""
        : _range.Maximum is double and > NoLimit ? $"of {words(_range.Minimum)} or more, "
        : $"from {words(_range.Minimum)} to {words(_range.Maximum)}, ";

    private static TimeSpan DurationOf(object limit) => TimeSpan.Parse((string)limit, CultureInfo.InvariantCulture);

    private static double NumberOf(object limit) => Convert.ToDouble(limit, CultureInfo.InvariantCulture);

    private static string DurationInWords(object limit) => Durations.InWords(DurationOf(limit));

    private static string NumberInWords(object limit) => NumberOf(limit).ToString("0", CultureInfo.InvariantCulture);

    private static string BytesInWords(object limit)
    {
        var bytes = NumberOf(limit);
        var size = Sizes.FirstOrDefault(size => bytes >= size.Bytes && bytes % size.Bytes == 0);
        var number = NumberInWords(limit);
        return size.Name is null ? number : string.Create(CultureInfo.InvariantCulture, $"{number} ({bytes / size.Bytes:0} {size.Name})");
    }
}
